"""Scores of the pairs that the blocking rules bring together, by a trained model.

Which scores become links is for `contradictions` and `cluster`.
"""

from collections.abc import Collection, Mapping
from math import log2
from pathlib import Path

import duckdb

from matching.model.blocking import loose_rules
from matching.model.model_file import digest_of, model_for
from matching.model.thresholds import KEEP_WEIGHT
from matching.records.person_records import RECORDS, count_rows
from matching.scoring.engine import DUCKDB, Engine

# A file's prior may lie so many bits above what the rules for sure pairs found; of more mentions those find enough.
_OPEN_BITS = 7.0
_LARGEST_FILE = 1_000_000
_HIGHEST_PRIOR = 0.05
_ROUNDS = 50

PAIRS = "work.linkage.scored_pairs"
WEIGHTS = "work.linkage.pair_weights"
# What the two show under the ids of mentions.
SCORES, _NUMBERS = "work.linkage.pair_scores", "work.linkage.record_numbers"


def record_model(connection: duckdb.DuckDBPyConnection, entity: str, path: Path) -> None:
    """Note in `work.linkage.models` which model links persons or organisations, by its name and its content."""
    connection.execute(
        "create table if not exists work.linkage.models (entity varchar, version varchar, sha256 varchar)"
    )
    connection.execute("delete from work.linkage.models where entity = ?", [entity])
    connection.execute("insert into work.linkage.models values (?, ?, ?)", [entity, path.stem, digest_of(path)])


def predict_pairs(
    connection: duckdb.DuckDBPyConnection,
    model_path: Path,
    mentions: int,
    *,
    with_weights: bool = False,
    is_file: bool = False,
    engine: Engine = DUCKDB,
) -> int:
    """Write `work.linkage.scored_pairs`, weights rounded so that sums in another order are no other result.

    With weights, also `work.linkage.pair_weights`: a column for each comparison, its term frequencies included. Of a
    file nothing is known before: it may be compared by looser rules, and its prior is the one at which its own weights
    add up.
    """
    model = model_for(model_path, mentions)
    model["retain_intermediate_calculation_columns"] = with_weights
    comparisons = [str(comparison["output_column_name"]) for comparison in model["comparisons"]]
    columns = dict.fromkeys(("match_weight", "match_probability"), "")
    is_file = is_file and mentions <= _LARGEST_FILE
    if is_file:
        rules = loose_rules(connection, mentions)
        model["blocking_rules_to_generate_predictions"] += [rule.create_blocking_rule_dict("duckdb") for rule in rules]
    least = KEEP_WEIGHT - (_OPEN_BITS if is_file else 0.0)
    connection.execute("create schema if not exists work.linkage")
    if mentions < 2:
        absent = ", ".join(f"null::double as {name}" for name in [*columns, *comparisons])
        connection.execute(
            f"create or replace table {SCORES} as select 0 as record_l, 0 as record_r, {absent} where false"
        )
    else:
        with engine.scores(connection, model, model_path, least) as scores:
            prior = model["probability_two_random_records_match"]
            shift = _shift(connection, scores, prior, mentions) if is_file else 0.0
            weight = f"match_weight + {shift!r}"
            columns = {
                "match_weight": f"round({weight}, 4)",
                "match_probability": f"round(1 / (1 + pow(2, -({weight}))), 6)",
            }
            found = {row[0] for row in connection.execute(f"describe {scores}").fetchall()}
            if with_weights:
                columns |= {name: _weight(name, found) for name in comparisons}
            told = ", ".join(f"{value} as {name}" for name, value in columns.items())
            connection.execute(
                f"create or replace table {SCORES} as"
                f" select record_number_l as record_l, record_number_r as record_r, {told} from {scores}"
                f" where {weight} >= {KEEP_WEIGHT} order by 1, 2"
            )
    name_records(
        connection,
        {PAIRS: "match_weight, match_probability"} | ({WEIGHTS: ", ".join(comparisons)} if with_weights else {}),
    )
    return count_rows(connection, SCORES)


def _shift(connection: duckdb.DuckDBPyConnection, scores: str, prior: float, mentions: int) -> float:
    """Bits to add to all weights for the prior at which matches expected and prior agree."""
    rows = connection.execute(f"select round(match_weight, 1), count(*) from {scores} group by all order by all")
    weights = rows.fetchall()
    pairs = mentions * (mentions - 1) / 2
    told = _bits(prior)
    bits = told
    for _ in range(_ROUNDS):
        matches = sum(count / (1 + 2 ** -(weight - told + bits)) for weight, count in weights)
        bits = _bits(min(max(matches, 1.0) / pairs, _HIGHEST_PRIOR))
    return round(bits - told, 2)


def _bits(share: float) -> float:
    return log2(share / (1 - share))


def name_records(connection: duckdb.DuckDBPyConnection, views: Mapping[str, str]) -> None:
    """Show columns of the scores under the ids of mentions."""
    connection.execute(
        f"create or replace table {_NUMBERS} as"
        f" select unique_id as mention_id, record_number from {RECORDS} order by record_number"
    )
    for view, columns in views.items():
        connection.execute(
            f"create or replace view {view} as"
            f" select l.mention_id as mention_id_l, r.mention_id as mention_id_r, {columns}"
            f" from {SCORES} inner join {_NUMBERS} as l on record_l = l.record_number"
            f" inner join {_NUMBERS} as r on record_r = r.record_number order by all"
        )


def _weight(comparison: str, columns: Collection[str]) -> str:
    """A comparison's bits; how common a value is stands in a column of its own."""
    frequency = f"mw_tf_adj_{comparison}"
    return f"round(mw_{comparison}{f' + {frequency}' if frequency in columns else ''}, 4)"
