"""The 360° card of a person and the history of one, from a published hub; who may look is for the commands.

Every golden value stands with its source and date. Nothing here writes.
"""

import re
from collections.abc import Iterator
from datetime import date

import duckdb

from orchestration.redaction import StepFailed
from orchestration.tables import Cell, Table

HUB = "published.hub"
_LATEST = 20

_RESERVED = (
    "Reserved",
    "select 'address and contact are reserved: they stand nowhere here, and are told to nobody' as notice"
    " from {hub}.persons where person_id = $id and is_protected",
)
# Title, columns as they are headed, and the query; `$id` is the person.
_CARD: tuple[tuple[str, str], ...] = (
    _RESERVED,
    (
        "Identity and contact, the golden values",
        "select attribute, value, source, observed_at::date as since, mention_count as mentions, rule"
        " from {hub}.person_attributes where person_id = $id and rank = 1 order by attribute",
    ),
    (
        "Documents",
        "select type, number, country, is_valid, is_current, valid_from, valid_to from {hub}.identifiers"
        " where person_id = $id order by is_current desc, type, number",
    ),
    (
        "Padró and standing",
        "select persons.is_resident, persons.is_deceased, persons.is_minor, persons.district_code as district,"
        " persons.barri_code as barri, persons.census_section as section, households.member_count as household,"
        " persons.first_seen_date as first_seen, persons.last_seen_date as last_seen, persons.source_count as sources,"
        " persons.confidence from {hub}.persons as persons"
        " left join {hub}.households as households using (household_id) where person_id = $id",
    ),
    (
        "Ties",
        "select type, if(person_id = $id, 'to', 'from') as direction,"
        " if(person_id = $id, coalesce(related_person_id, related_organisation_id),"
        " coalesce(person_id, organisation_id)) as other, source, valid_from, valid_to from {hub}.relationships"
        " where $id in (person_id, related_person_id) order by all",
    ),
    (
        "Pending matters",
        "select occurred_at::date as since, channel, service, subject, procedure, status, source, source_key"
        " from {hub}.interactions where person_id = $id and status in ('PENDENT', 'DERIVAT')"
        " order by occurred_at desc, interaction_id",
    ),
    (
        f"Contacts and procedures, the latest {_LATEST}",
        "select occurred_at, channel, service, subject, procedure, status, office, source from {hub}.interactions"
        f" where person_id = $id order by occurred_at desc, interaction_id limit {_LATEST}",
    ),
    (
        "Tax objects",
        "select tax, reference, holding_right as holding, share_percent as share, property_use, vehicle_class"
        " from {hub}.tax_objects where person_id = $id order by all",
    ),
    (
        "Licences",
        "select licence_number, licence_kind, place, valid_from, valid_to from {hub}.licences"
        " where person_id = $id order by all",
    ),
    (
        "Consents",
        "select purpose, service, state, channel, decided_at, text_version, evidence from {hub}.consents"
        " where person_id = $id order by all",
    ),
    (
        "Subscriptions and interests",
        "select service, topic, channel, address, subscribed_on, ended_on, is_active from {hub}.subscriptions"
        " where person_id = $id order by all",
    ),
    (
        f"Messages, the latest {_LATEST}",
        "select occurred_at, campaign, segment, topic, channel, event from {hub}.campaign_events"
        f" where person_id = $id order by occurred_at desc, campaign_event_id limit {_LATEST}",
    ),
    (
        "Where it comes from",
        "select source, source_key, confidence, method, observed_at::date as observed from {hub}.mentions"
        " where person_id = $id order by all",
    ),
)

_HISTORY: tuple[tuple[str, str], ...] = (
    _RESERVED,
    (
        "What each source shows, and when",
        "select attribute, value, source, valid_from, valid_to, last_told_date as last_told from {hub}.person_history"
        " where person_id = $id order by attribute, valid_from, source",
    ),
    (
        "Ids",
        "select business_date, event, array_to_string(ids_before, ' ') as before,"
        " array_to_string(ids_after, ' ') as after, cause from {hub}.person_events"
        " where list_contains(ids_before, $id) or list_contains(ids_after, $id)"
        " order by business_date, event, before, after",
    ),
    (
        "Consents, every decision",
        "select decided_at, purpose, service, state, channel, source, text_version from {hub}.consent_events"
        " where person_id = $id order by all",
    ),
)


def find_person(connection: duckdb.DuckDBPyConnection, id_or_document: str) -> list[str]:
    """The persons that an id, in use or given out before, or a document means; the hub is attached as `published`.

    Raises:
        StepFailed: it means nobody.
    """
    given = re.sub(r"[\s.\-]", "", id_or_document).upper()
    found = [*_followed(connection, given)] or _holders(connection, given)
    if not found:
        raise StepFailed("no person of the hub has that id or document; `-` reads it from standard input")
    return found


def _followed(connection: duckdb.DuckDBPyConnection, given: str) -> Iterator[str]:
    """Where an id leads: through every merge and split since."""
    rows = connection.execute(
        f"""
        with recursive steps as (
            select former_id, unnest(ids_after) as later_id from (
                select unnest(ids_before) as former_id, ids_after from {HUB}.person_events
                where event in ('merged', 'split')
            )
        ),
        reached (person_id) as (
            select $id
            union
            select later_id from reached inner join steps on person_id = former_id
        )
        select person_id from reached semi join {HUB}.persons using (person_id) order by 1
        """,
        {"id": given},
    ).fetchall()
    present = [str(row[0]) for row in rows]
    yield from ([given] if given in present else present)


def _holders(connection: duckdb.DuckDBPyConnection, number: str) -> list[str]:
    rows = connection.execute(
        f"select distinct person_id from {HUB}.identifiers where number = $number and person_id is not null order by 1",
        {"number": number},
    ).fetchall()
    return [str(row[0]) for row in rows]


def card(connection: duckdb.DuckDBPyConnection, person_id: str) -> list[Table]:
    """Everything that the hub knows of a person, section by section; empty ones are left out."""
    return _tables(connection, _CARD, person_id)


def history(connection: duckdb.DuckDBPyConnection, person_id: str) -> list[Table]:
    """Since when each source shows what of a person, and what became of its ids and consents."""
    return _tables(connection, _HISTORY, person_id)


def _tables(
    connection: duckdb.DuckDBPyConnection, sections: tuple[tuple[str, str], ...], person_id: str
) -> list[Table]:
    tables = []
    for title, query in sections:
        try:
            found = connection.execute(query.format(hub=HUB), {"id": person_id})
        except (duckdb.CatalogException, duckdb.BinderException):
            raise StepFailed(
                f"that night was published by an earlier Fil, without “{title}”: run it again, or name a later one"
            ) from None
        columns = [str(column[0]) for column in found.description or []]
        rows = [[_cell(value) for value in row] for row in found.fetchall()]
        if rows:
            tables.append(Table(title, columns, rows))
    return tables


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, str | int | float):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def is_protected(connection: duckdb.DuckDBPyConnection, person_id: str) -> bool:
    """Whether somebody's address and contact are reserved."""
    row = connection.execute(f"select is_protected from {HUB}.persons where person_id = $1", [person_id]).fetchone()
    return row is None or row[0] is not False


def golden_mentions(
    connection: duckdb.DuckDBPyConnection, person_id: str, attribute: str | None
) -> list[tuple[str, str, list[str]]]:
    """The records that a person's golden values come from: source, key, and the attributes of each."""
    rows = connection.execute(
        f"select mentions.source, mentions.source_key, list(attribute order by attribute)"
        f" from {HUB}.person_attributes inner join {HUB}.mentions as mentions using (mention_id)"
        " where person_attributes.person_id = $id and rank = 1 and attribute = coalesce($attribute, attribute)"
        " group by all order by all",
        {"id": person_id, "attribute": attribute},
    ).fetchall()
    return [(str(source), str(key), [str(one) for one in attributes]) for source, key, attributes in rows]
