"""The nights that tonight's linkage is held against: carried on from the last publication before, judged, and accepted.

What is measured is for `matching.evaluation.night_figures`, what is usual for `quality.drift`.
"""

from datetime import date
from pathlib import Path

import duckdb

from exports.publication.staging import database_of
from matching.evaluation.night_figures import COLUMNS
from matching.relations import KNOWN_MENTIONS, LINKAGE_METRICS
from orchestration.home.settings import Settings
from orchestration.home.work_database import attach
from quality.drift import Figure, judge
from quality.drift_acceptance import acceptances, softened
from quality.outcome import Outcome

# Nights whose figures are published with a night's own.
_KEPT_NIGHTS = 90

_HISTORY = f"""
insert into {LINKAGE_METRICS}
select * from night_before.hub.linkage_metrics
where business_date < $day and business_date in (
    select distinct business_date from night_before.hub.linkage_metrics order by 1 desc limit {_KEPT_NIGHTS - 1}
)
order by all
"""


def carry_history(connection: duckdb.DuckDBPyConnection, settings: Settings, business_date: date) -> date | None:
    """Lay out what the nights before were like; without a publication that opens with the key, nothing is known.

    Reads: the last publication before the night.
    Writes: `LINKAGE_METRICS` anew, one row per night, kind, measure and cut; `KNOWN_MENTIONS`, one row per mention.

    Returns:
        The date of the publication that they are from, if there is one.
    """
    connection.execute(
        f"create or replace table {LINKAGE_METRICS} ({COLUMNS});"
        f"create or replace temp table {KNOWN_MENTIONS} (mention_id varchar)"
    )
    before = _published_before(settings.published, business_date)
    if before is None:
        return None
    path = database_of(settings.published / before.isoformat())
    try:
        attach(connection, path, "night_before", settings.hub_key, read_only=True)
    except duckdb.Error:
        return None
    try:
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'night_before' and schema_name = 'hub'"
        ).fetchall()
        if ("linkage_metrics",) not in tables:
            return None
        connection.execute(_HISTORY, {"day": business_date})
        connection.execute(f"insert into {KNOWN_MENTIONS} select distinct mention_id from night_before.hub.mentions")
    finally:
        connection.execute("detach night_before")
    return before


def _published_before(published: Path, business_date: date) -> date | None:
    nights = (path for path in published.glob("????-??-??") if database_of(path).exists())
    dates = (date.fromisoformat(path.name) for path in nights)
    return max((day for day in dates if day < business_date), default=None)


def judge_night(connection: duckdb.DuckDBPyConnection, settings: Settings, business_date: date) -> list[Outcome]:
    """Each figure of the night in `LINKAGE_METRICS` against those before; accepted, they only warn."""
    figures = [Figure(*row) for row in connection.execute(f"from {LINKAGE_METRICS}").fetchall()]
    accepted = acceptances(settings.home)
    return softened(judge(figures, business_date, accepted), is_accepted=business_date in accepted)
