"""`fil bench segments`: builds every segment with dbt over marts of full size that are made in SQL.

The people are made by hashing numbers: only size and shape are like a city's.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Template

from orchestration.dbt.project import DBT_EXECUTABLE, environment_of_dbt
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import DBT_PROJECT_DIR
from orchestration.home.work_database import work_database

DAY = date(2026, 5, 4)
SELECTED = (
    "segment_reasons", "enrolment_calendar", "survey_calendar", "enquiry_forms", "path:models/intermediate/segments",
    "path:models/marts/segments", "int_bounced_contacts", "int_unread_contacts",
)  # fmt: skip

_MARTS = Path(__file__).with_name("segment_marts.sql")


def make_marts(path: Path, population: int, day: date = DAY) -> None:
    """Make the marts that segments read, with so many people, in a work database of their own."""
    with work_database(path, None) as connection:
        connection.execute(Template(_MARTS.read_text(encoding="utf-8")).substitute(population=population, day=day))


@dataclass(frozen=True)
class SegmentMeasure:
    """Seconds and peak memory of dbt's process over all segments, with the numbers of candidates and members."""

    population: int
    seconds: float
    peak_mb: int
    candidates: int
    members: int


def measure_segments(population: int) -> SegmentMeasure:
    """Build every segment over marts of so many people; making the marts is not measured."""
    with tempfile.TemporaryDirectory(prefix="fil-bench-") as scratch:
        path = Path(scratch) / "work.duckdb"
        make_marts(path, population)
        began = time.monotonic()
        peak_mb = build_segments(path)
        seconds = round(time.monotonic() - began, 1)
        with work_database(path, None) as connection:
            counts = connection.execute(
                "select count(*), count(*) filter (where step = 'final') from work.hub.segment_candidates"
            ).fetchone() or (0, 0)
    return SegmentMeasure(population, seconds, peak_mb, *counts)


def build_segments(path: Path, project: Path = DBT_PROJECT_DIR) -> int:
    """Build and test the segments' models in a work database that has the marts; return dbt's peak memory in MB.

    Raises:
        StepFailed: dbt failed.
    """
    places = ["--project-dir", str(project), "--profiles-dir", str(project)]
    artifacts = ["--target-path", str(path.parent / "target"), "--log-path", str(path.parent / "logs")]
    environment = environment_of_dbt() | {"FIL_WORK_DB": str(path)}
    process = subprocess.Popen(  # noqa: S603 - our own dbt, no shell, no outside input
        [str(DBT_EXECUTABLE), "build", "--select", *SELECTED, *places, *artifacts],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise StepFailed(f"dbt could not build the segments: {output[-2000:]}")
    return usage.ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)
