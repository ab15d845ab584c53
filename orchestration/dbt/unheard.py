"""Finds withdrawals, deaths and protections in extracts that no night has published yet, with the night's own models.

Nobody is linked for this: a withdrawal applies to everyone it could mean. `exports.gate.since` applies the result.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from orchestration.dbt.models_alone import models_behind, render_macro, render_models
from sources.contracts.contract import raw_relations
from sources.loading.hearing import Days, heard_contracts, load_unheard

SCHEMA = "unheard.main"

# The hub under the names of the models: mentions, links, cases and ids.
_HUB = """
create view unheard.int_person_links as
select mentions.mention_id, mentions.person_id,
    coalesce(mentions.confidence < persons.confidence, false) as is_doubted
from work.hub.mentions as mentions left join work.hub.persons as persons using (person_id);
create view unheard.int_person_mentions as
select mention.*, named.source, named.source_key
from work.hub.mention_values as mention inner join work.hub.mentions as named using (mention_id);
create view unheard.int_ranked_attributes as from work.hub.person_attributes;
create view unheard.stg_linkage__review_cases as select mention_ids_l, mention_ids_r from work.hub.review_cases;
create view unheard.segments as from work.hub.segments;
-- A person whose inscription has left the Padró is already protected by the last night.
create view unheard.stg_linkage__absent_links as select mention_id, person_id from work.hub.mentions where false;
create view unheard.int_id_events as
select 'person' as entity, * from work.hub.person_events
union all by name select 'organisation' as entity, * from work.hub.organisation_events;
create view unheard.int_organisation_keys as
select organisation_id, key.kind, key.value
from (
    select mentions.organisation_id, unnest([
        {{'kind': 'document', 'value': ltrim(nif, '0')}}, {{'kind': 'address', 'value': {email}}},
        {{'kind': 'address', 'value': phone}}
    ]) as key
    from work.hub.organisation_mention_values inner join work.hub.mentions as mentions using (mention_id)
    union all
    select organisation_id, {{'kind': 'address', 'value': {address}}} from work.hub.subscriptions
)
where organisation_id is not null and key.value is not null;
"""
# The mentions of the hub, and the rows of unheard extracts that no night has linked.
_MENTIONS = """
create view unheard.int_mention_values as
select mention_id, document_raw, document, given_name, surname_1, surname_2, birth_date, street, email, phone,
    is_live, cast(null as varchar) as household_id
from work.hub.mention_values
union all by name
select attributes.mention_id, mentions.is_live,
    case attribute when 'email' then value end as email, case attribute when 'phone' then value end as phone,
    case attribute when 'household_id' then value end as household_id
from work.hub.person_attributes as attributes inner join work.hub.mention_values as mentions using (mention_id)
where attribute in ('email', 'phone', 'household_id')
union all by name
select record_id as mention_id, document_raw, document_raw as document, given_name, surname_1, surname_2, birth_date,
    street, email, phone
from unheard.stg_atencions__atencions
union all by name
select record_id as mention_id, document_raw, document_raw as document, given_name, surname_1, surname_2, birth_date,
    email, phone
from unheard.stg_consentiments__decisions;
"""
# The key of a withdrawal may be another person's in the hub: a copy without that key reaches its own person.
_USED_KEYS = """
insert into unheard.{staged}
select told.* replace (md5(told.record_id || '|' || told.extract_date) as record_id)
from unheard.{staged} as told
inner join work.hub.mention_values as known on told.record_id = known.mention_id
where {refuses} and row(told.document_raw, told.given_name, told.surname_1, told.email, told.phone)
    is distinct from row(known.document_raw, known.given_name, known.surname_1, known.email, known.phone);
"""
_REFUSES = {
    "stg_consentiments__decisions": "told.state <> 'given'",
    "stg_atencions__atencions": (
        "'refused' in (told.integration_consent, told.communications_consent, told.surveys_consent)"
    ),
}
# A person of the last night may have another id in this hub.
_IDS = """
insert into unheard.int_current_person_ids select distinct id_now, person_id from work.since.people
except from unheard.int_current_person_ids;
"""
# An unsubscription without an address takes that of its message, which an earlier extract has.
_MESSAGES = """
insert into unheard.stg_campanyes__events by name
select message_id, 'sent' as event, occurred_at, list_filter([{address}], lambda one: one is not null) as addresses
from work.hub.campaign_events
where message_id in (
    select message_id from unheard.stg_campanyes__events union select message_id from unheard.stg_campanyes__quarantined
);
"""
# A withdrawal for one service does not apply to other services, so purpose and service are one value in the models.
_ONE_WORD = """
create or replace table unheard.int_consent_events as
select * replace (purpose || coalesce('|' || service, '') as purpose, cast(null as varchar) as service)
from unheard.int_consent_events;
"""
# Models that the views of the hub replace, and models that are built with all models that they read.
_GIVEN = (
    "int_person_links", "int_person_mentions", "int_mention_values", "int_ranked_attributes", "int_id_events",
    "int_organisation_keys", "stg_linkage__absent_links", "stg_linkage__review_cases", "segments",
)  # fmt: skip
_STAGED = (
    "stg_atencions__atencions", "stg_consentiments__decisions", "stg_campanyes__events", "stg_campanyes__quarantined",
    "stg_subscripcions__subscripcions", "stg_subscripcions__quarantined", "stg_padro__habitants",
    "stg_padro_variacions__variacions", "stg_padro__quarantined_deaths", "int_current_person_ids",
)  # fmt: skip
# Consents of these extracts don't apply, so a refusal takes effect at the end of its extract's day, or later.
_END_OF_DAY = "cast(told_on + 1 as timestamp) - interval 1 microsecond"
_RESULTS = """
create table unheard.words as
select distinct person_id, nullif(split_part(purpose, '|', 1), '') as purpose,
    nullif(split_part(purpose, '|', 2), '') as service, state, greatest(decided_at, {end_of_day}) as decided_at
from unheard.consent_events
where person_id is not null and state <> 'given';
create table unheard.marked as
select person_id, true as is_deceased, false as is_protected
from unheard.int_person_links semi join (
    select record_id as mention_id from unheard.stg_padro__habitants where is_deceased
    union select record_id from unheard.stg_padro_variacions__variacions where is_deceased
    union select record_id from unheard.stg_padro__quarantined_deaths
) using (mention_id)
where person_id is not null;
create table unheard.unsubscribed as
select distinct address, occurred_at
from (
    select coalesce(email, phone) as address, greatest(occurred_at, {end_of_day}) as occurred_at
    from unheard.stg_campanyes__events where event = 'unsubscribed'
    union all select coalesce(email, phone), occurred_at from unheard.stg_campanyes__quarantined
    union all select address, greatest(occurred_at, {end_of_day}) from unheard.int_unsubscriptions
)
where address is not null;
create table unheard.bounced as
select distinct unnest(addresses) as address from unheard.stg_campanyes__events where event = 'bounced_hard'
union select unnest(addresses) from unheard.stg_campanyes__quarantined where event = 'bounced_hard';
create table unheard.ended as
select requests.request_id from work.hub.requests as requests
semi join unheard.stg_subscripcions__subscripcions as ended
    on requests.request_id = ended.record_id and ended.ended_on <= ended.extract_date
union
select requests.request_id from work.hub.requests as requests
semi join unheard.stg_subscripcions__quarantined as ended on requests.request_id = ended.record_id
union
select requests.request_id from work.hub.requests as requests
inner join work.hub.subscriptions as subscriptions on requests.request_id = subscriptions.subscription_id
inner join unheard.stg_subscripcions__subscripcions as changed on requests.request_id = changed.record_id
where changed.service is distinct from subscriptions.service or {topic} is distinct from requests.topic
    or if(changed.channel = 'EMAIL', changed.email, changed.phone) is distinct from requests.address
union
select requests.request_id from work.hub.requests as requests
inner join work.hub.subscriptions as subscriptions on requests.request_id = subscriptions.subscription_id
semi join (
    select unnest(addresses) as address, service from unheard.stg_subscripcions__quarantined
) as ended on {requested} = ended.address and coalesce(subscriptions.service = ended.service, true)
union
select requests.request_id from work.hub.requests as requests
inner join unheard.unsubscribed as unsubscribed
    on {requested} = {unsubscribed}
where cast(requests.asked_at as date) <= cast(unsubscribed.occurred_at as date)
union
select requests.request_id from work.hub.requests as requests
inner join work.hub.subscriptions as subscriptions on requests.request_id = subscriptions.subscription_id
semi join unheard.int_withdrawn_organisations as withdrawn
    on requests.organisation_id = withdrawn.organisation_id
    and coalesce(subscriptions.service = withdrawn.service, true);
"""
_PROTECTED = """
insert into unheard.marked
select distinct person_id, false, true from unheard.int_protected_mentions where person_id is not null;
"""


def hear(connection: duckdb.DuckDBPyConnection, home: Path, days: Mapping[str, Days]) -> str:
    """Write what unheard extracts change for people of `work.hub`; return its schema, for `exports.gate.since`.

    Reads: `work.hub` and the extracts.
    Writes: `words`, one row per person, purpose, service and refusal; `marked`, one row per person who died or is
    protected; `unsubscribed`, one row per address and moment; `bounced`, one row per address;
    `ended`, one row per request.

    Args:
        connection: with `work` attached, after `exports.gate.since.begin_since`.
        home: of the installation.
        days: of the extracts that no night has published, by source.

    Raises:
        ExtractDamaged: an extract can't be read any more.
    """
    forget_heard(connection)
    connection.execute("attach ':memory:' as unheard")
    load_unheard(connection, home, days, SCHEMA)
    connection.execute(
        _HUB.format(
            email=render_macro("comparable_email", "email"), address=render_macro("comparable_email", "address")
        )
    )
    built = _build(connection, _STAGED, ())
    for name, refuses in _REFUSES.items():
        connection.execute(_USED_KEYS.format(staged=name, refuses=refuses))
    built += _build(connection, ("int_consent_events",), built)
    messages = _MESSAGES.format(address=render_macro("comparable_email", "address"))
    connection.execute(_IDS + _MENTIONS + messages)
    built += _build(connection, ("int_withdrawn_organisations",), built)
    connection.execute(_ONE_WORD)
    built += _build(connection, ("consent_events",), built)
    connection.execute(
        _RESULTS.format(
            end_of_day=_END_OF_DAY,
            requested=render_macro("comparable_email", "requests.address"),
            unsubscribed=render_macro("comparable_email", "unsubscribed.address"),
            topic=render_macro("subscription_topic", "changed"),
        )
    )
    if "proteccions" in days:
        _build(connection, ("int_protected_mentions",), built)
        connection.execute(_PROTECTED)
    return SCHEMA


def forget_heard(connection: duckdb.DuckDBPyConnection) -> None:
    """Detach the database that `hear` wrote."""
    connection.execute("detach database if exists unheard")


def _build(connection: duckdb.DuckDBPyConnection, models: Sequence[str], built: Sequence[str]) -> list[str]:
    """Build models and the models that they read, unless they are built; return their names."""
    names = models_behind(models, {*_GIVEN, *built})
    contracts = heard_contracts()
    raw = [relation for contract in contracts for relation in raw_relations(contract)]
    relations = {name: f"{SCHEMA}.{name}" for name in (*raw, *_GIVEN, *built, *names)} | {"run": "work.raw.run"}
    for statement in render_models(names, relations):
        connection.execute(statement)
    return names
