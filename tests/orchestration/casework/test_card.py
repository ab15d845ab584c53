"""What a card says of contact data that a person has not."""

import duckdb
import pytest

from orchestration.casework.card import missing_contacts
from orchestration.casework.find_party import Party


@pytest.mark.parametrize(
    ("is_protected", "told"),
    [
        (False, [("email", "not used: iris, never: not asked of this source"), ("phone", "no source has one")]),
        (True, None),
    ],
)
def test_a_missing_contact_has_its_reason_unless_it_is_reserved(
    is_protected: bool, told: list[tuple[str, str]] | None
) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "attach ':memory:' as published; create schema published.hub;"
            f"create table published.hub.persons as select 'PA' as person_id, {is_protected} as is_protected;"
            "create table published.hub.relationships (person_id varchar, related_organisation_id varchar);"
            "create table published.hub.person_attributes as select 'PA' as person_id, 'email' as attribute,"
            " null::bigint as rank, 'iris, never: not asked of this source' as rule"
        )
        tables = missing_contacts(connection, Party("PA"))
        assert [list(table.rows) for table in tables] == ([told] if told else [])
