"""Writes who of a hub may no longer be exported, because of what is known since its date, for `leaving.py`.

This comes from the last published night, and from unheard extracts (`sources/loading/hearing.py`). The rooms above read
the unheard extracts, and give their result here as relations.
"""

import duckdb

from exports.gate.leaving import SINCE

# The current persons of each person of this hub, through common mentions: one row per pair of persons.
_PEOPLE = """
create table work.since.people as
select distinct past.person_id, present.person_id as id_now
from work.hub.mentions as past
inner join {last}.hub.mentions as present using (mention_id)
where past.person_id is not null and present.person_id is not null;
"""

# A request whose topic or address changed has ended: the hub's rows are of the earlier one.
# A given consent is still given only if all current persons have it; a refusal of one of them applies.
_BY_LAST_NIGHT = """
insert into work.since.marked
select people.person_id, bool_or(present.is_deceased is not false), bool_or(present.is_protected is not false),
    min(coalesce(present.confidence, 0))
from work.since.people as people
inner join {last}.hub.persons as present on people.id_now = present.person_id
group by people.person_id;
insert into work.since.gone
select person_id from work.hub.persons anti join work.since.marked using (person_id);
insert into work.since.words
select people.person_id, consents.purpose, consents.service, consents.state, consents.decided_at
from {last}.hub.consents as consents
inner join work.since.people as people on consents.person_id = people.id_now
where consents.state is distinct from 'given';
create temp table given_still as
select people.person_id, consents.purpose, consents.service
from (select *, count(*) over (partition by person_id) as people_now from work.since.people) as people
inner join {last}.hub.consents as consents on people.id_now = consents.person_id
where consents.state = 'given'
group by all having count(distinct people.id_now) = max(people_now);
insert into work.since.closed
select past.person_id, past.purpose, past.service
from work.hub.consents as past
anti join given_still as given
    on past.person_id = given.person_id and past.purpose = given.purpose
    and past.service is not distinct from given.service
where past.state = 'given';
drop table given_still;
insert into work.since.ended
select past.request_id from work.hub.requests as past
left join {last}.hub.requests as present on past.request_id = present.request_id
where past.is_active and (
    not coalesce(present.is_active, false) or past.segment is distinct from present.segment
    or past.topic is distinct from present.topic or past.address is distinct from present.address
);
insert into work.since.unsubscribed
select address, occurred_at from {last}.hub.campaign_events where event = 'unsubscribed';
insert into work.since.expired
select past.source, past.purpose from work.hub.agreements as past
left join {last}.hub.agreements as present on past.source = present.source and past.purpose = present.purpose
where past.is_in_force and not coalesce(present.is_in_force, false);
"""

_BOUNCED = """
insert into work.since.bounced
select address from {last}.hub.bounced_contacts where bounced_hard_at is not null
except select address from work.hub.bounced_contacts where bounced_hard_at is not null;
"""

_EMPTY = """
drop schema if exists work.since cascade;
create schema work.since;
create table work.since.people (person_id varchar, id_now varchar);
create table work.since.gone (person_id varchar);
create table work.since.marked (person_id varchar, is_deceased boolean, is_protected boolean, confidence double);
create table work.since.words (
    person_id varchar, purpose varchar, service varchar, state varchar, decided_at timestamp
);
create table work.since.closed (person_id varchar, purpose varchar, service varchar);
create table work.since.ended (request_id varchar);
create table work.since.bounced (address varchar);
create table work.since.expired (source varchar, purpose varchar);
create table work.since.unsubscribed (address varchar, occurred_at timestamp);
"""

# A refusal of a whole purpose also applies to each of its services.
_UNHEARD = """
insert into work.since.words
select person_id, purpose, service, state, decided_at from {unheard}.words
union all
select words.person_id, words.purpose, of_service.service, words.state, words.decided_at
from {unheard}.words as words
inner join (select distinct person_id, purpose, service from work.hub.consents where service is not null) as of_service
    on words.person_id = of_service.person_id and words.purpose = of_service.purpose
where words.service is null;
insert into work.since.marked
select person_id, is_deceased, is_protected, null from {unheard}.marked;
insert into work.since.ended select request_id from {unheard}.ended;
insert into work.since.unsubscribed select address, occurred_at from {unheard}.unsubscribed;
insert into work.since.bounced select address from {unheard}.bounced;
"""

_SETTLED = """
create table work.since.refused as
from work.since.words
qualify row_number() over (
    partition by person_id, purpose, service order by decided_at desc nulls first, state
) = 1;
insert into work.since.closed select person_id, purpose, service from work.since.refused;
create table work.since.marks as
select person_id, bool_or(is_deceased) as is_deceased, bool_or(is_protected) as is_protected,
    min(confidence) as confidence
from work.since.marked group by person_id;
create or replace table work.since.ended as select distinct request_id from work.since.ended;
drop table work.since.words; drop table work.since.marked;
"""


def forget_since(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove what is known since the hub's date, so that the gate uses the hub as it is."""
    connection.execute(f"drop schema if exists work.{SINCE} cascade")


def begin_since(connection: duckdb.DuckDBPyConnection, last: str | None) -> None:
    """Write what the last published night knows about the people of the hub in `work`; earlier content is replaced.

    Reads: `work.hub` and the hub of the last night.
    Writes: the tables of schema `work.since`.

    Args:
        connection: with `work` and the last published night attached.
        last: alias of that night; None if no later night than `work` is published.
    """
    connection.execute(_EMPTY)
    if last is not None:
        connection.execute("drop table work.since.people")
        connection.execute((_PEOPLE + _BY_LAST_NIGHT).format(last=last))
        # An earlier Fil wrote hubs without this table.
        tables = "select count(*) from information_schema.tables where table_name = 'bounced_contacts'"
        tables += " and table_schema = 'hub'"
        if connection.execute(f"{tables} and table_catalog in ('work', $1)", [last]).fetchall() == [(2,)]:
            connection.execute(_BOUNCED.format(last=last))


def end_since(connection: duckdb.DuckDBPyConnection, unheard: str | None) -> None:
    """Add the unheard rows, and write the tables that the gate's views read.

    Writes: in `work.since` the tables refused, closed, marks and ended.

    Args:
        connection: after `begin_since`.
        unheard: a schema with the tables words (person_id, purpose, service, state, decided_at), marked (person_id,
            is_deceased, is_protected), ended (request_id), unsubscribed (address, occurred_at) and bounced (address),
            with the ids of `work`; None if there is no unheard extract.
    """
    if unheard is not None:
        connection.execute(_UNHEARD.format(unheard=unheard))
    connection.execute(_SETTLED)
