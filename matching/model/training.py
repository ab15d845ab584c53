"""Trains a model by EM on the city's own mentions; a night never trains.

A trained model is a file with parameters and training metadata. The file `PROMOTED` names the model in use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from splink import SettingsCreator
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from matching.model.blocking import DETERMINISTIC_RECALL, TRAINING_COLUMNS, Passes, deterministic_rules
from matching.model.em_passes import learn
from matching.model.model_file import SHIPPED, ModelError, promoted_model, write_model
from matching.model.splink_session import splink_linker
from matching.model.thresholds import LINK_WEIGHT, person_settings
from matching.parties import PERSON, PartyKind
from matching.records.person_records import create_person_records

# Random pairs from which the agreement of two people by chance is estimated; fewer could not show the rarest one.
CITY_SAMPLE = 5e7
FILE_SAMPLE = 5e6


def train_person_model(
    connection: duckdb.DuckDBPyConnection, out_path: Path, seed: int = 1, sampled_pairs: float = CITY_SAMPLE
) -> dict[str, Any]:
    """Train on the persons' mentions, write the model, and return its training metadata."""
    mentions = create_person_records(connection)
    rules = Rules(TRAINING_COLUMNS, deterministic_rules(connection))
    return train_model(connection, out_path, mentions, person_settings(), rules, seed, sampled_pairs)


@dataclass(frozen=True)
class Rules:
    """The input of training: the blocks of its passes of EM, and the rules for the share of pairs that match."""

    passes: Passes
    deterministic: list[str | BlockingRuleCreator]
    kind: PartyKind = PERSON


def train_model(
    connection: duckdb.DuckDBPyConnection,
    out_path: Path,
    mentions: int,
    settings: SettingsCreator,
    rules: Rules,
    seed: int,
    sampled_pairs: float,
) -> dict[str, Any]:
    """Train on the records, write the model, and return its training metadata.

    Reads: `RECORDS`.

    Args:
        connection: to the work database.
        out_path: where to write the model.
        mentions: how many records there are.
        settings: the model, untrained.
        rules: the passes of EM, and the rules for the share of pairs that match.
        seed: of the random sample.
        sampled_pairs: how many pairs are drawn at random.

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
        raise ModelError(
            "these mentions are too similar, so no model can be trained on them; use a trained model"
        ) from error
    untrained = _fill_chances(model, sampled_pairs)
    taught = learn(connection, model, rules.passes)
    if not taught:
        raise ModelError("too few mentions are similar, so no model can be trained on them; use a trained model")
    borrowed = _fill_shares(model, taught, promoted_model(SHIPPED / rules.kind.entity))
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


# A level that true pairs almost never have (another sex, another address) keeps a small probability, or one such field
# would outweigh all others.
_LEAST_M = 0.002


def _levels(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    return [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]


def _fill_chances(model: dict[str, Any], sampled_pairs: float) -> list[str]:
    """Give levels that no random pair had the chance of one pair in the sample; return those levels."""
    unseen = []
    for comparison in model["comparisons"]:
        for level in _levels(comparison):
            level.pop("m_probability", None)
            if level.get("u_probability") is None:
                unseen.append(f"{comparison['output_column_name']}: {level['label_for_charts']}")
                level["u_probability"] = 1 / sampled_pairs
    return unseen


def _fill_shares(model: dict[str, Any], taught: Mapping[str, Mapping[str, float]], teacher: Path) -> list[str]:
    """Give each level its share of true pairs, or the shipped model's; return the comparisons that use the latter."""
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
