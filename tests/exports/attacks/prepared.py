"""A hub of people who stand in every file, prepared in SQL: raw rows by hand, all between them and the files by models.

Linking is not run: a row is of the person whose id stands before the dash of its key, unless it was moved. Whatever dbt
model a file stands on is rendered from the project, and read before it is run for what it stands on itself.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache

import duckdb

from orchestration.dbt.models_alone import asked_by, render_models
from orchestration.home.settings import DBT_PROJECT_DIR
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import raw_relations
from sources.loading.raw_tables import record_agreements
from tests.support.listed_tables import TAX_OBJECTS_AND_LICENCES

FIRST, SECOND = date(2026, 5, 4), date(2026, 5, 5)
# What matching and the rules of survivorship would leave, by hand; all else that is read is a model or a seed.
_GIVEN = """
create or replace table work.raw.people (
    person varchar, nia varchar, document varchar, given_name varchar, surname_1 varchar, birth_date date,
    email varchar, phone varchar, household varchar, guardian varchar, is_deceased boolean, confidence double,
    birth_year integer);
create or replace table work.raw.moved (source_key varchar, person varchar);
create or replace table work.raw.doubted (source_key varchar);
create or replace table work.staging.stg_linkage__organisation_links (mention_id varchar, organisation_id varchar);
create or replace table work.staging.stg_linkage__absent_links (mention_id varchar, person_id varchar);
create or replace table work.staging.stg_linkage__sent_messages (
    message_id varchar, recipient_id varchar, reference varchar);
create or replace table work.staging.stg_linkage__review_cases (mention_ids_l varchar[], mention_ids_r varchar[]);
create or replace table work.intermediate.int_id_events (
    entity varchar, event varchar, ids_before varchar[], ids_after varchar[], business_date date);
create or replace table work.intermediate.int_padro_inscriptions (
    record_id varchar, street varchar, street_number varchar, dwelling varchar, postcode varchar, is_live boolean);
create or replace table work.intermediate.int_mention_addresses (mention_id varchar, address_id varchar);
create or replace table work.hub.addresses (address_id varchar, official_name varchar);
create or replace table work.hub.organisations (
    organisation_id varchar, legal_name varchar, district_code varchar);
create or replace table work.hub.relationships (person_id varchar, related_organisation_id varchar);
create or replace table work.hub.survey_answers (
    person_id varchar, service varchar, survey_answer_id varchar, answered_on date, interaction_id varchar,
    language varchar);
create or replace table work.hub.draw_results (
    application_id varchar, application_number varchar, season integer, result varchar, applied_on date,
    child_person_id varchar, guardian_person_id varchar, email varchar, phone varchar);
create or replace table work.hub.segments as
select segment, segment as title, purpose, [basis] as bases, service, ['email', 'sms'] as channels,
    []::varchar[] as resident_bases, 'person' as one_per, 14 as age_from, null::integer as age_to,
    null::integer as cap_messages, null::integer as cap_days, null::integer as repeat_after_days,
    false as is_repeat_across_topics, []::varchar[] as repeat_segments,
    null::double as sample_share, 0.5 as least_confidence, 5 as small_cell,
    10 as priority
from (values
    ('butlletins', 'communicate', 'request', 'BUTLLETI'), ('avisos', 'communicate', 'public_task', 'OBRES'),
    ('escola', 'communicate', 'consent', null), ('enquesta', 'survey', 'consent', null),
    ('qualitat', 'survey', 'public_task', null), ('familia', 'communicate', 'public_task', null)
) as t(segment, purpose, basis, service);
"""
_MENTIONS = """
create or replace view work.raw.told_mentions as
with told as (
    select md5('padro|' || nia) as mention_id, 'padro' as source, nia as source_key, person, document as document_raw,
        given_name, surname_1, birth_date, null::varchar as email, null::varchar as phone,
        household as street, true as is_live, household as household_id
    from work.raw.people
    union all by name
    select record_id as mention_id, 'consentiments' as source, source_key, document_raw,
        upper(given_name) as given_name, upper(surname_1) as surname_1, upper(surname_2) as surname_2, birth_date,
        email, phone
    from work.staging.stg_consentiments__decisions
    union all by name
    select record_id as mention_id, 'atencions' as source, source_key, document_raw, upper(given_name) as given_name,
        upper(surname_1) as surname_1, upper(surname_2) as surname_2, birth_date, email, phone,
        upper(street) as street
    from work.staging.stg_atencions__atencions
    union all by name
    select record_id as mention_id, 'subscripcions' as source, source_key, document_raw,
        upper(given_name) as given_name, upper(surname_1) as surname_1, email, phone
    from work.staging.stg_subscripcions__subscripcions
)
select told.* exclude (person),
    nullif(regexp_replace(document_raw, '^PASS ?', ''), '00000000T') as document,
    if(document_raw is null, null, 'DNI') as document_type,
    coalesce(is_live, false) as is_live,
    if(moved.source_key is null, people.person, moved.person) as person
from told
left join work.raw.moved as moved on told.source_key = moved.source_key
left join work.raw.people as people on coalesce(told.person, split_part(told.source_key, '-', 1)) = people.person
-- A row of nobody is no mention; a document that anybody writes is none.
where coalesce(document_raw, told.given_name, told.surname_1, told.email, told.phone) is not null;
-- An address that many share links nobody.
create or replace table work.intermediate.int_person_mentions as
select * replace (nullif(email, 'compartit@example.org') as email) from work.raw.told_mentions;
create or replace view work.intermediate.int_mention_values as from work.raw.told_mentions;
create or replace table work.staging.stg_linkage__mention_links as
select mention_id, person as person_id,
    case when person is null then 0.0 when source_key in (from work.raw.doubted) then 0.9 else 1.0 end as confidence,
    if(person is null, 0.0, 1.0) as cluster_confidence, 'probabilistic' as method, person is null as is_in_review
from work.intermediate.int_person_mentions;
create or replace table work.hub.mentions as
select mention_id, person as person_id, source, source_key, if(person is null, 0.0, 1.0) as confidence
from work.intermediate.int_person_mentions;
create or replace table work.intermediate.int_ranked_attributes as
select person as person_id, attribute, value, 'atencions' as source, md5('padro|' || nia) as mention_id, 1 as rank,
    timestamp '2026-04-02' as observed_at
from (select *, unnest([
        {'attribute': 'name', 'value': given_name}, {'attribute': 'document', 'value': document},
        {'attribute': 'birth_date', 'value': birth_date::varchar}, {'attribute': 'address', 'value': household},
        {'attribute': 'email', 'value': email}, {'attribute': 'phone', 'value': phone},
        {'attribute': 'language', 'value': 'ca'}
    ], recursive := true) from work.raw.people)
where value is not null;
create or replace table work.hub.person_attributes as from work.intermediate.int_ranked_attributes;
create or replace table work.hub.interactions as
select 'I' || person as interaction_id, person as person_id, timestamp '2026-04-02 10:00' as occurred_at,
    '010' as channel, 'INFO' as subject, 'RESOLT' as status, 'INFORMACIO' as service, 'atencions' as source,
    'A' || person as source_key
from work.raw.people;
"""
_PERSONS = """
create or replace table work.hub.persons as
select person as person_id, given_name, surname_1, null::varchar as surname_2, birth_date,
    coalesce(birth_year, year(birth_date)::integer) as birth_year, 'DNI' as document_type,
    document, null::varchar as document_country,
    'ca' as language, if(protected.person_id is null, email, null) as email,
    if(protected.person_id is null, phone, null) as phone, true as is_resident, is_deceased, '01' as district_code,
    '01' as barri_code, '01001' as census_section, if(protected.person_id is null, household, null) as street,
    null::varchar as street_number, null::varchar as postcode, household as household_id, false as is_minor,
    protected.person_id is not null as is_protected, confidence
from work.raw.people
left join work.intermediate.int_protected_persons as protected on person = protected.person_id
where person in (select person from work.intermediate.int_person_mentions);
"""
_CANDIDATES = """
create or replace table work.intermediate.int_segment_candidates as
select md5(concat_ws('|', segment, topic, person_id, request_id)) as candidate_id, *, null::varchar as organisation_id,
    false as is_doubted, 'why' as reason, null::varchar as content, null::varchar as content_source,
    -- Each about a form of its own, so that two people with one address get both.
    person_id as reference, null::varchar as stratum, null::integer as preference, null::boolean as has_notice,
    null::varchar[] as notice_channels, 'person' as addressee
from (
    select segment, topic, person_id, about_person_id, 'request' as basis, request_id
    from work.hub.requests where segment = 'butlletins'
    union all by name
    select segment, topic, person_id, null::varchar as about_person_id, basis, null::varchar as request_id
    from work.hub.persons, (values ('avisos', 'NOU', 'public_task'), ('escola', 'ESO', 'consent'),
        ('enquesta', 'OAC', 'consent'), ('qualitat', 'OAC', 'public_task')) as t(segment, topic, basis)
    union all by name
    select 'familia' as segment, 'NADO' as topic, people.guardian as person_id, people.person as about_person_id,
        'public_task' as basis
    from work.raw.people inner join work.hub.persons on people.person = persons.person_id
    where people.guardian is not null
);
"""
# Between what is given, in this order; each with all that it stands on.
STAGES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("stg_consentiments__decisions", "stg_atencions__atencions", "stg_subscripcions__subscripcions"), _MENTIONS),
    (("int_protected_persons",), _PERSONS),
    (("agreements", "consents", "requests", "campaign_events", "bounced_contacts"), _CANDIDATES),
    (("segment_members", "segment_funnel"), ""),
)


class _Relations(dict[str, str]):
    """Where a model, a seed or a raw table stands, by its name."""

    def __missing__(self, name: str) -> str:
        if name in _raw_tables():
            return f"work.raw.{name}"
        kind = {"stg": "staging", "int": "intermediate"}.get(name.split("_")[0], "hub")
        return f"work.{kind}.{name}"


RELATIONS = _Relations()


@cache
def _raw_tables() -> frozenset[str]:
    return frozenset({"run", "draws"} | {one for each in load_contracts() for one in raw_relations(each)})


@cache
def rendered(names: tuple[str, ...]) -> Mapping[str, str]:
    """Models as dbt would compile them, each making its table."""
    return dict(zip(names, render_models(names, RELATIONS), strict=True))


def create_raw(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """An empty database `work` as a night begins it, with what is given."""
    for schema in ("raw", "staging", "intermediate", "hub"):
        connection.execute(f"create schema work.{schema}")
    for contract in load_contracts():
        columns = ", ".join(f"{field.column} varchar" for field in contract.fields)
        for relation in raw_relations(contract):
            connection.execute(
                f"create table work.raw.{relation} (_reason varchar, {columns}, _source_key varchar, "
                "_line_number bigint, _extract_date date)"
            )
    record_agreements(connection, load_contracts(), day)
    connection.execute("create table work.staging.stg_run__agreements as from work.raw.agreements")
    connection.execute(_GIVEN + TAX_OBJECTS_AND_LICENCES)
    connection.execute("create table work.raw.run as select ?::date as business_date", [day])


def order_of(names: Iterable[str], there: Collection[str]) -> list[str]:
    """Models and seeds, and all that they stand on and is not there, each after what it stands on."""
    found: list[str] = []

    def visit(name: str) -> None:
        if name not in there and name not in found and name not in _raw_tables():
            for other in asked_by(name):
                visit(other)
            found.append(name)

    for name in names:
        visit(name)
    return found


def tables_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of what stands in `work`."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'work' and schema_name <> 'raw' "
        "union select view_name from duckdb_views() where database_name = 'work' and schema_name <> 'raw'"
    ).fetchall()
    return {str(name) for (name,) in rows}


def build(connection: duckdb.DuckDBPyConnection, changed: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Make everything from the raw rows; return name and statement of each step.

    Args:
        connection: with `work`, of `create_raw` and the rows of a night.
        changed: of models by name the statement that is run in place of their own.
    """
    done: list[tuple[str, str]] = []
    for names, given in STAGES:
        order = order_of(names, tables_of(connection))
        queries = {**rendered(tuple(name for name in order if asked_by(name))), **(changed or {})}
        for name in order:
            statement = queries.get(name) or _seed(name)
            connection.execute(statement)
            done.append((name, statement))
        if given:
            connection.execute(given)
            done.append(("", given))
    return done


def _seed(name: str) -> str:
    path = DBT_PROJECT_DIR / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        columns = next(csv.reader(stream))
    # Empty is null, as in dbt.
    types = ", ".join(f"'{one}': '{'integer' if one == 'step_number' else 'varchar'}'" for one in columns)
    return f"create table {RELATIONS[name]} as from read_csv('{path}', header = true, columns = {{{types}}})"
