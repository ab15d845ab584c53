"""The weights of pairs among a few mentions: each comparison's level and bits, as the night had them.

The table of records is the whole city's, so that a name is as rare as it was. `explain` uses the weights.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from matching.model.frequencies import frequency_columns, register_frequencies
from matching.model.model_file import model_for
from matching.model.splink_session import splink_linker
from matching.model.thresholds import KEEP_WEIGHT
from matching.parties import PartyKind
from matching.records.person_records import count_rows
from matching.relations import RECORDS
from matching.scoring.pairs import name_records

_EVIDENCE = "work.linkage.pair_evidence"
# Keys that are derived for comparing, and the field that each comes from.
_FIELDS = {"given_key": "given_name", "given_words": "given_name", "name_key": "legal_name", "nif_body": "document"}


@dataclass(frozen=True)
class Evidence:
    """What one comparison adds: its degree of likeness, its bits, and those for how common the value is."""

    comparison: str
    fields: tuple[str, ...]
    level: str
    bits: float
    frequency_bits: float


@dataclass(frozen=True)
class PairEvidence:
    """The weight of two mentions in bits, and its parts: `weight` is the sum of the prior and all evidence."""

    prior_bits: float
    evidence: tuple[Evidence, ...]
    weight: float
    was_compared: bool  # a blocking rule brings the two together


class PairScores:
    """The scores of every pair among some mentions, whether a blocking rule brings it together or not."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, kind: PartyKind, model_path: Path, mention_ids: Sequence[str]
    ) -> None:
        """Score them.

        Reads: `RECORDS`.
        Writes: the kind's pair scores and pairs as the night would have had them for these mentions, one row per pair.
        """
        self._connection = connection
        self._model = model_for(model_path, count_rows(connection, RECORDS))
        connection.execute(
            f"create or replace temp table wanted_records as from {RECORDS} where list_contains($1, unique_id)",
            [list(mention_ids)],
        )
        connection.execute("create schema if not exists work.linkage")
        with splink_linker(connection, self._model) as (linker, database):
            register_frequencies(connection, linker, database, self._model, model_path)
            for column in frequency_columns(self._model):
                linker.table_management.compute_tf_table(column)
            wanted = database.register("wanted_records", dataset_display_name="wanted")
            scores = linker.inference.score_pairs(wanted, wanted, include_found_by_blocking_rules=True)
            connection.execute(
                f"""
                create or replace table {_EVIDENCE} as
                select l.unique_id as mention_id_l, r.unique_id as mention_id_r, scores.*
                from {scores.physical_name} as scores
                inner join wanted_records as l on record_number_l = l.record_number
                inner join wanted_records as r on record_number_r = r.record_number
                where record_number_l < record_number_r
                """
            )
        connection.execute(
            f"create or replace table {kind.pair_scores} as"
            " select record_number_l as record_l, record_number_r as record_r,"
            " round(match_weight, 4) as match_weight, round(match_probability, 6) as match_probability"
            f" from {_EVIDENCE} where found_by_blocking_rules and match_weight >= {KEEP_WEIGHT} order by 1, 2"
        )
        name_records(connection, kind, {kind.pairs: "match_weight, match_probability"})

    def of(self, one: str, other: str) -> PairEvidence:
        """The weight of two of the mentions, and its parts."""
        result = self._connection.execute(
            f"from {_EVIDENCE} where mention_id_l = $1 and mention_id_r = $2", sorted((one, other))
        )
        names = [column[0] for column in result.description or ()]
        row = dict(zip(names, result.fetchall()[0], strict=True))
        prior = float(self._model["probability_two_random_records_match"])
        evidence = tuple(_evidence(comparison, row) for comparison in self._model["comparisons"])
        weight = round(float(row["match_weight"]), 4)
        return PairEvidence(math.log2(prior / (1 - prior)), evidence, weight, bool(row["found_by_blocking_rules"]))


def _evidence(comparison: dict[str, Any], row: dict[str, Any]) -> Evidence:
    name = str(comparison["output_column_name"])
    levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
    # Splink numbers the levels from the last one, nought, up to the first.
    gamma = int(row[f"gamma_{name}"])
    level = "nothing to compare" if gamma < 0 else str(levels[len(levels) - 1 - gamma]["label_for_charts"])
    frequency = float(row.get(f"mw_tf_adj_{name}") or 0.0)
    return Evidence(name, _fields(comparison), level, float(row[f"mw_{name}"]), frequency)


def _fields(comparison: dict[str, Any]) -> tuple[str, ...]:
    """The fields that a comparison is about: those of its first two levels."""
    conditions = " ".join(str(level["sql_condition"]) for level in comparison["comparison_levels"][:2])
    columns = re.findall(r"\b([a-z_0-9]+)_[lr]\b", conditions.replace('"', ""))
    return tuple(dict.fromkeys(_FIELDS.get(column, column) for column in columns))
