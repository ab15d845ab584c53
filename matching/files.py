"""Links a file of mentions with weights learned from the file, or with a given model if the file teaches too little.

`night.py` links a night; `records/mention_file.py` and dbt's models read and normalise a file.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from matching.mixture.blocks import create_blocks
from matching.mixture.scores import score_file
from matching.model.thresholds import FILE, SMALL_FILE
from matching.night import LinkStats, link_scored
from matching.parties import PERSON
from matching.records.party_records import create_records
from matching.scoring.engine import DUCKDB, Engine
from matching.scoring.pairs import predict_pairs


@dataclass(frozen=True)
class FileLinkage:
    """How a file was linked.

    Args:
        stats: counts of the linkage.
        is_own_model: whether the weights were learned from the file.
        rows_of_defaults: rows with a value that too many rows have, so that no pairs were made of it.
    """

    stats: LinkStats
    is_own_model: bool
    rows_of_defaults: int


def link_file(
    connection: duckdb.DuckDBPyConnection,
    usual_model: Path,
    scratch: Path,
    *,
    with_weights: bool = False,
    engine: Engine = DUCKDB,
) -> FileLinkage:
    """Link a file of persons, whose mentions are in the same relation as a night's.

    Reads: the persons' mentions.
    Writes: the persons' pairs, one row per pair; clusters, one row per mention; conflicts and cases; with weights, also
    pair weights, one row per pair.

    Args:
        connection: to a work database of its own.
        usual_model: the trained model that links the file if it teaches too little.
        scratch: a private directory.
        with_weights: whether each comparison's bits are written, too.
        engine: what compares the pairs.
    """
    mentions = create_records(connection, PERSON)
    blocks = create_blocks(connection, mentions)
    pairs = None
    if blocks.columns and mentions >= _FEWEST_MENTIONS:
        pairs = score_file(connection, mentions, blocks, engine, scratch, with_weights=with_weights)
    policy = SMALL_FILE if pairs is None else FILE
    if pairs is None:
        columns = blocks.columns or ("document",)
        pairs = predict_pairs(
            connection, PERSON, usual_model, mentions, with_weights=with_weights, blocks=columns, engine=engine
        )
    return FileLinkage(
        link_scored(connection, PERSON, mentions, pairs, policy), policy is FILE, blocks.rows_of_defaults
    )


# Fewer mentions show too little of how often two people agree by chance.
_FEWEST_MENTIONS = 400
