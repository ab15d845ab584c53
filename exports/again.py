"""A past night's hub as it may be delivered again: as it was published, without who may not leave any more.

Who leaves is the gate's alone; here is what it is told, of two hubs: `that_night`, and the last one that is published.
"""

from datetime import date

import duckdb

from sources.sql import identifier

THAT_NIGHT, LAST_NIGHT = "that_night", "last_night"

# Who a person of that night is by now, known by what names them: nobody is in no row, and several are each in one. What
# was given is given still where all of them have it given; a no of one of them is the person's.
_PEOPLE = """
create schema work.again;
create table work.again.people as
select distinct past.person_id, present.person_id as id_now
from that_night.hub.mentions as past
inner join {last}.hub.mentions as present using (mention_id)
where past.person_id is not null and present.person_id is not null;
create table work.again.given as
select people.person_id, consents.purpose, consents.service
from (select *, count(*) over (partition by person_id) as people_now from work.again.people) as people
inner join {last}.hub.consents as consents on people.id_now = consents.person_id
where consents.state = 'given'
group by all having count(distinct people.id_now) = max(people_now);
create table work.again.refused as
select people.person_id, consents.* exclude (person_id)
from {last}.hub.consents as consents
inner join work.again.people as people on consents.person_id = people.id_now
where consents.state is distinct from 'given'
qualify row_number() over (
    partition by people.person_id, purpose, service order by decided_at desc nulls first, state, id_now
) = 1;
"""

# None of that night's people, words and requests is added to; what ended since is ended.
_KNOWN_SINCE = {
    "persons": """
        select past.* replace (
            if(since.is_deceased, true, past.is_deceased) as is_deceased,
            if(since.is_protected, true, past.is_protected) as is_protected,
            if(since.confidence < past.confidence, since.confidence, past.confidence) as confidence
        )
        from that_night.hub.persons as past
        inner join (
            select people.person_id, bool_or(present.is_deceased is not false) as is_deceased,
                bool_or(present.is_protected is not false) as is_protected,
                min(coalesce(present.confidence, 0)) as confidence
            from work.again.people as people
            inner join {last}.hub.persons as present on people.id_now = present.person_id
            group by people.person_id
        ) as since on past.person_id = since.person_id""",
    "consents": """
        select past.* from that_night.hub.consents as past
        left join work.again.given as given
            on past.person_id = given.person_id and past.purpose = given.purpose
            and past.service is not distinct from given.service
        left join work.again.refused as refused
            on past.person_id = refused.person_id and past.purpose = refused.purpose
            and past.service is not distinct from refused.service
        where refused.person_id is null and (past.state is distinct from 'given' or given.person_id is not null)
        union all by name
        select * from work.again.refused""",
    "requests": """
        select past.* replace (past.is_active and coalesce(present.is_active, false) as is_active)
        from that_night.hub.requests as past
        left join {last}.hub.requests as present on past.request_id = present.request_id""",
    "agreements": """
        select past.* replace (past.is_in_force and coalesce(present.is_in_force, false) as is_in_force)
        from that_night.hub.agreements as past
        left join {last}.hub.agreements as present
            on past.source = present.source and past.purpose = present.purpose""",
}


def prepare_again(connection: duckdb.DuckDBPyConnection, business_date: date, last: str = LAST_NIGHT) -> None:
    """Make an empty database `work` the hub of a past night, for the same queries, checks and files as that night's.

    Args:
        connection: with `work`, `that_night` and the last published hub attached.
        business_date: of that night.
        last: under which name the last hub is attached; that night itself may be it.
    """
    connection.execute("create schema work.raw; create schema work.hub")
    connection.execute("create table work.raw.run as select ?::date as business_date", [business_date])
    connection.execute(_PEOPLE.format(last=last))
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'hub'", [THAT_NIGHT]
    ).fetchall()
    for (table,) in tables:
        query = _KNOWN_SINCE.get(table, f"from {THAT_NIGHT}.hub.{identifier(table)}").format(last=last)
        connection.execute(f"create view work.hub.{identifier(table)} as {query}")
