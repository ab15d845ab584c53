"""The rules for what a failed check withholds, and the table of a night's check outcomes in the work database.

The steps of a night record their outcomes here; the publication reads them and decides what is withheld.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Literal

import duckdb

from exports.errors import PublicationError

# base: nothing is published. audiences: no segment's audience leaves. segment: no audience of that segment.
# audience: that audience alone. delivery: the target's own file. nothing: it is only a warning.
Reach = Literal["base", "audiences", "segment", "audience", "delivery", "nothing"]

DBT, DEPARTURES, ARRIVALS, DRIFT, WRITTEN_FILE = "dbt", "departures", "arrivals", "drift", "written file"
# The check that a source is loaded and not stale.
LOADED = "loaded"


@dataclass(frozen=True)
class Rule:
    """What a failed check withholds; `relation` is a pattern of relation names."""

    check: str
    relation: str
    reach: Reach


# The first rule that matches applies. `exports/README.md` has the same table.
RULES = (
    Rule(DBT, "intermediate.segment_*", "segment"),
    *(
        Rule(DBT, f"intermediate.{name}", "segment")
        for name in (
            "int_padro_entries",
            "int_notices_today",
            "int_notice_requests",
            "int_zone_neighbours",
            "int_bus_changes",
            "int_bus_neighbours",
            "int_derived_transport",
            "int_person_transport",
        )
    ),
    Rule(DBT, "intermediate.int_segment_*", "audiences"),
    Rule(DBT, "intermediate.int_messages_sent", "audiences"),
    Rule(DBT, "hub.segment_candidates", "audiences"),
    Rule(DBT, "hub.segment_members", "audiences"),
    Rule(DBT, "hub.segment_funnel", "audiences"),
    Rule(DBT, "*", "base"),
    Rule(LOADED, "raw.*", "base"),
    Rule(ARRIVALS, "raw.*", "base"),
    Rule(DRIFT, "linkage.linkage_metrics", "base"),
    Rule(DEPARTURES, "hub.*", "base"),
    Rule(DEPARTURES, "exports.*", "delivery"),
    Rule(WRITTEN_FILE, "audience.*", "audience"),
    Rule(WRITTEN_FILE, "*", "delivery"),
)


def reach_of(check: str, relation: str) -> Reach:
    """What a failed check of a relation withholds; without a matching rule, the whole night."""
    reaches = (rule.reach for rule in RULES if rule.check == check and fnmatchcase(relation, rule.relation))
    return next(reaches, "base")


@dataclass(frozen=True)
class CheckOutcome:
    """The outcome of one rule of a check on a relation, in counts and names; `segment` and `topic` if it has one."""

    rule: str
    relation: str
    passed: bool
    observed: float
    expected: str
    reach: Reach
    segment: str | None = None
    topic: str | None = None


_TABLE = """
create schema if not exists work.checks;
create table if not exists work.checks.outcomes (
    check_name varchar, relation varchar, rule varchar, reach varchar, segment varchar, topic varchar,
    passed boolean, observed double, expected varchar
)
"""
_COLUMNS = "rule, relation, passed, observed, expected, reach, segment, topic"


def record_outcomes(
    connection: duckdb.DuckDBPyConnection, check: str, relations: Iterable[str], outcomes: Sequence[CheckOutcome]
) -> None:
    """Write the outcomes of a check on relations; earlier outcomes of this check on them are replaced.

    Writes: `work.checks.outcomes`, one row per outcome; for a relation without outcome, one row that passed.

    Args:
        connection: to the work database.
        check: name of the check.
        relations: all relations that it checked.
        outcomes: of the check.
    """
    connection.execute(_TABLE)
    for relation in relations:
        connection.execute(
            "delete from work.checks.outcomes where check_name = $1 and relation = $2", [check, relation]
        )
        relation_outcomes = [outcome for outcome in outcomes if outcome.relation == relation]
        # The row `evaluated` shows that a check without outcome has run.
        evaluated = CheckOutcome("evaluated", relation, True, 0, "", reach_of(check, relation))
        for outcome in relation_outcomes or [evaluated]:
            connection.execute(
                f"insert into work.checks.outcomes (check_name, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [check, *(getattr(outcome, name) for name in _COLUMNS.split(", "))],
            )


# The steps of a night in order, and the condition of the outcomes that stay valid if the step runs again.
STEPS = ("raw", "prelink", "linkage", "postlink")
_KEPT = {
    "raw": f"check_name = '{LOADED}'",
    "prelink": f"check_name in ('{LOADED}', '{ARRIVALS}')",
    "linkage": f"check_name in ('{LOADED}', '{ARRIVALS}') or (check_name = '{DBT}' and relation = 'prelink')",
    "postlink": f"check_name in ('{LOADED}', '{ARRIVALS}', '{DRIFT}') or "
    f"(check_name = '{DBT}' and relation = 'prelink')",
}


def forget_after(connection: duckdb.DuckDBPyConnection, step: str) -> None:
    """Delete the outcomes of the relations that a step writes, and of all later steps: they must be checked again."""
    connection.execute(_TABLE)
    connection.execute(f"delete from work.checks.outcomes where not ({_KEPT[step]})")


def require_night(connection: duckdb.DuckDBPyConnection, business_date: date) -> None:
    """Check that the work database is of this night.

    Reads: `work.raw.run`.

    Raises:
        PublicationError: it is of another night; the message has both dates.
    """
    (work_date,) = connection.execute("from work.raw.run").fetchall()[0]
    if work_date != business_date:
        raise PublicationError(
            f"the work database is of the night {work_date}, not of {business_date}: "
            f"run the whole night, `fil nightly --date {business_date}`"
        )


def forget_outcomes(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Delete the outcomes of a relation that is written again: it must be checked again."""
    connection.execute(_TABLE)
    connection.execute("delete from work.checks.outcomes where relation = $1", [relation])


def failed_outcomes(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, CheckOutcome]]:
    """All failed outcomes, each with the name of its check, in a fixed order."""
    connection.execute(_TABLE)
    rows = connection.execute(
        f"select check_name, {_COLUMNS} from work.checks.outcomes where not passed order by all"
    ).fetchall()
    return [(str(check), CheckOutcome(*values)) for check, *values in rows]


def require_checked(connection: duckdb.DuckDBPyConnection, required: Iterable[tuple[str, str]]) -> None:
    """Check that all required checks have an outcome, and that no check with reach `base` has failed.

    Raises:
        PublicationError: an outcome is missing, or such a check has failed; the message names the checks.
    """
    connection.execute(_TABLE)
    known = {
        (str(check), str(relation))
        for check, relation in connection.execute(
            "select distinct check_name, relation from work.checks.outcomes"
        ).fetchall()
    }
    missing = [f"{check} of {relation}" for check, relation in sorted(set(required) - known)]
    if missing:
        raise PublicationError(
            f"the work database was not checked: no outcome of {', '.join(missing)}; expected one of each. "
            "Run the whole night again"
        )
    failed = [
        f"{outcome.rule} of {outcome.relation} (observed {outcome.observed:g}, expected {outcome.expected})"
        for _, outcome in failed_outcomes(connection)
        if outcome.reach == "base"
    ]
    if failed:
        raise PublicationError(f"the base failed its checks: {', '.join(failed)}; correct it and run the night again")
