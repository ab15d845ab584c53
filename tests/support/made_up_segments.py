"""Every segment, and a new one as it is written, over marts made up in SQL; what tests build and ask of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.benchmarks.segments import build_segments, make_marts
from orchestration.home.settings import DBT_PROJECT_DIR
from orchestration.home.work_database import EXTENSIONS, work_database
from orchestration.outgoing.segments import write_skeleton
from tests.support.compiled_models import compiled_models
from tests.support.once import once

PEOPLE = 4_000
NEW = "casals_gent_gran"
# In the order in which they stand on each other, the segments' own queries between the two.
BEFORE = (
    "int_bounced_contacts", "int_unread_contacts", "requests", "notices", "int_notices_today", "int_notice_requests",
    "int_padro_entries", "int_zone_neighbours", "int_bus_changes", "int_bus_neighbours", "int_derived_transport",
    "int_person_transport", "int_messages_sent",
)  # fmt: skip
AFTER = (
    "int_segment_candidates", "int_closed_contacts", "int_segment_reach", "int_segment_recipients",
    "int_segment_history", "segment_candidates", "segment_members", "segment_funnel",
)  # fmt: skip
Members = set[tuple[str, str, str]]


def built_segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work database of the segments, for this process alone; `target` beside it holds what dbt compiled."""
    made = once(tmp_path_factory, "segments", _build)
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("made") / "segments")) / "work.duckdb"


def _build(directory: Path) -> None:
    path, project = directory / "work.duckdb", directory / "dbt_project"
    shutil.copytree(DBT_PROJECT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    write_skeleton(NEW, "Casals de gent gran", project)
    make_marts(path, PEOPLE)
    build_segments(path, project)


def reached(hub: duckdb.DuckDBPyConnection, segment: str) -> pl.DataFrame:
    """The candidates of a segment, with the step at which each leaves."""
    return table(hub, "hub.segment_candidates").filter(pl.col("segment") == segment)


@contextmanager
def rolled_back(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts and segments; every change is rolled back."""
    with work_database(built, None) as connection:
        connection.execute(f"set extension_directory = '{EXTENSIONS}'; load spatial; begin")
        yield connection
        connection.execute("rollback")


def again(hub: duckdb.DuckDBPyConnection, built: Path, names: tuple[str, ...] = ()) -> None:
    """Run every model of the segments again, or the named ones, as dbt compiled them."""
    compiled = compiled_models(built.parent / "target")
    queries = sorted(name for name, path in compiled.items() if path.parent.name == "candidates")
    for name in names or (*BEFORE, *queries, *AFTER):
        schema = "hub" if "marts" in compiled[name].parts and name not in queries else "intermediate"
        hub.execute(f"create or replace table work.{schema}.{name} as {compiled[name].read_text()}")


def members(hub: duckdb.DuckDBPyConnection) -> Members:
    """Segment, topic and recipient of every message."""
    rows = hub.execute("select segment, topic, coalesce(person_id, organisation_id) from work.hub.segment_members")
    return {(str(segment), str(topic), str(who)) for segment, topic, who in rows.fetchall()}


def table(hub: duckdb.DuckDBPyConnection, name: str) -> pl.DataFrame:
    """A table of the work database."""
    return pl.from_arrow(hub.execute(f"select * from work.{name}").to_arrow_table())  # type: ignore[return-value] - a table is never a series
