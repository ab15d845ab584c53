"""The subscriptions of a business under its owner's own document end when the owner dies."""

import duckdb

from orchestration.dbt.models_alone import render_models

_TABLES = """
create table int_business_date as select date '2026-05-05' as business_date;
create table int_person_links as select '' as mention_id, '' as person_id where false;
create table int_protected_holders as select '' as mention_id where false;
create table int_unsubscriptions as select '' as address, timestamp '2026-05-05' as counts_from where false;
create table int_withdrawn_organisations as
select '' as organisation_id, '' as service, date '2026-05-05' as withdrawn_on where false;
create table stg_subscripcions__quarantined as
select '' as record_id, date '2026-05-05' as told_on, '' as service, [''] as addresses where false;
create table persons as from (values
    ('P1', '01234569V', true), ('P2', '45678912Q', false), ('P3', null, true)
) as of(person_id, document, is_deceased);
create table int_organisation_keys as from (values
    ('O1', 'document', '1234569V'), ('O2', 'document', '45678912Q'), ('O3', 'document', 'B61234567'),
    ('O3', 'address', '1234569V')
) as of(organisation_id, kind, value);
create table stg_linkage__organisation_links as
select 'S' || i as mention_id, 'O' || i as organisation_id from range(1, 4) as numbers(i);
create table stg_subscripcions__subscripcions as
select mention_id as record_id, mention_id as source_key, date '2026-05-05' as extract_date, 'PARTICIPACIO' as service,
    'EMAIL' as channel, mention_id || '@example.org' as email, 'URBANISME' as interest, 'ca' as language,
    date '2026-04-01' as subscribed_on, null::date as ended_on, null::varchar as zone_code,
    null::varchar as bus_line, null::varchar as district_code, null::varchar as study_block, null::varchar as sector,
    null::varchar as phone, null::varchar as transport
from stg_linkage__organisation_links;
"""


def test_the_subscription_of_a_business_ends_when_its_owner_dies() -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(_TABLES)
        tables = [str(name) for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        (statement,) = render_models(["subscriptions"], {name: name for name in (*tables, "subscriptions")})
        connection.execute(statement)
        found = connection.sql("select organisation_id, is_active from subscriptions order by all").fetchall()
    assert found == [("O1", False), ("O2", True), ("O3", True)]
