"""A file of mentions, linked by what it teaches itself, or where it teaches too little, with a model that is named.

How a night links is in `night.py`; reading and normalising a file is for `records/mention_file.py` and dbt's models.
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
        is_own_model: whether the file taught its own weights.
        rows_of_defaults: rows with a value that so many others have that no pairs were made of it.
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
    """Link a file of persons, whose mentions stand where a night's would.

    Reads: the persons' mentions.
    Writes: the persons' pairs, clusters, conflicts and cases; with weights, also their pair weights.

    Args:
        connection: to a work database of its own.
        usual_model: the trained model that links it if it teaches too little.
        scratch: a private directory.
        with_weights: whether each comparison's bits are left, too.
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


# Fewer teach too little of how often two people agree by chance.
_FEWEST_MENTIONS = 400
