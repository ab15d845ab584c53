"""Scores of the pairs that the blocking rules bring together, by a trained model.

Which scores become links is for `contradictions` and `cluster`.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb

from matching.records import RECORDS, count_rows
from matching.settings import KEEP_WEIGHT
from matching.splink_session import splink_linker
from matching.train import ModelError

# A small file is no city: however few its mentions, two of them taken at random are hardly ever one person.
MOST_LIKELY_PRIOR = 1e-4

PAIRS = "work.linkage.scored_pairs"
WEIGHTS = "work.linkage.pair_weights"


def load_model(path: Path) -> tuple[dict[str, Any], int]:
    """Parameters of a trained model, and the number of mentions that it was trained on."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content["model"], int(content["training"]["mentions"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path} is no trained model: {type(error).__name__}; train it again") from None


def scaled_prior(prior: float, trained_on: int, mentions: int) -> float:
    """Share of matching pairs in a city of another size: matches grow with it, pairs with its square."""
    return min(prior * trained_on / max(mentions, 1), max(prior, MOST_LIKELY_PRIOR))


def predict_pairs(
    connection: duckdb.DuckDBPyConnection, model_path: Path, mentions: int, *, with_weights: bool = False
) -> int:
    """Write `work.linkage.scored_pairs`, weights rounded so that sums in another order are no other result.

    With weights, also `work.linkage.pair_weights`: a column for each comparison, its term frequencies included.
    """
    model, trained_on = load_model(model_path)
    prior = scaled_prior(model["probability_two_random_records_match"], trained_on, mentions)
    model["probability_two_random_records_match"] = prior
    model["retain_intermediate_calculation_columns"] = with_weights
    comparisons = [str(comparison["output_column_name"]) for comparison in model["comparisons"]]
    connection.execute("create schema if not exists work.linkage")
    ends = "mention_id_l varchar, mention_id_r varchar"
    connection.execute(
        f"create or replace table {PAIRS} ({ends}, match_weight double, match_probability double);"
        f"create or replace table {WEIGHTS} ({ends}, {', '.join(f'{name} double' for name in comparisons)})"
    )
    if mentions < 2:
        return 0
    with splink_linker(connection, model) as (linker, _):
        scores = linker.inference.predict(threshold_match_weight=KEEP_WEIGHT, warning_mode="never").physical_name
        both = "least(unique_id_l, unique_id_r), greatest(unique_id_l, unique_id_r)"
        connection.execute(
            f"insert into {PAIRS} select {both}, round(match_weight, 4), round(match_probability, 6) "
            f"from {scores} order by 1, 2"
        )
        if with_weights:
            found = {row[0] for row in connection.execute(f"describe {scores}").fetchall()}
            weights = ", ".join(_weight(name, found) for name in comparisons)
            connection.execute(f"insert into {WEIGHTS} select {both}, {weights} from {scores} order by 1, 2")
    return count_rows(connection, PAIRS)


def _weight(comparison: str, columns: Collection[str]) -> str:
    """A comparison's bits; how common a value is stands in a column of its own."""
    frequency = f"mw_tf_adj_{comparison}"
    return f"round(mw_{comparison}{f' + {frequency}' if frequency in columns else ''}, 4)"


__all__ = ["PAIRS", "RECORDS", "WEIGHTS", "load_model", "predict_pairs", "scaled_prior"]
