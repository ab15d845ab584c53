"""What every test of the linkage starts from: an empty work database and the shipped model."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from matching.model.model_file import promoted_model
from matching.night import link_mentions
from matching.parties import PERSON
from matching.registry.decisions import Judgement
from tests.support.mentions import Mention, open_work, write_mentions


def link_persons(
    connection: duckdb.DuckDBPyConnection, mentions: Sequence[Mention], judgements: Sequence[Judgement] = ()
) -> dict[str, str | None]:
    """Link mentions as a night does; return the cluster of each mention id, None for a mention in review."""
    write_mentions(connection, mentions)
    link_mentions(connection, PERSON, promoted_model(), judgements)
    rows = connection.execute(
        "select mention_id, if(is_in_review, null, cluster_id) from work.linkage.clusters"
    ).fetchall()
    clusters = dict(rows)
    assert len(rows) == len(clusters) == len(mentions)
    return clusters


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(open_work()) as opened:
        yield opened


@pytest.fixture
def model_path() -> Path:
    return promoted_model()
