"""An empty key never equals an empty key: no text of the records that matching compares is empty."""

import duckdb
import pytest

from matching.model import organisation_model
from matching.records import person_records
from matching.relations import RECORDS


def empty_columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Columns of text of the records that are empty in a row."""
    told = connection.execute(f"select column_name, column_type from (describe {RECORDS})").fetchall()
    names = [name for name, kind in told if kind == "VARCHAR"]
    assert len(names) > 10
    return [
        name for name in names if connection.execute(f"from {RECORDS} where {name} = '' limit 1").fetchall()
    ]  # fmt: skip


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as work; create schema work.intermediate")
    return connection


def test_no_key_of_a_person_is_empty(connection: duckdb.DuckDBPyConnection) -> None:
    """H is heard by nobody, and a document may have one character alone."""
    connection.execute("""
        create table work.intermediate.int_person_mentions as
        select row_number() over () || '' as mention_id, 'iris' as source, mention_id as source_key,
            false as is_register, now()::timestamp as observed_at, false as is_live, null::varchar as entry_of,
            null::varchar as form_of, null::date as born_from, null::date as born_until, null::date as birth_date,
            false as is_document_valid, null::varchar as sex, null::varchar as street, null::varchar as street_number,
            null::varchar as postcode, null::varchar as email, null::varchar as phone,
            null::varchar as document_country, null::varchar as given_name_accented, *
        from (values ('H', 'H', 'H', null, null), (null, 'H', null, 'OTHER', 'X'),
            ('H', null, null, 'DNI', '00000000T'), (null, null, null, 'DNI', '0'),
            ('A', 'B', 'C', 'NIE', 'X'), ('H H H', null, null, null, null),
            ('王', '明', null, null, null))
        as told(given_name, surname_1, surname_2, document_type, document)""")
    assert person_records.create_person_records(connection) == 7
    assert empty_columns(connection) == []


def test_no_key_of_an_organisation_is_empty(connection: duckdb.DuckDBPyConnection) -> None:
    """A NIF of one character has no body, and is no other's."""
    connection.execute("""
        create table work.intermediate.int_organisation_mentions as
        select row_number() over () || '' as mention_id, 'iris' as source, mention_id as source_key,
            false as is_register, now()::timestamp as observed_at, false as is_nif_valid, null::varchar as legal_form,
            null::varchar as street, null::varchar as street_number, null::varchar as postcode,
            null::varchar as email, null::varchar as phone, *
        from (values ('B', 'FUSTES'), ('7', 'TALLERS'), (null, 'S')) as told(nif, legal_name)""")
    assert organisation_model.create_organisation_records(connection) == 3
    assert empty_columns(connection) == []
