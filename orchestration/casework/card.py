"""The 360° card of a person or an organisation, and the history of either, from a published hub.

Every value stands with its source and date. Whom an id means is for `parties`, who may look for the commands; nothing
here writes.
"""

from datetime import date

import duckdb

from orchestration.casework.card_sections import DEALINGS, LATEST, ORGANISATION_CARD, ORGANISATION_HISTORY
from orchestration.casework.find_party import HUB, Party
from orchestration.casework.reserved_lines import without_reserved
from orchestration.home.redaction import StepFailed
from orchestration.rendering.tables import Cell, Table

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
        "Standing",
        "select persons.is_resident, persons.is_deceased, persons.is_minor, persons.district_code as district,"
        " persons.barri_code as barri, persons.census_section as section, households.member_count as household,"
        " persons.first_seen_date as first_seen, persons.last_seen_date as last_seen, persons.source_count as sources,"
        " persons.confidence from {hub}.persons as persons"
        " left join {hub}.households as households using (household_id) where person_id = $id",
    ),
    (
        "The Padró, as it shows the person today",
        "select attribute, value, source, valid_from as since, last_told_date as last_told from {hub}.person_history"
        " where person_id = $id and source = 'padro' and valid_to is null order by attribute, value",
    ),
    (
        "Ties",
        "select type, if(person_id = $id, 'to', 'from') as direction,"
        " if(person_id = $id, coalesce(related_person_id, related_organisation_id),"
        " coalesce(person_id, organisation_id)) as other, source, valid_from, valid_to from {hub}.relationships"
        " where $id in (person_id, related_person_id) order by all",
    ),
    *DEALINGS,
    (
        "Consents",
        "select purpose, service, state, channel, source, decided_at, text_version, evidence from {hub}.consents"
        " where person_id = $id order by all",
    ),
    (
        "Interests",
        "select interest, source, since from ("
        "select coalesce(interest, sector, zone_code, bus_line, study_block, district_code) as interest,"
        " 'subscripcions, ' || service as source, subscribed_on as since"
        " from {hub}.subscriptions where person_id = $id and is_active"
        " union all select 'moves by ' || transport, 'subscripcions, ' || service, subscribed_on"
        " from {hub}.subscriptions where person_id = $id and is_active"
        " union all select topic, 'campanyes, ' || segment || ', ' || event, max(occurred_at)::date"
        " from {hub}.campaign_events where person_id = $id and event in ('opened', 'clicked') group by all"
        ") where interest is not null order by all",
    ),
    (
        f"Messages, the latest {LATEST}",
        "select occurred_at, campaign, segment, topic, channel, event, 'campanyes' as source from {hub}.campaign_events"
        f" where person_id = $id order by occurred_at desc, campaign_event_id limit {LATEST}",
    ),
    (
        f"Satisfaction, the latest {LATEST}",
        "select answered_on, service, channel, satisfaction, clarity, waiting, recommends, 'enquestes' as source"
        " from {hub}.survey_answers where person_id = $id"
        f" order by answered_on desc, survey_answer_id limit {LATEST}",
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


def card(connection: duckdb.DuckDBPyConnection, party: Party) -> list[Table]:
    """Everything that the hub knows of a party, section by section; empty ones are left out, and reserved rows."""
    return _tables(connection, ORGANISATION_CARD if party.is_organisation else _CARD, party)


def history(connection: duckdb.DuckDBPyConnection, party: Party) -> list[Table]:
    """Since when each source shows what of a party, and what became of its ids and consents."""
    return _tables(connection, ORGANISATION_HISTORY if party.is_organisation else _HISTORY, party)


def _tables(connection: duckdb.DuckDBPyConnection, sections: tuple[tuple[str, str], ...], party: Party) -> list[Table]:
    tables = []
    for title, query in sections:
        try:
            found = connection.execute(query.format(hub=HUB, party=party.column), {"id": party.party_id})
        except (duckdb.CatalogException, duckdb.BinderException):
            raise StepFailed(
                f"that night was published by an earlier version of Fil, without the data for “{title}”: run it again, "
                "or choose a later night"
            ) from None
        columns = [str(column[0]) for column in found.description or []]
        rows = [[_cell(value) for value in row] for row in found.fetchall()]
        if rows:
            tables.append(Table(title, columns, rows))
    return without_reserved(connection, tables, party)


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, str | int | float):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def golden_mentions(
    connection: duckdb.DuckDBPyConnection, party: Party, attribute: str | None
) -> list[tuple[str, str, list[str]]]:
    """The records that a person's golden values come from: source, key, and the attributes of each.

    Of an organisation every record, with the name of its kind: each of them may have told a part.
    """
    told = (
        "select mention_id, ['organisation'] as attributes from {hub}.mentions where organisation_id = $id"
        if party.is_organisation
        else "select mention_id, list(attribute order by attribute) as attributes from {hub}.person_attributes"
        " where person_id = $id and rank = 1 and attribute = coalesce($attribute, attribute) group by mention_id"
    ).format(hub=HUB)
    values = {"id": party.party_id} | ({} if party.is_organisation else {"attribute": attribute})
    rows = connection.execute(
        f"select source, source_key, attributes from ({told}) inner join {HUB}.mentions using (mention_id)"
        " order by all",
        values,
    ).fetchall()
    return [(str(source), str(key), [str(one) for one in attributes]) for source, key, attributes in rows]
