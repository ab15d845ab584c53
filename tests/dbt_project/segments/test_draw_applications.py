"""Of several standing applications for one child and turn, which one is drawn for all; what is hidden of which."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.dbt.models_alone import render_models

_STAGED = """
create table inscripcions as
select number as record_id, number as source_key, 'CAMPUS_OLIMPIA' as activity_kind, season, place, turn,
    applied_on::date as applied_on, status as status_code, child
from (values
    ('C5', 2026, 'CEM A', 1, '2026-04-02', 'ALTA', 'P1'), ('C2', 2026, 'CEM A', 1, '2026-04-03', 'ALTA', 'P1'),
    ('C3', 2026, 'CEM B', 1, '2026-04-03', 'ALTA', 'P1'), ('C4', 2026, 'CEM A', 2, '2026-04-04', 'ALTA', 'P1'),
    ('C6', 2025, 'CEM A', 1, '2025-04-01', 'ALTA', 'P1'), ('C7', 2026, 'CEM A', 1, '2026-04-01', 'BAIXA', 'P2'),
    ('C8', 2026, 'CEM A', 1, '2026-04-02', 'ALTA', 'P2'), ('C1', 2026, 'CEM A', 1, '2026-04-02', 'ALTA', 'P2'),
    ('C9', 2026, 'CEM A', 1, '2026-04-01', 'ALTA', null), ('CX', 2026, 'CEM A', 1, '2026-04-02', 'ALTA', null),
    ('CY', 2026, 'CEM A', null, null, 'ALTA', 'P3'), ('CZ', 2026, 'CEM A', null, '2026-04-01', 'ALTA', 'P3'),
    ('C0', 2026, 'CEM A', 1, '2026-04-01', 'ALTA', 'P4')
) as t(number, season, place, turn, applied_on, status, child);
create table tutors as
select record_id || '#tutor' as record_id, record_id as child_record_id, null::varchar as document_raw,
    null::varchar as email, null::varchar as phone
from inscripcions;
create table links as select record_id as mention_id, child as person_id from inscripcions;
create table protected (mention_id varchar);
"""


@pytest.fixture
def drawn() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(_STAGED)
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, columns: str) -> list[tuple[object, ...]]:
    relations = {
        "stg_activitats_estiu__inscripcions": "inscripcions", "stg_activitats_estiu__tutors": "tutors",
        "int_protected_mentions": "protected", "int_person_links": "links", "draw_applications": "applications",
    }  # fmt: skip
    (query,) = render_models(["draw_applications"], relations)
    connection.execute(query)
    return connection.execute(f"select {columns} from applications order by application_number").fetchall()


def test_the_first_of_a_child_and_turn_is_drawn_for_all(drawn: duckdb.DuckDBPyConnection) -> None:
    found = rows(drawn, "application_number, drawn_as")
    # P1 in turn 1 of 2026, of whatever place; P2 without what was withdrawn, of one day the lowest number; P3 without a
    # turn; children whom linking does not know are each their own.
    assert {number: other for number, other in found if other} == {"C2": "C5", "C3": "C5", "C8": "C1", "CY": "CZ"}
    assert len(found) == 13


def test_where_a_child_goes_is_hidden_if_it_or_who_answers_for_it_is_protected(
    drawn: duckdb.DuckDBPyConnection,
) -> None:
    """The contact of a guardian who is not protected stays, since the child may live elsewhere."""
    drawn.execute("update tutors set document_raw = '12345678Z', email = record_id || '@example.org', phone = '+34600'")
    drawn.execute("insert into protected values ('C1'), ('C2#tutor')")
    columns = "application_number, place is null, published_document is null, email is null, phone is null"
    found = {str(number): told for number, *told in rows(drawn, columns)}
    assert {number for number, told in found.items() if any(told)} == {"C1", "C2"}
    assert (found["C1"], found["C2"]) == ([True, True, False, False], [True, True, True, True])
