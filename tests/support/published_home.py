"""A published home without a night: mentions linked by the hub's own matcher, given ids and published as ever."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from exports.publication.seal import SealPlan, seal
from exports.publication.staging import stage_publication
from matching.clustering.memory import Memory
from matching.evaluation.night_figures import write_metrics
from matching.model.model_file import promoted_model
from matching.night import commit, identify, link_mentions
from matching.parties import KINDS
from matching.registry.decisions import load_judgements
from matching.registry.ids import PendingRegistry
from matching.registry.registry import Registry
from orchestration.dbt.models_alone import render_models
from orchestration.home.home import Home
from orchestration.home.work_database import work_database
from orchestration.night.past_figures import carry_history
from sources.base.files import sha256_of
from tests.support.listed_tables import SUBSCRIPTIONS, TAX_OBJECTS_AND_LICENCES
from tests.support.mentions import mention, write_mentions
from tests.support.small_city import make_city

DAY, NEXT = date(2026, 5, 4), date(2026, 5, 5)
PERE = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL", "birth_date": date(1960, 3, 14)}
HOME = {"street": "CARRER7", "street_number": "12", "postcode": "08012"}
# Two valid DNIs on one name and door; a form that tells a passport and the name; a child's form under a
# parent's document.
PEOPLE = (
    mention("A", "padro", **PERE, **HOME, document="46123456M"),
    mention("B", "padro", **PERE, **HOME, document="38765432B"),
    mention("B2", "atencions", **PERE, document="38765432B", email="pere\x1b[2J@exemple.cat"),
    mention("P", "padro", given_name="ALBA", surname_1="FERROL", surname_2="MASOL", birth_date=date(1980, 5, 2),
            document="12345678Z"),
    mention("F", "activitats", given_name="BIEL", surname_1="CASALAT", surname_2="FERROL", birth_date=date(2015, 8, 3),
            document="12345678Z"),
    mention("C", "contribuents", given_name="CLARA", surname_1="GILERA", surname_2="NAVOLA", **HOME,
            document="X3681940P"),
    mention("C2", "iris", given_name="CLARA", surname_1="GILERA", surname_2="NAVOLA", document="AB123456",
            document_type="PASSPORT", is_document_valid=False),
)  # fmt: skip


@dataclass
class Result:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON of the last line."""
        return json.loads(self.out.splitlines()[-1])


Fil = Callable[..., Result]


_MODELS = (
    "mention_values", "organisation_mention_values", "int_person_links", "mentions", "int_review_cases", "review_cases",
    "review_counts", "linkage_models", "linkage_metrics",
)  # fmt: skip
_ORGANISATIONS = """
create table work.intermediate.int_organisation_mentions as
select md5('contribuents|O' || i) as mention_id, 'contribuents' as source, 'O' || i as source_key, true as is_register,
    timestamp '2026-05-04' as observed_at, null::date as first_seen_date, null::date as last_seen_date,
    null::varchar as document_raw, 'B' || (20000000 + i * 97) as nif, true as is_nif_valid,
    null::varchar as legal_name_raw, 'TALLERS ' || md5(i::varchar) as legal_name, 'SL' as legal_form,
    'CARRER ' || i % 50 as street, (i % 90)::varchar as street_number, '08001' as postcode, null::varchar as email,
    null::varchar as phone
from range(600) as others(i);
create table work.intermediate.int_interactions as
select mention_id, 'I' || source_key as interaction_id from work.intermediate.int_person_mentions
where source = 'atencions' and source_key = 'B2';
"""


_CASES = """
create or replace view work.linkage.cases_of_both as
select 'person' as entity, * from work.linkage.review_cases
union all by name select 'organisation' as entity, * from work.linkage.organisation_review_cases
"""
# CLARA's address is reserved.
_PROTECTED = """
create view work.intermediate.int_mention_values as
select *, cast(observed_at as date) as first_seen_date, cast(observed_at as date) as last_seen_date
from work.intermediate.int_person_mentions;
create table work.intermediate.int_protected_organisations (mention_id varchar, organisation_id varchar);
create table work.intermediate.int_protected_mentions as
select mention_id, person_id from work.intermediate.int_person_mentions inner join work.linkage.mention_links
using (mention_id) where given_name = 'CLARA' and surname_1 = 'GILERA';
"""


# What an export asks of the hub, in the least that can stand there.
_HUB = """
create table work.hub.persons as
select person_id, any_value(given_name order by mention_id) as given_name,
    any_value(surname_1 order by mention_id) as surname_1, any_value(surname_2 order by mention_id) as surname_2,
    max(birth_date) as birth_date, null::varchar as document_type, max(document) as document, 'ca' as language,
    max(email) as email, max(phone) as phone, true as is_resident, false as is_deceased, '01' as district_code,
    '01' as barri_code, 'CARRER' as street, '1' as street_number, '08001' as postcode,
    min(cluster_confidence) as confidence, false as is_protected
from work.intermediate.int_person_mentions inner join work.linkage.mention_links using (mention_id)
where person_id is not null group by person_id;
create table work.hub.identifiers as
select person_id, document as number from work.intermediate.int_person_mentions
inner join work.linkage.mention_links using (mention_id) where person_id is not null and document is not null;
create table work.hub.organisations as
select distinct organisation_id from work.linkage.organisation_links where organisation_id is not null;
create table work.hub.consents as
select person_id, purpose, 'given' as state, timestamp '2026-01-01' as decided_at, null::varchar as service
from work.hub.persons, (values ('integration'), ('communications')) as purposes(purpose);
create table work.hub.interactions as
select 'I' as interaction_id, null::varchar as person_id, timestamp '2026-01-01' as occurred_at, '010' as channel,
    'INFO' as subject, 'RESOLT' as status, 'atencions' as source, 'I' as source_key, 'INFORMACIO' as service;
create table work.hub.person_attributes as
select person_id, unnest(['name', 'email', 'phone', 'birth_date']) as attribute, 'padro' as source, 1 as rank,
    null::varchar as value, timestamp '2026-01-01' as observed_at
from work.hub.persons;
create table work.hub.bounced_contacts (address varchar, bounced_hard_at timestamp);
create table work.hub.agreements as
select 'padro' as source, unnest(['attend', 'communicate']) as purpose, true as is_in_force;
"""


@contextmanager
def made_by_hand(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published hub that a test makes or changes, with a manifest as if a night had published it."""
    with duckdb.connect(str(database)) as connection:
        yield connection
    manifest = database.parent / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    told |= {"database": {"name": database.name, "sha256": sha256_of(database)}}
    manifest.write_text(json.dumps(told), encoding="utf-8")


def publish(
    home: Path, day: date = DAY, key: str | None = None, mentions: Sequence[dict[str, object]] | None = None
) -> None:
    """Link, identify and publish mentions under the decisions of a day; without mentions, those of a small city."""
    registry = Registry(home)
    with linked(home, day, key, mentions) as (connection, pending):
        _build(connection)
        staged = stage_publication(connection, home / "published", day, "run", key)
    seal(SealPlan(home / "published", home / "exports", staged), [lambda: commit(registry, pending) and None])


@contextmanager
def linked(
    home: Path, day: date, key: str | None = None, mentions: Sequence[dict[str, object]] | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, PendingRegistry]]:
    """The work database of a night that has made its links, and whose changes of ids are pending."""
    registry, work = Registry(home), home / "work.duckdb"
    work.unlink(missing_ok=True)
    with work_database(work, key) as connection:
        connection.execute("create schema work.raw")
        connection.execute("create table work.raw.run as select ?::date as business_date", [day])
        write_mentions(connection, [*make_city(150, 5)[0], *PEOPLE] if mentions is None else mentions)
        connection.execute(_ORGANISATIONS)
        judgements, memory = load_judgements(registry, day), Memory(registry, day)
        for kind in KINDS:
            link_mentions(connection, kind, promoted_model(home / "models" / kind.entity), judgements, memory)
        pending = identify(connection, registry, day)
        carry_history(connection, Home(home, key), day)
        write_metrics(connection, day)
        yield connection, pending


def _build(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema if not exists work.hub")
    marts = {*_MODELS} - {"int_person_links", "int_review_cases"}
    relations = {name: f"work.{'hub' if name in marts else 'intermediate'}.{name}" for name in _MODELS}
    connection.execute(_PROTECTED)
    inputs = (
        "int_person_mentions", "int_organisation_mentions", "int_interactions", "int_protected_mentions",
        "int_protected_organisations",
    )  # fmt: skip
    relations |= {name: f"work.intermediate.{name}" for name in inputs}
    relations["int_mention_values"] = "work.intermediate.int_mention_values"
    linkage = ("mention_links", "organisation_links", "models")
    relations |= {f"stg_linkage__{name}": f"work.linkage.{name}" for name in linkage}
    relations["stg_linkage__review_cases"] = "work.linkage.cases_of_both"
    relations["stg_linkage__metrics"] = "work.linkage.linkage_metrics"
    for statement in [_CASES, *render_models(_MODELS, relations), _HUB, TAX_OBJECTS_AND_LICENCES, SUBSCRIPTIONS]:
        connection.execute(statement)
