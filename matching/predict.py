"""Scores of the pairs that the blocking rules bring together, by a trained model.

Which scores become links is for `contradictions` and `cluster`.
"""

import json
from pathlib import Path
from typing import Any

import duckdb

from matching.records import RECORDS
from matching.settings import KEEP_WEIGHT
from matching.splink_session import splink_linker
from matching.train import ModelError

# A small file is no city: however few its mentions, two of them taken at random are hardly ever one person.
MOST_LIKELY_PRIOR = 1e-4

PAIRS = "work.linkage.scored_pairs"


def load_model(path: Path) -> tuple[dict[str, Any], int]:
    """Parameters of a trained model, and the number of mentions that it was trained on."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content["model"], int(content["training"]["mentions"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path} is no trained model: {type(error).__name__}; train it again") from None


def scaled_prior(prior: float, trained_on: int, mentions: int) -> float:
    """Share of matching pairs in a city of another size: matches grow with it, pairs with its square."""
    return min(prior * trained_on / max(mentions, 1), MOST_LIKELY_PRIOR)


def predict_pairs(connection: duckdb.DuckDBPyConnection, model_path: Path, mentions: int) -> int:
    """Write `work.linkage.scored_pairs`, weights rounded so that sums in another order are no other result."""
    model, trained_on = load_model(model_path)
    prior = scaled_prior(model["probability_two_random_records_match"], trained_on, mentions)
    model["probability_two_random_records_match"] = prior
    connection.execute("create schema if not exists work.linkage")
    connection.execute(
        f"create or replace table {PAIRS} (mention_id_l varchar, mention_id_r varchar,"
        " match_weight double, match_probability double)"
    )
    if mentions < 2:
        return 0
    with splink_linker(connection, model) as (linker, _):
        scores = linker.inference.predict(threshold_match_weight=KEEP_WEIGHT, warning_mode="never")
        connection.execute(
            f"""
            insert into {PAIRS}
            select least(unique_id_l, unique_id_r), greatest(unique_id_l, unique_id_r),
                round(match_weight, 4), round(match_probability, 6)
            from {scores.physical_name}
            order by 1, 2
            """
        )
    row = connection.execute(f"select count(*) from {PAIRS}").fetchone()
    return int(row[0]) if row else 0


__all__ = ["PAIRS", "RECORDS", "load_model", "predict_pairs", "scaled_prior"]
