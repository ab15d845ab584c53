"""Ids that last: which person of the registry each of tonight's clusters is, and what changed since.

Set-based over temp tables that `registry` filled (`known_persons`, `known_memberships`); the registry is not written.
"""

import base64
import hashlib
import hmac
from datetime import date

import duckdb
import pyarrow as pa

_PRESENT = """
create or replace temp table present as
select
    mention_id, cluster_id,
    case when mentions.is_register then 1 when mentions.is_document_valid then 2 else 3 end as tier,
    row_number() over (order by mentions.is_register desc, mentions.is_document_valid desc,
        observed_at nulls last, source, source_key) as strength,
    source || '|' || source_key as mention_key,
    known.person_id as person_before
from work.linkage.clusters
inner join work.intermediate.int_person_mentions as mentions using (mention_id)
left join known_memberships as known using (mention_id)
where not is_in_review
"""

# A person's heir is the cluster with most of its strongest kind of mentions; a tie goes to the strongest mention.
_HEIRS = """
create or replace temp table heirs as
with strongest as (
    select * from present where person_before is not null
    qualify tier = min(tier) over (partition by person_before)
)
select person_before as person_id, cluster_id, min(strength) as strength
from strongest group by person_before, cluster_id
qualify row_number() over (partition by person_before order by count(*) desc, min(strength)) = 1
"""

# Of the persons that meet in a cluster the oldest goes on.
_KEPT = """
create or replace temp table assigned as
select cluster_id, person_id
from heirs inner join known_persons using (person_id)
qualify row_number() over (partition by cluster_id order by minted_date, strength, person_id) = 1
"""

_UNNAMED = """
select cluster_id, arg_min(mention_key, strength) as mention_key
from present anti join assigned using (cluster_id)
group by cluster_id order by min(strength)
"""

_AFTER = """
create or replace temp table after as
select mention_id, person_id, person_before, cluster_id, strength from present inner join assigned using (cluster_id)
"""

_EVENTS = """
create or replace temp table new_events as
with fresh as (select person_id from assigned anti join known_persons using (person_id)),
moves as (select distinct person_before, person_id from after where person_before is not null),
survivors as (select distinct person_id from assigned),
merges as (
    select assigned.person_id as heir, heirs.person_id
    from heirs inner join assigned using (cluster_id) where heirs.person_id <> assigned.person_id
),
events as (
    select 'minted' as event, []::varchar[] as ids_before, [person_id] as ids_after, 'first seen' as cause
    from fresh anti join moves using (person_id)
    union all
    select 'merged', list_sort(list(person_id) || [heir]), [heir], 'found to be one person' from merges group by heir
    union all
    select 'split', [person_before], list_sort(list_distinct(list(person_id) || if(
        bool_or(person_before in (select person_id from survivors)), [person_before], []))), 'found to be several'
    from moves where person_id in (from fresh) group by person_before
    union all
    select 'reassigned', [person_before], [person_id], 'mentions moved between persons'
    from moves
    anti join merges on moves.person_before = merges.person_id and moves.person_id = merges.heir
    where person_before <> person_id and person_id not in (from fresh)
    union all
    select 'retired', [person_id], []::varchar[], 'no mention left'
    from known_persons where is_active
    and person_id not in (select person_id from survivors) and person_id not in (select person_before from moves)
    union all
    select 'reassigned', [person_id], [person_id], 'seen again after it was retired'
    from survivors inner join known_persons using (person_id) where not is_active
)
select event, ids_before, ids_after, cause, $business_date::date as business_date from events
"""


def assign_ids(connection: duckdb.DuckDBPyConnection, business_date: date, secret: bytes) -> None:
    """Write temp tables `assigned`, `after` and `new_events` from `work.linkage.clusters` and what is known."""
    for statement in (_PRESENT, _HEIRS, _KEPT):
        connection.execute(statement)
    _mint(connection, secret)
    connection.execute(_AFTER)
    connection.execute(_EVENTS, {"business_date": business_date})


def _mint(connection: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    # An id that stands aside was derived from the same mention's key, so it is that very person's.
    taken = {row[0] for row in connection.execute("select person_id from known_persons where not is_aside").fetchall()}
    clusters, persons = [], []
    for cluster_id, mention_key in connection.execute(_UNNAMED).fetchall():
        person_id = derive_id(secret, mention_key, taken)
        taken.add(person_id)
        clusters.append(cluster_id)
        persons.append(person_id)
    minted = pa.table({"cluster_id": pa.array(clusters, pa.string()), "person_id": pa.array(persons, pa.string())})
    connection.register("minted_ids", minted)
    connection.execute("insert into assigned select cluster_id, person_id from minted_ids")
    connection.unregister("minted_ids")


def derive_id(secret: bytes, mention_key: str, taken: set[str]) -> str:
    """The id of a new person from its strongest mention's key; one that is taken leads on to the next."""
    attempt = 0
    while True:
        text = mention_key if attempt == 0 else f"{mention_key}|{attempt}"
        digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        person_id = "P" + base64.b32encode(digest[:10]).decode("ascii")
        if person_id not in taken:
            return person_id
        attempt += 1


def write_links(connection: duckdb.DuckDBPyConnection) -> None:
    """Write `work.linkage.mention_links` and `person_events` (those of the registry and tonight's)."""
    connection.execute(
        """
        create or replace table work.linkage.mention_links as
        select mention_id, person_id, round(confidence, 6) as confidence, method, is_in_review
        from work.linkage.clusters left join after using (mention_id)
        order by mention_id
        """
    )
    connection.execute(
        """
        create or replace table work.linkage.person_events as
        select event, ids_before, ids_after, cause, business_date
        from (from known_events union all by name from new_events)
        order by business_date, event, ids_before, ids_after
        """
    )
