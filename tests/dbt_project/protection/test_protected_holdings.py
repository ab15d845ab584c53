"""What hangs on an organisation that a protected person answers for, or is held with one, is hidden as their own is."""

import duckdb
import pytest

from orchestration.dbt.models_alone import render_models

# P1 is protected and answers for O1; P2 holds a home with P1, and O2 has nothing to do with either.
_HUB = """
    create table int_person_links as
    select * from (values ('m1', 'P1'), ('m2', 'P2')) as told(mention_id, person_id);
    create table stg_linkage__organisation_links as
    select * from (values ('o1', 'O1'), ('o2', 'O2')) as told(mention_id, organisation_id);
    create table mentions as
    select mention_id, person_id, null::varchar as organisation_id from int_person_links
    union all select mention_id, null, organisation_id from stg_linkage__organisation_links;
    create table int_protected_mentions as select 'm1' as mention_id, 'P1' as person_id;
    create table int_protected_persons as select 'P1' as person_id;
    create table int_protected_organisations as select 'o1' as mention_id, 'O1' as organisation_id;
    create table stg_objectes_tributaris__objectes as
    select row_number() over () as record_id, *, 100 as cadastral_value_eur, 2025 as value_year, 70 as surface_m2,
        'k' as taxpayer_key, 'OWNERSHIP' as holding_right, 50 as share_percent, 'DWELLING' as property_use,
        'CAR' as vehicle_class, 1 as fiscal_horsepower, 'B' as environmental_label, null::date as registered_on,
        0 as reduction_percent
    from (values ('m1', 'IBI', 'HOME'), ('m2', 'IBI', 'HOME'), ('m2', 'IBI', 'OTHER'), ('o1', 'IVTM', 'SEAT'),
        ('o2', 'IBI', 'SEAT'), ('m2', 'IVTM', null)) as told(taxpayer_record_id, tax, reference);
    create table stg_llicencies_via_publica__llicencies as
    select mention_id as record_id, mention_id as source_key, 'TERRASSA' as licence_kind, null::date as valid_from,
        null::date as valid_to, 'C 1' as place, 1 as occupied_part, '1' as ordinance, 1 as table_count,
        1 as chair_count, 1.0 as surface_m2, 1.0 as x_etrs89, 2.0 as y_etrs89, '01' as district_code,
        '01' as barri_code
    from mentions;
    create table int_mention_values as
    select * from (values ('m1', 'own@x', '+341'), ('m1', 'shared@x', null), ('m2', 'shared@x', '+342'))
        as told(mention_id, email, phone);
    create table int_organisation_mentions as
    select * from (values ('o1', 'seat@x', '+342'), ('o2', 'shop@x', null)) as told(mention_id, email, phone);
    create table int_interactions as
    select mention_id as interaction_id, mention_id, 'iris' as source, mention_id as source_key, '010' as channel,
        'PADRO' as service, 'INFO' as subject, 'near home' as procedure, now()::timestamp as occurred_at,
        'RESOLT' as status, 'OAC 1' as office, 1 as wait_seconds, 1 as duration_seconds, 'ca' as language,
        null::date as closed_on, 1 as answer_days
    from mentions;
"""
_MODELS = (
    "int_protected_holders",
    "int_protected_references",
    "int_reserved_contacts",
    "tax_objects",
    "licences",
    "interactions",
)


@pytest.fixture(scope="module")
def hub() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(_HUB)
    made = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
    for statement in render_models(_MODELS, {name: name for name in (*made, *_MODELS)}):
        connection.execute(statement)
    return connection


def test_a_co_holders_reference_and_values_are_hidden(hub: duckdb.DuckDBPyConnection) -> None:
    rows = hub.execute(
        "select coalesce(person_id, organisation_id), reference, cadastral_value_eur, surface_m2, holding_right"
        " from tax_objects order by tax_object_id"
    ).fetchall()
    assert rows == [
        ("P1", None, None, None, "OWNERSHIP"),
        ("P2", None, None, None, "OWNERSHIP"),
        ("P2", "OTHER", 100, 70, "OWNERSHIP"),
        ("O1", None, None, None, "OWNERSHIP"),
        ("O2", "SEAT", 100, 70, "OWNERSHIP"),
        ("P2", None, 100, 70, "OWNERSHIP"),
    ]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("licences", ["place", "x_etrs89", "y_etrs89", "district_code", "barri_code"]),
        ("interactions", ["office", "procedure"]),
    ],
)
def test_where_something_was_is_hidden_of_an_organisation_too(
    hub: duckdb.DuckDBPyConnection, table: str, columns: list[str]
) -> None:
    told = " and ".join(f"{column} is {{}}" for column in columns)
    for party, shown in (("P1", "null"), ("O1", "null"), ("P2", "not null"), ("O2", "not null")):
        query = f"select count(*) from {table} where coalesce(person_id, organisation_id) = $1 and {told}"
        assert hub.execute(query.replace("{}", shown), [party]).fetchone() == (1,), (party, table)


def test_contacts_of_nobody_else_are_reserved_those_of_an_organisation_too(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute("select address from int_reserved_contacts order by 1").fetchall()
    assert found == [("+341",), ("own@x",), ("seat@x",)]
