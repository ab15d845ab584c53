"""The 360° card of a person or an organisation, and the history of either, from a published hub.

Every value stands with its source and date. What a section shows is a view of the hub (`card_sections.py`). Whom an id
means is for `find_party.py`, who may look for the commands; nothing here writes.
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
from orchestration.casework.reserved_lines import without_reserved
from orchestration.dbt.models_alone import query_of
from orchestration.home.redaction import StepFailed
from orchestration.rendering.tables import Cell, Table


def card(connection: duckdb.DuckDBPyConnection, party: Party) -> list[Table]:
    """Everything that the hub knows of a party, section by section; empty ones are left out, and reserved rows."""
    return _tables(connection, ORGANISATION_CARD if party.is_organisation else PERSON_CARD, party)


def history(connection: duckdb.DuckDBPyConnection, party: Party) -> list[Table]:
    """Since when each source shows what of a party, and what became of its ids and consents."""
    return _tables(connection, ORGANISATION_HISTORY if party.is_organisation else PERSON_HISTORY, party)


def _tables(connection: duckdb.DuckDBPyConnection, sections: Sequence[Section], party: Party) -> list[Table]:
    views = _views(connection)
    tables = []
    for section in sections:
        view = f"card_{section.view}"
        # A night of an earlier version has no views: the query of today's is asked of its tables.
        relation = f"{HUB}.{view}" if view in views else f"({query_of(view, f'{HUB}.{{}}'.format)})"
        try:
            found = connection.execute(section.query(relation, party.column), {"id": party.party_id})
        except (duckdb.CatalogException, duckdb.BinderException):
            raise StepFailed(
                f"that night was published by an earlier version of Fil, without the data for “{section.title}”: "
                "run it again, or choose a later night"
            ) from None
        columns = [str(column[0]) for column in found.description or []]
        rows = [[_cell(value) for value in row] for row in found.fetchall()]
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
