"""How many people a night would merge, split or move, and the budget that it needs an approval to exceed.

The events have what changed and why. Approvals are appended to a journal, each for one business date.
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

# Share of the known people: an ordinary night stays far below, a wrong model or a wrong source goes far above.
BUDGET_SHARE = 0.005
# In a small city a single household exceeds that share.
LEAST_BUDGET = 50


class ImpactRefused(RuntimeError):
    """A night that would change more people than its budget allows; the message names the commands to approve it."""


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
        """How many people may change without approval."""
        return max(LEAST_BUDGET, int(BUDGET_SHARE * self.known))


def impact(connection: duckdb.DuckDBPyConnection, business_date: date) -> Impact:
    """The impact of a night; first ids and retired ids are not counted.

    Reads: the links and events of both kinds.
    """
    row = connection.execute(
        f"""
        with changed as (
            select event, unnest(list_distinct(ids_before || ids_after)) as id
            from (from {PERSON.events} union all from {ORGANISATION.events})
            where business_date = $day and event in ('merged', 'split', 'reassigned')
                -- A retired id that is seen again moves no mention.
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
    """Approve that a night changes up to so many people; the approval is on disk when this returns."""
    entry = {
        "business_date": business_date.isoformat(),
        "people": people,
        "who": who,
        "why": why,
        _TIME: datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    journal.append(registry.directory, _JOURNAL, entry)


def approved(registry: Registry, business_date: date) -> int:
    """How many people the last approval of a night allows, 0 without one.

    Raises:
        RegistryError: the journal is damaged.
    """
    try:
        approvals = [
            int(entry["people"])
            for entry in journal.read_once(registry.directory, _JOURNAL, _TIME)
            if entry["business_date"] == business_date.isoformat()
        ]
    except (KeyError, TypeError, ValueError):
        raise journal.RegistryError(
            f"the journal {_JOURNAL}.jsonl is damaged: restore the file from the backup"
        ) from None
    return approvals[-1] if approvals else 0


def require_budget(connection: duckdb.DuckDBPyConnection, registry: Registry, business_date: date) -> Impact:
    """The night's impact, if it is within the budget or an approval.

    Raises:
        ImpactRefused: it is not.
    """
    changes = impact(connection, business_date)
    allowed = max(changes.budget, approved(registry, business_date))
    if changes.people > allowed:
        raise ImpactRefused(
            f"it would change the ids of {changes.people} people ({changes.merged} merged, {changes.split} split,"
            f" {changes.reassigned} moved), and {allowed} are allowed: list them with `fil impact show --date"
            f" {business_date}`; if they are right, run `fil impact approve --date {business_date} --people"
            f" {changes.people}` with --who and --why, and run the night again"
        )
    return changes
