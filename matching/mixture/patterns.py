"""Compares the pairs of a file: for each comparison the level that holds, and the bits of a rare common value."""

import json
from pathlib import Path
from typing import Any

import duckdb
from splink import SettingsCreator, block_on

from matching.mixture.blocks import Blocks
from matching.mixture.comparisons import COMPARED
from matching.model.splink_session import splink_linker
from matching.relations import FILE_PAIRS
from matching.scoring.engine import Engine

# Random pairs from which the agreement of strangers is estimated; fewer could not show the rarest agreement.
_SAMPLED_PAIRS = 2e6
_LEAST_U = 1e-7
# Below any weight: every pair is kept.
_NO_LEAST = -10_000.0


def compare_pairs(
    connection: duckdb.DuckDBPyConnection, blocks: Blocks, engine: Engine, scratch: Path
) -> dict[str, list[float]]:
    """Compare the pairs of the blocks; return how often two random records show each level of each comparison.

    Reads: `RECORDS` with its blocks.
    Writes: `FILE_PAIRS`, one row per pair of the blocks.
    """
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_number",
        comparisons=[compared.comparison for compared in COMPARED],
        blocking_rules_to_generate_predictions=[block_on(column) for column in blocks.columns],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
    with splink_linker(connection, settings) as (linker, _):
        linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=1, min_count_per_level=None)
        model: dict[str, Any] = linker.misc.save_model_to_json()
    shares = {str(one["output_column_name"]): _number_levels(one) for one in model["comparisons"]}
    model["probability_two_random_records_match"] = 1e-4
    path = scratch / "levels.json"
    path.write_text(json.dumps({"training": {}, "model": model}), encoding="utf-8")
    with engine.scores(connection, model, path, _NO_LEAST) as scores:
        known = {row[0] for row in connection.execute(f"describe {scores}").fetchall()}
        levels = ", ".join(f"(-round(mw_{one.name}))::tinyint as {one.name}" for one in COMPARED)
        rare = ", ".join(
            f"{f'round(coalesce(mw_tf_adj_{one.name}, 0.0), 4)' if f'mw_tf_adj_{one.name}' in known else '0.0'}"
            f" as tf_{one.name}"
            for one in COMPARED
        )
        connection.execute(
            f"create or replace temp table {FILE_PAIRS} as"
            f" select record_number_l as record_l, record_number_r as record_r, {levels}, {rare} from {scores}"
        )
    return shares


def _number_levels(comparison: dict[str, Any]) -> list[float]:
    """Make each level weigh minus its number, so that weights name levels; return the shares of random pairs."""
    shares = []
    levels = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
    for number, one in enumerate(levels, start=1):
        one["u_probability"] = one.get("u_probability") or _LEAST_U
        one["m_probability"] = one["u_probability"] / 2**number
        shares.append(max(float(one["u_probability"]), _LEAST_U))
    return shares
