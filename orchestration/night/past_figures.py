"""Keeps the figures of past nights, and compares tonight's linkage with them.

`matching.evaluation.night_figures` measures; `quality.drift` decides what is unusual.
"""

from datetime import date

import duckdb

from exports.errors import PublicationError
from exports.publication.hub_sums import tables_in
from matching.evaluation.night_figures import COLUMNS
from matching.relations import KNOWN_MENTIONS, LINKAGE_METRICS
from orchestration.home.home import Home
from orchestration.past_nights.history import hub_history
from quality.drift import Figure, judge
from quality.drift_acceptance import acceptances, softened
from quality.outcome import Outcome

# The number of nights whose figures are published with a night.
_KEPT_NIGHTS = 90

_HISTORY = f"""
insert into {LINKAGE_METRICS}
select * from night_before.hub.linkage_metrics
where business_date < $day and business_date in (
    select distinct business_date from night_before.hub.linkage_metrics order by 1 desc limit {_KEPT_NIGHTS - 1}
)
order by all
"""


def carry_history(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date) -> date | None:
    """Copy the figures of the nights before; if their hub can't be opened, there are none.

    Reads: the hub of the night before.
    Writes: new `LINKAGE_METRICS`, one row per night, kind, measure and cut; `KNOWN_MENTIONS`, one row per mention.

    Returns:
        The date of the night that they are from, if there is one.
    """
    connection.execute(
        f"create or replace table {LINKAGE_METRICS} ({COLUMNS});"
        f"create or replace temp table {KNOWN_MENTIONS} (mention_id varchar)"
    )
    history = hub_history(home)
    before = max((day for day in history.nights() if day < business_date), default=None)
    if before is None:
        return None
    try:
        with history.as_published(connection, before, "night_before", ("linkage_metrics", "mentions")):
            if "linkage_metrics" not in tables_in(connection, "night_before"):
                return None
            connection.execute(_HISTORY, {"day": business_date})
            connection.execute(
                f"insert into {KNOWN_MENTIONS} select distinct mention_id from night_before.hub.mentions"
            )
    except (duckdb.Error, PublicationError):
        return None
    return before


def judge_night(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date) -> list[Outcome]:
    """Compare each figure of the night with those before; accepted failures only warn.

    Reads: `LINKAGE_METRICS`.
    """
    figures = [Figure(*row) for row in connection.execute(f"from {LINKAGE_METRICS}").fetchall()]
    accepted = acceptances(home.directory)
    return softened(judge(figures, business_date, accepted), accepted.get(business_date))
