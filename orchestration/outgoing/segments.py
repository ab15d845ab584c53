"""Reads the declarations of segments, writes new ones, and explains why a person is or is not in a segment.

dbt has the funnel (`models/marts/segments`); `segment_counts.py` has its counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.home.settings import DBT_PROJECT_DIR, ConfigurationError
from orchestration.rendering.tables import Table

_PROJECT = "dbt_project.yml"
_CANDIDATES = Path("models") / "marts" / "segments" / "candidates"
_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
_SQL = """-- One row per person and topic that the segment selects. The funnel then applies all other checks.
select
    'GENERAL' as topic,
    person_id,
    'consent' as basis,
    'lives_in_district' as reason
from {{ ref('persons') }}
where is_resident and district_code = '01'
"""
_YAML = """version: 2

models:
  - name: segment_{name}
    description: "One row per person and topic that the segment {name} selects."
    config:
      meta:
        title: "{title}"
        purpose: communicate
        bases: [consent]
        channels: [email, sms]
        residents: [consent]
        ages: {{from: 18}}
        cap: {{messages: 3, days: 30}}
        repeats: {{after_days: 30}}
        priority: 100
    columns:
      - name: topic
        description: "Topic of the message"
      - name: person_id
        description: "Person who would receive the message"
      - name: basis
        description: "Legal basis: request, consent or public_task"
      - name: reason
        description: "Why the segment selects the person"
"""


@dataclass(frozen=True)
class Declared:
    """A segment as its YAML declares it."""

    name: str
    description: str
    meta: Mapping[str, Any]

    @property
    def small_cell(self) -> int:
        """The least count that may be shown; the macro `declared_segment` has the same default."""
        return int(self.meta.get("small_cell", 5))


def declared_segments(project: Path = DBT_PROJECT_DIR) -> list[Declared]:
    """The segments of the project, in the order of its list.

    Raises:
        ConfigurationError: a listed segment has no YAML.
    """
    names = yaml.safe_load((project / _PROJECT).read_text(encoding="utf-8"))["vars"]["segments"]
    return [_declared(project, name) for name in names]


def _declared(project: Path, name: str) -> Declared:
    path = project / _CANDIDATES / f"segment_{name}.yml"
    if not path.is_file():
        raise ConfigurationError(
            f"{_PROJECT} lists the segment {name}, but {path} does not exist: create it, or remove {name} from the list"
        )
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    return Declared(name, model["description"], model["config"]["meta"])


def write_skeleton(name: str, title: str, project: Path = DBT_PROJECT_DIR) -> tuple[Path, Path, Path]:
    """Write a new segment's query and YAML, and list it; dbt can build it unchanged.

    Raises:
        ConfigurationError: the name is not valid, or exists already.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} can't be a segment's name: use 3 to 40 lower-case letters, digits and underscores"
        )
    if '"' in title or "\\" in title or not title.isprintable():
        raise ConfigurationError("--title has a quote, a backslash or a control character: remove it")
    folder, listed = project / _CANDIDATES, project / _PROJECT
    paths = folder / f"segment_{name}.sql", folder / f"segment_{name}.yml"
    text = listed.read_text(encoding="utf-8")
    names = yaml.safe_load(text)["vars"]["segments"]
    if name in names or any(path.exists() for path in paths):
        raise ConfigurationError(f"the segment {name} already exists: choose another name")
    before, after = f"    - {names[-1]}\n", f"    - {names[-1]}\n    - {name}\n"
    if text.count(before) != 1:
        raise ConfigurationError(f"Fil can't find the end of the list `segments` in {listed}: add {name} to it by hand")
    paths[0].write_text(_SQL, encoding="utf-8")
    paths[1].write_text(_YAML.format(name=name, title=title or name), encoding="utf-8")
    # The list is last, so that every listed segment has its files.
    listed.write_text(text.replace(before, after), encoding="utf-8")
    return *paths, listed


def explain(connection: duckdb.DuckDBPyConnection, segment: str, person_id: str) -> list[Table]:
    """Why a person is or is not in a segment: the step at which they were left out, by topic and reason.

    Raises:
        ConfigurationError: the night has no such segment.
    """
    if not connection.execute("select 1 from published.hub.segments where segment = ?", [segment]).fetchone():
        raise ConfigurationError(
            f'the published night has no segment "{segment}"; `fil segment list` lists its segments'
        )
    rows = connection.execute(
        """
        select candidates.topic, candidates.reason, candidates.basis,
            if(candidates.reason_out is null, 'in, by ' || candidates.channel, 'out'), candidates.step,
            coalesce(candidates.reason_out, ''), steps.description
        from published.hub.segment_candidates as candidates
        join published.hub.segment_steps as steps
            on steps.step_number = candidates.step_number
            and steps.reason_out is not distinct from candidates.reason_out
        where candidates.segment = ? and ? in (candidates.person_id, candidates.about_person_id)
        order by all""",
        [segment, person_id],
    ).fetchall()
    outside = f"{person_id} is not in {segment}: its query does not select this person."
    columns = ["topic", "selected because", "basis", "result", "last check", "reason out", "meaning"]
    return [Table(f"{segment}: {person_id}", columns, [list(row) for row in rows], empty=outside)]
