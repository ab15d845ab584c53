"""Scores of the pairs that the blocking rules bring together, by a trained model.

`rules` and `clustering` choose the links.
"""

from collections.abc import Collection, Mapping, Sequence
from math import log2
from pathlib import Path

import duckdb
from splink import block_on

from matching.model.model_file import digest_of, model_for
from matching.model.thresholds import KEEP_WEIGHT
from matching.parties import PartyKind
from matching.records.person_records import count_rows
from matching.relations import MODELS, RECORDS, Relation
from matching.scoring.engine import DUCKDB, Engine

# Bits by which a file's prior may be above the model's.
_OPEN_BITS = 7.0
_HIGHEST_PRIOR = 0.05
_ROUNDS = 50


def record_model(connection: duckdb.DuckDBPyConnection, kind: PartyKind, path: Path) -> None:
    """Record which model links a kind of party: its version and the hash of its file.

    Writes: `MODELS`, one row per kind of party; the row of the other kind does not change.
    """
    connection.execute(f"create table if not exists {MODELS} (entity varchar, version varchar, sha256 varchar)")
    connection.execute(f"delete from {MODELS} where entity = ?", [kind.entity])
    connection.execute(f"insert into {MODELS} values (?, ?, ?)", [kind.entity, path.stem, digest_of(path)])


def predict_pairs(
    connection: duckdb.DuckDBPyConnection,
    kind: PartyKind,
    model_path: Path,
    mentions: int,
    *,
    with_weights: bool = False,
    blocks: Sequence[str] = (),
    engine: Engine = DUCKDB,
) -> int:
    """Score the pairs that the blocking rules bring together; return how many were kept.

    Reads: `RECORDS`.
    Writes: the kind's pair scores, scored records and pairs; with weights, also its pair weights; one row per
    pair or record. Weights are in bits, and rounded, so that the order of sums does not change the result.

    Args:
        connection: to the work database.
        kind: of the records.
        model_path: the trained model.
        mentions: how many records there are.
        with_weights: whether each comparison's bits are kept, its term frequencies included.
        blocks: for a file, the columns to block on instead of the model's rules. Its prior is estimated from its own
            weights.
        engine: what compares the pairs.
    """
    model = model_for(model_path, mentions)
    model["retain_intermediate_calculation_columns"] = with_weights
    comparisons = [str(comparison["output_column_name"]) for comparison in model["comparisons"]]
    columns = dict.fromkeys(("match_weight", "match_probability"), "")
    if blocks:
        rules = [block_on(column) for column in blocks]
        model["blocking_rules_to_generate_predictions"] = [rule.create_blocking_rule_dict("duckdb") for rule in rules]
    least = KEEP_WEIGHT - (_OPEN_BITS if blocks else 0.0)
    connection.execute("create schema if not exists work.linkage")
    if mentions < 2:
        absent = ", ".join(f"null::double as {name}" for name in [*columns, *comparisons])
        connection.execute(
            f"create or replace table {kind.pair_scores} as select 0 as record_l, 0 as record_r, {absent} where false"
        )
    else:
        with engine.scores(connection, model, model_path, least) as scores:
            prior = model["probability_two_random_records_match"]
            shift = _shift(connection, scores, prior, mentions) if blocks else 0.0
            weight = f"match_weight + {shift!r}"
            columns = {
                "match_weight": f"round({weight}, 4)",
                "match_probability": f"round(1 / (1 + pow(2, -({weight}))), 6)",
            }
            names = {row[0] for row in connection.execute(f"describe {scores}").fetchall()}
            if with_weights:
                columns |= {name: _weight(name, names) for name in comparisons}
            columns_sql = ", ".join(f"{value} as {name}" for name, value in columns.items())
            connection.execute(
                f"create or replace table {kind.pair_scores} as"
                f" select record_number_l as record_l, record_number_r as record_r, {columns_sql} from {scores}"
                f" where {weight} >= {KEEP_WEIGHT} order by 1, 2"
            )
    name_records(
        connection,
        kind,
        {kind.pairs: "match_weight, match_probability"}
        | ({kind.pair_weights: ", ".join(comparisons)} if with_weights else {}),
    )
    return count_rows(connection, kind.pair_scores)


def _shift(connection: duckdb.DuckDBPyConnection, scores: str, prior: float, mentions: int) -> float:
    """Bits to add to all weights, so that the prior equals the share of expected matches."""
    rows = connection.execute(f"select round(match_weight, 1), count(*) from {scores} group by all order by all")
    weights = rows.fetchall()
    pairs = mentions * (mentions - 1) / 2
    prior_bits = _bits(prior)
    bits = prior_bits
    for _ in range(_ROUNDS):
        matches = sum(count / (1 + 2 ** -(weight - prior_bits + bits)) for weight, count in weights)
        bits = _bits(min(max(matches, 1.0) / pairs, _HIGHEST_PRIOR))
    return round(bits - prior_bits, 2)


def _bits(share: float) -> float:
    return log2(share / (1 - share))


def name_records(connection: duckdb.DuckDBPyConnection, kind: PartyKind, views: Mapping[Relation, str]) -> None:
    """Make views of the scores with mention ids instead of record numbers.

    Reads: `RECORDS` and the kind's pair scores.
    Writes: the kind's scored records, one row per mention; each view with the columns given for it, one row per pair.
    """
    connection.execute(
        f"create or replace table {kind.scored_records} as"
        f" select unique_id as mention_id, record_number from {RECORDS} order by record_number"
    )
    for view, columns in views.items():
        connection.execute(
            f"create or replace view {view} as"
            f" select l.mention_id as mention_id_l, r.mention_id as mention_id_r, {columns}"
            f" from {kind.pair_scores} inner join {kind.scored_records} as l on record_l = l.record_number"
            f" inner join {kind.scored_records} as r on record_r = r.record_number order by all"
        )


def _weight(comparison: str, columns: Collection[str]) -> str:
    """A comparison's bits, including those for the frequency of the value, which have a column of their own."""
    frequency = f"mw_tf_adj_{comparison}"
    return f"round(mw_{comparison}{f' + {frequency}' if frequency in columns else ''}, 4)"
