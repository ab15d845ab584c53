"""Scores a file's pairs by what the file taught, in the relations in which a city's scores are left."""

from collections.abc import Sequence
from math import log2
from pathlib import Path

import duckdb

from matching.mixture.blocks import Blocks
from matching.mixture.comparisons import COMPARED
from matching.mixture.learning import TWIN_SHARE, Learned, learn
from matching.mixture.patterns import compare_pairs
from matching.model.thresholds import KEEP_WEIGHT
from matching.parties import PERSON
from matching.records.person_records import count_rows
from matching.relations import FILE_PAIRS
from matching.scoring.engine import Engine
from matching.scoring.pairs import name_records


def score_file(
    connection: duckdb.DuckDBPyConnection,
    mentions: int,
    blocks: Blocks,
    engine: Engine,
    scratch: Path,
    *,
    with_weights: bool,
) -> int | None:
    """Score a file's pairs by what they teach; return how many were kept, None if they teach too little.

    Reads: `RECORDS` with its blocks.
    Writes: the pair scores, scored records and pairs of persons, in bits; with weights, also their pair weights; one
    row per pair or record.

    Args:
        connection: that links.
        mentions: how many records there are.
        blocks: which pairs are compared.
        engine: what compares them.
        scratch: a private directory.
        with_weights: whether each comparison's bits are kept, and the part that relatives would explain.
    """
    learned = learn(connection, mentions, compare_pairs(connection, blocks, engine, scratch))
    if learned is None:
        return None
    connection.execute("create schema if not exists work.linkage")
    weights = {one.name: f"round({_at(one.name, learned.same_bits[one.name])} + tf_{one.name}, 4)" for one in COMPARED}
    columns = ", ".join(f"{value} as {name}" for name, value in weights.items()) if with_weights else "0 as nothing"
    connection.execute(
        f"""
        create or replace table {PERSON.pair_scores} as
        with weighed as (select record_l, record_r, {_same(learned)} as same, {_others(learned)} as others, {columns}
            from {FILE_PAIRS}),
        scored as (select *, same - others as weight from weighed)
        select
            record_l, record_r, round(weight, 4) as match_weight, round(1 / (1 + pow(2, -weight)), 6)
                as match_probability,
            {"".join(f"{name}, " for name in weights) if with_weights else ""}
            -- Relatives and the share of such pairs lower the sum of the comparisons by this.
            round({log2(learned.same_share)!r} - others, 4) as prior_and_relatives
        from scored where weight >= {KEEP_WEIGHT} order by 1, 2
        """
    )
    views = {PERSON.pairs: "match_weight, match_probability"}
    if with_weights:
        views[PERSON.pair_weights] = ", ".join([*weights, "prior_and_relatives"])
    name_records(connection, PERSON, views)
    return count_rows(connection, PERSON.pair_scores)


def _at(name: str, bits: Sequence[float]) -> str:
    """The bits of the level that holds; 0 if there is nothing to compare."""
    return f"list_extract([{', '.join(repr(round(one, 6)) for one in (0.0, *bits))}], {name} + 1)"


def _same(learned: Learned) -> str:
    """Bits for one person, its share of all pairs included."""
    bits = " + ".join(f"{_at(name, levels)} + tf_{name}" for name, levels in learned.same_bits.items())
    return f"least({bits}, 200.0) + {log2(learned.same_share)!r}"


def _others(learned: Learned) -> str:
    """Bits for relatives or strangers."""
    shared = " + ".join(
        f"{_at(one.name, learned.relatives_bits[one.name])} + tf_{one.name}" for one in COMPARED if one.relatives
    )
    same_day = learned.relatives_bits["birth_date"][0]
    twins = f"if(birth_date = 1, log2({1 - TWIN_SHARE} + pow(2, {same_day!r} + tf_birth_date)), 0.0)"
    strangers = 1 - learned.same_share - learned.relatives_share
    return f"log2({strangers!r} + {learned.relatives_share!r} * pow(2, least({shared} + {twins}, 200.0)))"
