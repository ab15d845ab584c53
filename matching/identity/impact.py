"""How many people a night would merge, split or move, held against a budget that only a person may exceed.

What changed and why stands in the events; approvals are appended to a journal, each for one business date.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from matching.parties import ORGANISATION, PERSON
from matching.registry.registry import Registry
from sources.base import journal

_JOURNAL = "impact_approvals"
_TIME = "approved_at"
CHANGES = ("merged", "split", "reassigned")

# Of the people known: a night of ordinary extracts stays far below, a model or a source gone wrong far above.
BUDGET_SHARE = 0.005
# In a small city a single household is more than that.
LEAST_BUDGET = 50


class ImpactRefused(RuntimeError):
    """A night that would change more people than its budget allows; the message says how to see and approve it."""


@dataclass(frozen=True)
class Impact:
    """People (or organisations) whose ids a night merges, splits or moves, of those known to the night."""

    known: int
    merged: int
    split: int
    reassigned: int
    people: int

    @property
    def budget(self) -> int:
        """How many may change without anybody's approval."""
        return max(LEAST_BUDGET, int(BUDGET_SHARE * self.known))


def impact(connection: duckdb.DuckDBPyConnection, business_date: date) -> Impact:
    """The impact of a night; ids that are first seen or not seen any more change nobody.

    Reads: the links and events of both kinds.
    """
    row = connection.execute(
        f"""
        with changed as (
            select event, unnest(list_distinct(ids_before || ids_after)) as id
            from (from {PERSON.events} union all from {ORGANISATION.events})
            where business_date = $day and event in ('merged', 'split', 'reassigned')
                -- Seen again after it was retired: nobody's mentions moved.
                and ids_before <> ids_after
        )
        select
            (select count(distinct {PERSON.id_column}) from {PERSON.links})
                + (select count(distinct {ORGANISATION.id_column}) from {ORGANISATION.links}),
            count(distinct id) filter (event = 'merged'), count(distinct id) filter (event = 'split'),
            count(distinct id) filter (event = 'reassigned'), count(distinct id)
        from changed
        """,
        {"day": business_date},
    ).fetchone()
    return Impact(*(row or (0, 0, 0, 0, 0)))


def approve(registry: Registry, business_date: date, people: int, who: str, why: str) -> None:
    """Let a night change up to so many people; appended and on disk when this returns."""
    entry = {
        "business_date": business_date.isoformat(),
        "people": people,
        "who": who,
        "why": why,
        _TIME: datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    journal.append(registry.directory, _JOURNAL, entry)


def approved(registry: Registry, business_date: date) -> int:
    """How many people a night may change by approval, 0 without one; the last word counts.

    Raises:
        RegistryError: the journal is damaged.
    """
    try:
        told = [
            int(entry["people"])
            for entry in journal.read_once(registry.directory, _JOURNAL, _TIME)
            if entry["business_date"] == business_date.isoformat()
        ]
    except (KeyError, TypeError, ValueError):
        raise journal.RegistryError(
            f"the journal {_JOURNAL}.jsonl is damaged: restore the file from the backup"
        ) from None
    return told[-1] if told else 0


def require_budget(connection: duckdb.DuckDBPyConnection, registry: Registry, business_date: date) -> Impact:
    """The night's impact, if it is within its budget or a person approved as much.

    Raises:
        ImpactRefused: it is not.
    """
    found = impact(connection, business_date)
    allowed = max(found.budget, approved(registry, business_date))
    if found.people > allowed:
        raise ImpactRefused(
            f"it would change the ids of {found.people} people ({found.merged} merged, {found.split} split,"
            f" {found.reassigned} moved), and {allowed} are allowed: list them with `fil impact show --date"
            f" {business_date}`; if they are right, run `fil impact approve --date {business_date} --people"
            f" {found.people}` with --who and --why, and run the night again"
        )
    return found
