"""What a failed check costs, as one table of data, and the outcomes of a night's checks in the work database.

Nothing is checked here. Steps record what they found; the publication reads it and decides what may leave.
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
# That a source was loaded, and is not stale.
LOADED = "loaded"


@dataclass(frozen=True)
class Rule:
    """What a failed check of relations (a pattern of their names) costs."""

    check: str
    relation: str
    reach: Reach


# The first rule that fits decides. `exports/README.md` shows the same table to people.
RULES = (
    Rule(DBT, "intermediate.segment_*", "segment"),
    *(
        Rule(DBT, f"intermediate.{name}", "segment")
        for name in (
            "int_padro_entries",
            "int_zone_neighbours",
            "int_bus_changes",
            "int_bus_neighbours",
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
    """What it costs if a check of a relation fails; what no rule names costs the night."""
    found = (rule.reach for rule in RULES if rule.check == check and fnmatchcase(relation, rule.relation))
    return next(found, "base")


@dataclass(frozen=True)
class CheckOutcome:
    """What one rule of a check found on a relation, in counts and names; `segment` and `topic` where it is of one."""

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
    """Write what a check found on relations, in the place of what it found on them before."""
    connection.execute(_TABLE)
    for relation in relations:
        connection.execute(
            "delete from work.checks.outcomes where check_name = $1 and relation = $2", [check, relation]
        )
        of_relation = [one for one in outcomes if one.relation == relation]
        # A check that found nothing to say was evaluated all the same.
        for one in of_relation or [CheckOutcome("evaluated", relation, True, 0, "", reach_of(check, relation))]:
            connection.execute(
                f"insert into work.checks.outcomes (check_name, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [check, *(getattr(one, name) for name in _COLUMNS.split(", "))],
            )


# The steps of a night in their order, each with the outcomes that stand on what it makes: whatever comes after it.
STEPS = ("raw", "prelink", "linkage", "postlink")
_KEPT = {
    "raw": f"check_name = '{LOADED}'",
    "prelink": f"check_name in ('{LOADED}', '{ARRIVALS}')",
    "linkage": f"check_name in ('{LOADED}', '{ARRIVALS}') or (check_name = '{DBT}' and relation = 'prelink')",
    "postlink": f"check_name in ('{LOADED}', '{ARRIVALS}', '{DRIFT}') or "
    f"(check_name = '{DBT}' and relation = 'prelink')",
}


def forget_after(connection: duckdb.DuckDBPyConnection, step: str) -> None:
    """Drop every outcome of what a step makes anew, and of what stands on it: it has to be checked again."""
    connection.execute(_TABLE)
    connection.execute(f"delete from work.checks.outcomes where not ({_KEPT[step]})")


def require_night(connection: duckdb.DuckDBPyConnection, business_date: date) -> None:
    """Refuse a work database that is of another night.

    Raises:
        PublicationError: it names both dates.
    """
    (found,) = connection.execute("from work.raw.run").fetchall()[0]
    if found != business_date:
        raise PublicationError(
            f"the work database is of the night {found}, not of {business_date}: "
            f"run the whole night, `fil nightly --date {business_date}`"
        )


def forget_outcomes(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Drop what was found on a relation that is written anew: it has to be checked again."""
    connection.execute(_TABLE)
    connection.execute("delete from work.checks.outcomes where relation = $1", [relation])


def failed_outcomes(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, CheckOutcome]]:
    """Every outcome that did not pass, each with its check's name, in a fixed order."""
    connection.execute(_TABLE)
    rows = connection.execute(
        f"select check_name, {_COLUMNS} from work.checks.outcomes where not passed order by all"
    ).fetchall()
    return [(str(check), CheckOutcome(*found)) for check, *found in rows]


def require_checked(connection: duckdb.DuckDBPyConnection, required: Iterable[tuple[str, str]]) -> None:
    """Refuse a work database in which a check that must have run has no outcome, or one of the base has failed.

    Raises:
        PublicationError: it names the checks.
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
        f"{one.rule} of {one.relation} (observed {one.observed:g}, expected {one.expected})"
        for _, one in failed_outcomes(connection)
        if one.reach == "base"
    ]
    if failed:
        raise PublicationError(f"the base failed its checks: {', '.join(failed)}; correct it and run the night again")
