"""Finds persons and organisations in a published hub, by a document or by a present or earlier id.

The cards show them, and the commands log the look-up.
"""

import re
from dataclasses import dataclass

import duckdb

from matching.parties import ORGANISATION, PERSON
from orchestration.dbt.models_alone import render_macro
from orchestration.home.redaction import StepFailed

HUB = "published.hub"


@dataclass(frozen=True)
class Party:
    """A person or an organisation, by its id."""

    party_id: str

    @property
    def is_organisation(self) -> bool:
        """Whether it is a company or an entity, by the letter of its id."""
        return self.party_id.startswith(ORGANISATION.prefix)

    @property
    def column(self) -> str:
        """The column of the hub's tables that names it."""
        return (ORGANISATION if self.is_organisation else PERSON).id_column


def find_parties(connection: duckdb.DuckDBPyConnection, id_or_document: str) -> list[Party]:
    """The parties with a document, or with a present or earlier id; the hub is attached as `published`.

    Raises:
        StepFailed: there is none, or not any more.
    """
    given = re.sub(r"[\s.\-]", "", id_or_document).upper()
    party_ids = _followed(connection, given) or _holders(connection, id_or_document)
    if not party_ids:
        raise StepFailed(_retired(connection, given) or _UNKNOWN)
    return [Party(party_id) for party_id in party_ids]


_UNKNOWN = "no person or organisation in the published hub has that id or document: check it"


def find_person(connection: duckdb.DuckDBPyConnection, id_or_document: str) -> list[str]:
    """The ids of the persons with a document, or with a present or earlier id."""
    parties = find_parties(connection, id_or_document)
    person_ids = [party.party_id for party in parties if not party.is_organisation]
    if not person_ids:
        raise StepFailed("that id or document belongs to an organisation: give a person's")
    return person_ids


_EVENTS = f"(from {HUB}.person_events union all by name from {HUB}.organisation_events)"


def _followed(connection: duckdb.DuckDBPyConnection, given: str) -> list[str]:
    """The present ids for an id: itself if it is in use, else the ids after every merge and split since."""
    rows = connection.execute(
        f"""
        with recursive steps as (
            select former_id, unnest(ids_after) as later_id from (
                select unnest(ids_before) as former_id, ids_after from {_EVENTS} where event in ('merged', 'split')
            )
        ),
        reached (id) as (
            select $id
            union
            select later_id from reached inner join steps on id = former_id
        )
        select id from reached
        where id in (select person_id from {HUB}.persons union all select organisation_id from {HUB}.organisations)
        order by 1
        """,
        {"id": given},
    ).fetchall()
    present = [str(row[0]) for row in rows]
    return [given] if given in present else present


def _holders(connection: duckdb.DuckDBPyConnection, document: str) -> list[str]:
    """The parties with a document, with or without separators, words for its type, or leading zeros."""
    rows = connection.execute(
        f"""
        select distinct coalesce(person_id, organisation_id) from {HUB}.identifiers
        where ltrim(number, '0') = {render_macro("comparable_document", "$document")} order by 1
        """,
        {"document": document},
    ).fetchall()
    return [str(row[0]) for row in rows]


def _retired(connection: duckdb.DuckDBPyConnection, given: str) -> str | None:
    """The message about an id that was retired, or None."""
    row = connection.execute(
        f"select max(business_date), arg_max(cause, business_date) from {_EVENTS}"
        " where event = 'retired' and list_contains(ids_before, $1)",
        [given],
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return f"{given} belongs to nobody since the night of {row[0]} ({row[1]}): use --date with an earlier night"
