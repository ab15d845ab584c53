"""All that belongs to a trained model beside its parameters: what it was trained on, what its rules cost, what it says.

Training itself is in `training.py`, the frequencies of values in `frequencies`; drawing is for the orchestration.
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
    """Train a model on a kind's mentions and keep it whole: parameters, frequencies, fingerprint, pairs.

    The parameters come last, so that a version that is there is complete.

    Reads: the kind's mentions.

    Args:
        connection: to the work database.
        kind: whose mentions.
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
    """Keep more about a model's training beside what is known of it."""
    content = read_artefact(path)
    content["training"] |= more
    write_model(path, content)


def read_artefact(path: Path) -> dict[str, Any]:
    """A model with how it was trained.

    Raises:
        ModelError: there is none.
    """
    model_for(path, 1)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def fingerprint(connection: duckdb.DuckDBPyConnection, mentions: str) -> dict[str, Any]:
    """What a model was trained on: rows, the filled share of each column, and a hash whatever the rows' order."""
    columns = [str(row[0]) for row in connection.execute(f"describe {mentions}").fetchall()]
    filled = ", ".join(f'round(count("{column}") / greatest(count(*), 1), 6)' for column in columns)
    row = connection.execute(
        f"select count(*), sha256(concat_ws('|', count(*), bit_xor(md5_number(to_json(told)::varchar)))), {filled}"
        f" from {mentions} as told"
    ).fetchall()[0]
    return {"rows": row[0], "content_sha256": row[1], "filled": dict(zip(columns, row[2:], strict=True))}


def pairs_by_rule(connection: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> dict[str, int]:
    """Pairs that each blocking rule brings together, those of several rules in each, by the columns that are equal."""
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
