"""A small hand-made hub: four persons who may receive something and everybody who may not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.deliver import StagedDelivery, save_candidates, stage_delivery
from tests.support.listed_tables import SUBSCRIPTIONS, TAX_OBJECTS_AND_LICENCES

BUSINESS_DATE = date(2026, 5, 4)

PERSONS = """
    create schema work.hub;
    create table work.hub.persons (
        person_id varchar, given_name varchar, surname_1 varchar, surname_2 varchar, birth_date date,
        document_type varchar, document varchar, language varchar, email varchar, phone varchar,
        is_resident boolean, is_deceased boolean, district_code varchar, barri_code varchar);
    insert into work.hub.persons values
        ('PA', '=HYPERLINK(1)', 'PUIG', null, '1980-01-01', 'DNI', '00000001R', 'ca', 'a@example.org', '+34600000001',
            true, false, '01', '02'),
        ('PB', 'BERTA', 'SOLER', 'VILA', '2012-05-04', 'DNI', '00000002W', 'es', null, '+34600000002',
            true, false, '03', '11'),
        ('PC', 'CARLES', 'MAS', null, '1990-01-01', null, null, 'ca', null, null, false, false, null, null),
        ('PD', 'DOLORS', 'RIU', null, null, null, null, 'ca', 'd@example.org', null, false, false, null, null),
        ('PMINOR', 'NEN', 'PETIT', null, '2012-05-05', null, null, 'ca', 'm@example.org', null,
            true, false, '01', '01'),
        ('PDEAD', 'PERE', 'MORT', null, '1930-01-01', null, null, 'ca', 'x@example.org', null, true, true, '01', '01'),
        ('PNONE', 'NURIA', 'CAP', null, '1970-01-01', null, null, 'ca', 'n@example.org', null,
            true, false, '01', '01'),
        ('PREFUSED', 'RITA', 'NO', null, '1970-01-01', null, null, 'ca', 'r@example.org', null,
            true, false, '01', '01'),
        ('PLATER', 'LAIA', 'TARD', null, '1970-01-01', null, null, 'ca', 'l@example.org', null,
            true, false, '01', '01');
    alter table work.hub.persons add column is_protected boolean default false;
    alter table work.hub.persons add column street varchar;
    alter table work.hub.persons add column street_number varchar;
    alter table work.hub.persons add column postcode varchar;
    -- As sure as the strictest purpose needs, and no surer.
    alter table work.hub.persons add column confidence double default 1.0;
    update work.hub.persons set confidence = 0.99 where person_id = 'PB';
    comment on column work.hub.persons.person_id is 'The person''s id.';
    create table work.hub.consents (
        person_id varchar, purpose varchar, state varchar, decided_at timestamp, service varchar
    );
    insert into work.hub.consents (person_id, purpose, state, decided_at)
    select person_id, purpose, if(person_id = 'PREFUSED', 'refused', 'given'),
        if(person_id = 'PLATER', timestamp '2026-05-05 00:00:00', timestamp '2026-05-04 23:59:59')
    from work.hub.persons, (values ('integration'), ('communications')) as purposes(purpose)
    where person_id <> 'PNONE';
    create table work.hub.interactions (
        interaction_id varchar, person_id varchar, occurred_at timestamp, channel varchar, subject varchar,
        status varchar, source varchar, source_key varchar, service varchar);
    insert into work.hub.interactions by name
    select 'I' || i as interaction_id, 'PA' as person_id,
        timestamp '2026-05-01 10:00:00' + to_hours(cast(i // 2 as integer)) as occurred_at, '010' as channel,
        'INFO' as subject, 'RESOLT' as status, 'atencions' as source, 'A' || i as source_key
    from range(12) as numbers(i);
    create table work.hub.mentions as
    select person_id || '-' || i as mention_id, person_id, 'iris' as source, person_id || i as source_key,
        confidence
    from work.hub.persons, range(2) as twice(i);
    create table work.hub.person_attributes as
    select person_id, attribute, if(attribute in ('email', 'phone', 'language'), 'atencions', 'padro') as source,
        1 as rank, case attribute when 'email' then email when 'phone' then phone end as value,
        timestamp '2026-04-01' as observed_at
    from work.hub.persons, (values ('name'), ('document'), ('birth_date'), ('address'), ('email'), ('phone'),
        ('language')) as told(attribute);
    create table work.hub.bounced_contacts (address varchar, bounced_hard_at timestamp);
    create table work.hub.campaign_events (event varchar, address varchar, occurred_at timestamp);
    create table work.hub.agreements as
    select source, purpose, true as is_in_force
    from (values ('padro'), ('atencions')) as sources(source),
        (values ('attend'), ('communicate')) as purposes(purpose);
"""

# The changes of ids, which no night has had yet.
ID_EVENTS = """
    create table work.hub.person_events (
        event varchar, ids_before varchar[], ids_after varchar[], cause varchar, business_date date);
    create table work.hub.organisation_events as from work.hub.person_events;
"""

# What the segments' models leave: who is told tonight, on what it rests, and how it came to that.
SEGMENTS = """
    alter table work.hub.persons add column birth_year integer;
    create table work.hub.organisations as select 'OX' as organisation_id;
    create table work.hub.relationships as select 'PLATER' as person_id, 'OX' as related_organisation_id,
        'contribuents' as source;
    create table work.hub.segments (
        segment varchar, purpose varchar, service varchar, bases varchar[], small_cell integer,
        one_per varchar default 'person');
    insert into work.hub.segments (segment, purpose, service, bases, small_cell) values
        ('butlletins', 'communicate', 'BUTLLETI', ['request'], 5),
        ('obres', 'communicate', 'OBRES', ['request', 'public_task'], 5),
        ('escola', 'communicate', null, ['consent'], 5), ('enquesta', 'survey', null, ['consent'], 5);
    create table work.hub.requests (
        request_id varchar, person_id varchar, organisation_id varchar, segment varchar, topic varchar,
        address varchar, asked_at timestamp, is_active boolean);
    insert into work.hub.requests values
        ('RB', 'PB', null, 'butlletins', '05', '+34600000002', '2026-04-01', true),
        ('RD', 'PD', null, 'butlletins', '05', 'd@example.org', '2026-04-01', true),
        ('RX', null, 'OX', 'butlletins', '05', 'ox@example.org', '2026-04-01', true);
    create table work.hub.segment_members (
        segment varchar, topic varchar, run_date date, person_id varchar, organisation_id varchar,
        about_person_id varchar, channel varchar, language varchar, reason varchar, basis varchar, content varchar,
        reference varchar, recipient_name varchar, address varchar, address_lines varchar[]);
    alter table work.hub.segment_members add column message_id varchar;
    insert into work.hub.segment_members by name
    select segment, topic, date '2026-05-04' as run_date, person as person_id, organisation as organisation_id,
        about as about_person_id, channel, 'ca' as language, 'why' as reason, basis, 'GENERAL' as content,
        '=NOM' as recipient_name, address, lines as address_lines,
        'F' || left(md5(segment || coalesce(person, organisation)), 24) as message_id
    from (values
        ('butlletins', '05', 'PB', null, null, 'sms', 'request', '+34600000002', null),
        ('butlletins', '05', 'PD', null, null, 'email', 'request', 'd@example.org', null),
        ('butlletins', '05', null, 'OX', null, 'email', 'request', 'ox@example.org', null),
        ('obres', 'a/b', 'PNONE', null, null, 'letter', 'public_task', 'C 1', ['NOM', 'C 1', '08001 BARCELONA']),
        ('obres', 'a/b', 'PA', null, 'PB', 'email', 'public_task', 'a@example.org', null),
        ('escola', 'X', 'PA', null, null, 'email', 'consent', 'a@example.org', null)
    ) as t(segment, topic, person, organisation, about, channel, basis, address, lines);
    create table work.hub.segment_candidates as
    select members.segment, members.topic, members.person_id, members.organisation_id, about_person_id, basis,
        request_id, members.address, cast(null as varchar) as reason_out
    from work.hub.segment_members as members
    left join work.hub.requests as requests
        on coalesce(requests.organisation_id, requests.person_id) = coalesce(members.organisation_id, members.person_id)
        and requests.segment = members.segment and basis = 'request';
    create table work.hub.segment_funnel as
    select segment, topic, step.number as step_number, step.name as step, step.people_left as people_left,
        step.people_out as people_out
    from (select distinct segment, topic from work.hub.segment_members union all select 'enquesta', 'PADRO'),
        (values ({'number': 1, 'name': 'eligible', 'people_left': 20, 'people_out': 0}),
            ({'number': 2, 'name': 'alive', 'people_left': 18, 'people_out': 2}),
            ({'number': 14, 'name': 'final', 'people_left': 18, 'people_out': 0})) as steps(step);
"""


def day(number: int) -> date:
    """The business date of a night, counted from 1."""
    return BUSINESS_DATE + timedelta(days=number - 1)


def staged(
    hub: duckdb.DuckDBPyConnection, exports: Path, target: str, day: date = BUSINESS_DATE, run_id: str = "r1"
) -> StagedDelivery:
    """A target's delivery as a night stages it, without its ledger."""
    contract = load_contract(target)
    save_candidates(hub, contract, day)
    return stage_delivery(hub, exports, contract, day, run_id)


@contextmanager
def hub_in(directory: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A work database in a directory."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{directory / 'work.duckdb'}' as work")
        # In one transaction: otherwise each statement would wait for the disk.
        connection.begin()
        connection.execute(PERSONS)
        connection.execute(TAX_OBJECTS_AND_LICENCES + SUBSCRIPTIONS)
        connection.execute(SEGMENTS)
        connection.commit()
        yield connection


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with hub_in(tmp_path) as connection:
        yield connection
