"""What is kept with a trained model: its fingerprint of the data, pairs by blocking rule, frequencies and weights.

`training.py` trains, `frequencies.py` keeps the frequencies of values; the orchestration draws charts.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from matching.model.blocking import count_pairs
from matching.model.frequencies import frequencies_path, write_frequencies
from matching.model.model_file import ModelError, model_for, write_model
from matching.model.organisation_model import train_organisation_model
from matching.model.training import CITY_SAMPLE, train_person_model
from matching.parties import ORGANISATION, PERSON, PartyKind

_TRAIN = {PERSON: train_person_model, ORGANISATION: train_organisation_model}


@dataclass(frozen=True)
class LevelWeight:
    """One degree of likeness of one comparison, its share among matches and among others, and its bits."""

    comparison: str
    level: str
    m_probability: float
    u_probability: float

    @property
    def bits(self) -> float:
        """The match weight."""
        return math.log2(self.m_probability / self.u_probability)


def train_version(
    connection: duckdb.DuckDBPyConnection,
    kind: PartyKind,
    path: Path,
    seed: int = 1,
    sampled_pairs: float = CITY_SAMPLE,
) -> dict[str, Any]:
    """Train a model on a kind's mentions and keep it with its frequencies, fingerprint and pairs.

    The model file is written last, so that an existing version is complete.

    Reads: the kind's mentions.

    Args:
        connection: to the work database.
        kind: of the mentions.
        path: where to write the version.
        seed: of the random sample.
        sampled_pairs: how many pairs are drawn at random.

    Raises:
        ModelError: a version of that name is there already, or the mentions are too few or too much alike.
    """
    if path.exists():
        raise ModelError(f"{path} already exists, and nights may have linked with it: choose another version")
    fresh = path.with_name(f".{path.name}.new")
    _TRAIN[kind](connection, fresh, seed, sampled_pairs)
    content = json.loads(fresh.read_text(encoding="utf-8"))
    fresh.unlink()
    content["training"] |= {
        "splink_version": content["model"].get("splink_version") or _splink_version(),
        "data": fingerprint(connection, kind.mentions),
        "pairs_by_rule": pairs_by_rule(connection, content["model"]),
        "frequencies_sha256": write_frequencies(connection, content["model"], frequencies_path(path)),
    }
    write_model(path, content)
    return dict(content["training"])


def _splink_version() -> str:
    from importlib.metadata import version

    return version("splink")


def add_to_training(path: Path, more: dict[str, Any]) -> None:
    """Add entries to the training metadata of a model."""
    content = read_artefact(path)
    content["training"] |= more
    write_model(path, content)


def read_artefact(path: Path) -> dict[str, Any]:
    """A model with its training metadata.

    Raises:
        ModelError: there is none.
    """
    model_for(path, 1)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def fingerprint(connection: duckdb.DuckDBPyConnection, mentions: str) -> dict[str, Any]:
    """The fingerprint of the data: rows, the filled share of each column, and a hash that ignores the order of rows."""
    columns = [str(row[0]) for row in connection.execute(f"describe {mentions}").fetchall()]
    filled = ", ".join(f'round(count("{column}") / greatest(count(*), 1), 6)' for column in columns)
    row = connection.execute(
        f"select count(*), sha256(concat_ws('|', count(*), bit_xor(md5_number(to_json(mention)::varchar)))), {filled}"
        f" from {mentions} as mention"
    ).fetchall()[0]
    return {"rows": row[0], "content_sha256": row[1], "filled": dict(zip(columns, row[2:], strict=True))}


def pairs_by_rule(connection: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> dict[str, int]:
    """The number of pairs of each blocking rule, by its columns; a pair of several rules is counted in each."""
    counts = {}
    for rule in model["blocking_rules_to_generate_predictions"]:
        columns = tuple(re.findall(r'l\."([a-z_0-9]+)"', rule["blocking_rule"]))
        counts[" and ".join(columns)] = count_pairs(connection, columns)
    return counts


def level_weights(path: Path) -> Sequence[LevelWeight]:
    """The model's bits for each level of each comparison, in its own order."""
    return [
        LevelWeight(
            str(comparison["output_column_name"]), str(level["label_for_charts"]),
            float(level["m_probability"]), float(level["u_probability"]),
        )
        for comparison in read_artefact(path)["model"]["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]  # fmt: skip
