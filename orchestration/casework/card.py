"""The 360° card of a person or an organisation, and the history of either, from a published hub.

Every value has its source and date. Each section shows a view of the hub (`card_sections.py`). `find_party.py` finds
the party, and the commands log the look-up; nothing here writes.
"""

from collections.abc import Sequence
from datetime import date

import duckdb

from orchestration.casework.card_sections import (
    ORGANISATION_CARD,
    ORGANISATION_HISTORY,
    PERSON_CARD,
    PERSON_HISTORY,
    Section,
)
from orchestration.casework.find_party import HUB, Party
from orchestration.casework.reserved_lines import is_reserved, without_reserved
from orchestration.dbt.models_alone import query_of
from orchestration.home.redaction import StepFailed
from orchestration.rendering.tables import Cell, Table


def card(connection: duckdb.DuckDBPyConnection, party: Party) -> list[Table]:
    """All sections of a party's card, without empty sections and reserved rows."""
    tables = _tables(connection, ORGANISATION_CARD if party.is_organisation else PERSON_CARD, party)
    return [*tables, *missing_contacts(connection, party)]


def missing_contacts(connection: duckdb.DuckDBPyConnection, party: Party) -> list[Table]:
    """Each contact of a person that has no golden value, with the reason; nothing if the contact is reserved."""
    if party.is_organisation or is_reserved(connection, party):
        return []
    rows = connection.execute(
        f"""
        select wanted.attribute, string_agg(distinct found.rule, '; ' order by found.rule)
        from (values ('email'), ('phone')) as wanted(attribute)
        left join {HUB}.person_attributes as found on found.attribute = wanted.attribute and found.person_id = $id
        group by wanted.attribute having count(found.rank) = 0 order by wanted.attribute
        """,
        {"id": party.party_id},
    ).fetchall()
    reasons = [(name, f"not used: {rules}" if rules else "no source has one") for name, rules in rows]
    return [Table("Contact data that is missing", ["attribute", "why"], reasons)] if reasons else []


def history(connection: duckdb.DuckDBPyConnection, party: Party) -> list[Table]:
    """The values of a party by source with their dates, and the changes of its ids and consents."""
    return _tables(connection, ORGANISATION_HISTORY if party.is_organisation else PERSON_HISTORY, party)


def _tables(connection: duckdb.DuckDBPyConnection, sections: Sequence[Section], party: Party) -> list[Table]:
    views = _views(connection)
    tables = []
    for section in sections:
        view = f"card_{section.view}"
        # A night of an earlier version has no views: the present view's query runs on its tables.
        relation = f"{HUB}.{view}" if view in views else f"({query_of(view, f'{HUB}.{{}}'.format)})"
        try:
            result = connection.execute(section.query(relation, party.column), {"id": party.party_id})
        except (duckdb.CatalogException, duckdb.BinderException):
            raise StepFailed(
                f"that night was published by an earlier version of Fil, without the data for “{section.title}”: "
                "run it again, or choose a later night"
            ) from None
        columns = [str(column[0]) for column in result.description or []]
        rows = [[_cell(value) for value in row] for row in result.fetchall()]
        if rows:
            tables.append(Table(section.title, columns, rows))
    return without_reserved(connection, tables, party)


def _views(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The views of the published hub, by their names."""
    catalogue, schema = HUB.split(".")
    rows = connection.execute(
        "select view_name from duckdb_views() where database_name = $1 and schema_name = $2", [catalogue, schema]
    ).fetchall()
    return {str(name) for (name,) in rows}


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, str | int | float):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def golden_mentions(
    connection: duckdb.DuckDBPyConnection, party: Party, attribute: str | None
) -> list[tuple[str, str, list[str]]]:
    """The mentions from which a golden record takes its values: source, key, and the attributes of each.

    For an organisation these are all its mentions, because each of them may have given a value.
    """
    mentions_sql = (
        "select mention_id, ['organisation'] as attributes from {hub}.mentions where organisation_id = $id"
        if party.is_organisation
        else "select mention_id, list(attribute order by attribute) as attributes from {hub}.person_attributes"
        " where person_id = $id and rank = 1 and attribute = coalesce($attribute, attribute) group by mention_id"
    ).format(hub=HUB)
    values = {"id": party.party_id} | ({} if party.is_organisation else {"attribute": attribute})
    rows = connection.execute(
        f"select source, source_key, attributes from ({mentions_sql}) inner join {HUB}.mentions using (mention_id)"
        " order by all",
        values,
    ).fetchall()
    return [(str(source), str(key), [str(name) for name in attributes]) for source, key, attributes in rows]
