"""Training the model for persons by EM on the city's own mentions, on purpose and never by the night.

A trained model is a file with how it was trained beside its parameters; which one is in use says `PROMOTED`.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from splink import SettingsCreator
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from matching.blocking import DETERMINISTIC_RECALL, TRAINING_COLUMNS, Passes, deterministic_rules
from matching.passes import learn
from matching.records import create_records
from matching.settings import LINK_WEIGHT, person_settings
from matching.splink_session import splink_linker

# Pairs drawn to learn how often two people agree by chance; one in so many shows the rarest agreement.
CITY_SAMPLE = 5e7
FILE_SAMPLE = 5e6
SHIPPED = Path(__file__).parent / "models"


class ModelError(ValueError):
    """A model that is not there or cannot be used."""


def promoted_model(models: Path = SHIPPED / "person") -> Path:
    """Path of the model in use: the one promoted in `models`, or while there is none, the one that Fil ships.

    The directory's name says of what: person or organisation.
    """
    pointer = models / "PROMOTED"
    if not pointer.is_file():
        models = SHIPPED / models.name
        pointer = models / "PROMOTED"
    path = models / f"{pointer.read_text(encoding='utf-8').strip()}.json"
    if not path.is_file():
        raise ModelError(f"{pointer} names {path.name}, which is not beside it; promote a model that exists")
    return path


def promote_model(path: Path, models: Path) -> None:
    """Put a model in use where `models` are; the switch is one atomic step. A shipped one is in use without a word."""
    if not path.is_file():
        raise ModelError(f"{path} is no trained model; train it first")
    pointer = models / "PROMOTED"
    if path.parent != models:
        pointer.unlink(missing_ok=True)
        if promoted_model(models) != path:
            raise ModelError(f"{path.name} is not the model that Fil ships any more; train one, or use that")
        return
    fresh = models / ".PROMOTED.new"
    fresh.write_text(path.stem + "\n", encoding="utf-8")
    fresh.replace(pointer)


def train_person_model(
    connection: duckdb.DuckDBPyConnection, out_path: Path, seed: int = 1, sampled_pairs: float = CITY_SAMPLE
) -> dict[str, Any]:
    """Train on `work.intermediate.int_person_mentions`, write the model, and return its training metadata."""
    mentions = create_records(connection)
    rules = Rules(TRAINING_COLUMNS, deterministic_rules(connection))
    return train_model(connection, out_path, mentions, person_settings(), rules, seed, sampled_pairs)


@dataclass(frozen=True)
class Rules:
    """What training starts from: the blocks of its passes of EM, and the rules for the share of pairs that match."""

    passes: Passes
    deterministic: list[str | BlockingRuleCreator]
    shipped: str = "person"


def train_model(
    connection: duckdb.DuckDBPyConnection,
    out_path: Path,
    mentions: int,
    settings: SettingsCreator,
    rules: Rules,
    seed: int,
    sampled_pairs: float,
) -> dict[str, Any]:
    """Train on the table of records, write the model, and return its training metadata.

    Raises:
        ModelError: there are too few mentions to learn from, or they are too much alike.
    """
    if mentions < 2:
        raise ModelError(f"training needs mentions, found {mentions}: run a night first")
    try:
        with splink_linker(connection, settings) as (linker, _):
            training = linker.training
            training.estimate_probability_two_random_records_match(rules.deterministic, recall=DETERMINISTIC_RECALL)
            training.estimate_u_using_random_sampling(max_pairs=sampled_pairs, seed=seed, min_count_per_level=None)
            model = linker.misc.save_model_to_json()
    except ValueError as error:
        # Splink refuses a share of zero.
        raise ModelError("these mentions are too much alike to learn from; use a model that is trained") from error
    untrained = _fill_chances(model, sampled_pairs)
    taught = learn(connection, model, rules.passes)
    if not taught:
        raise ModelError("too few mentions are alike to learn from them; use a model that is trained")
    borrowed = _fill_shares(model, taught, promoted_model(SHIPPED / rules.shipped))
    metadata = {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "mentions": mentions,
        "seed": seed,
        "link_weight": LINK_WEIGHT,
        "levels_never_seen": untrained,
        "comparisons_borrowed": borrowed,
    }
    write_model(out_path, {"training": metadata, "model": model})
    return metadata


# Nobody is so unlike that it is impossible: a level that true pairs hardly ever show (another sex, another address)
# keeps a small probability, or one such field would outweigh all the others together.
_LEAST_M = 0.002
_NEVER_SEEN = 1e-4


def _levels(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    return [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]


def _fill_chances(model: dict[str, Any], sampled_pairs: float) -> list[str]:
    """Count what none of the pairs drawn showed as rare as one of them, at the most; return those levels."""
    unseen = []
    for comparison in model["comparisons"]:
        for level in _levels(comparison):
            level.pop("m_probability", None)
            if level.get("u_probability") is None:
                unseen.append(f"{comparison['output_column_name']}: {level['label_for_charts']}")
                level["u_probability"] = 1 / sampled_pairs
    return unseen


def _fill_shares(model: dict[str, Any], taught: Mapping[str, Mapping[str, float]], teacher: Path) -> list[str]:
    """Give each level its share of true pairs, where these mentions taught none the shipped model's; return those."""
    known = {
        comparison["output_column_name"]: {
            level["label_for_charts"]: level.get("m_probability") for level in _levels(comparison)
        }
        for comparison in json.loads(teacher.read_text(encoding="utf-8"))["model"]["comparisons"]
    }
    borrowed = []
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        if name not in taught:
            borrowed.append(name)
        shares = taught.get(name) or known[name]
        for level in _levels(comparison):
            level["m_probability"] = max(shares.get(level["label_for_charts"]) or 0.0, _LEAST_M)
    return borrowed


def write_model(path: Path, content: dict[str, Any]) -> None:
    """Write a model for the user alone, whole or not at all: what a city's mentions taught is the city's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
