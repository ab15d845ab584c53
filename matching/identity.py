"""Ids that last: which person or organisation of the registry each of tonight's clusters is, and what changed since.

Organisations go the same way as persons, under another letter; where it says person, either is meant.
Set-based over temp tables that `registry` filled (`known_persons`, `known_memberships`); the registry is not written.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa


@dataclass(frozen=True)
class Kind:
    """What is given ids: their letter, and where its mentions, clusters, links and events stand."""

    prefix: str
    id_column: str
    mentions: str
    is_document_valid: str
    clusters: str
    links: str
    events: str


PERSONS = Kind(
    "P", "person_id", "work.intermediate.int_person_mentions", "is_document_valid", "work.linkage.clusters",
    "work.linkage.mention_links", "work.linkage.person_events",
)  # fmt: skip
ORGANISATIONS = Kind(
    "O", "organisation_id", "work.intermediate.int_organisation_mentions", "is_nif_valid",
    "work.linkage.organisation_clusters", "work.linkage.organisation_links", "work.linkage.organisation_events",
)  # fmt: skip
KINDS = (ORGANISATIONS, PERSONS)

_PRESENT = """
create or replace temp table present as
select
    mention_id, cluster_id,
    case when mentions.is_register then 1 when mentions.{kind.is_document_valid} then 2 else 3 end as tier,
    row_number() over (order by mentions.is_register desc, mentions.{kind.is_document_valid} desc,
        observed_at nulls last, source, source_key) as strength,
    source || '|' || source_key as mention_key,
    known.person_id as person_before
from {kind.clusters}
inner join {kind.mentions} as mentions using (mention_id)
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


def assign_ids(connection: duckdb.DuckDBPyConnection, business_date: date, secret: bytes, kind: Kind) -> None:
    """Write temp tables `assigned`, `after` and `new_events` from the clusters of a kind and what is known."""
    for statement in (_PRESENT.format(kind=kind), _HEIRS, _KEPT):
        connection.execute(statement)
    _mint(connection, secret, kind.prefix)
    connection.execute(_AFTER)
    connection.execute(_EVENTS, {"business_date": business_date})


def _mint(connection: duckdb.DuckDBPyConnection, secret: bytes, prefix: str) -> None:
    # An id that stands aside was derived from the same mention's key, so it is that very person's.
    taken = {row[0] for row in connection.execute("select person_id from known_persons where not is_aside").fetchall()}
    clusters, persons = [], []
    for cluster_id, mention_key in connection.execute(_UNNAMED).fetchall():
        person_id = derive_id(secret, mention_key, taken, prefix)
        taken.add(person_id)
        clusters.append(cluster_id)
        persons.append(person_id)
    minted = pa.table({"cluster_id": pa.array(clusters, pa.string()), "person_id": pa.array(persons, pa.string())})
    connection.register("minted_ids", minted)
    connection.execute("insert into assigned select cluster_id, person_id from minted_ids")
    connection.unregister("minted_ids")


def derive_id(secret: bytes, mention_key: str, taken: set[str], prefix: str) -> str:
    """The id of a new person from its strongest mention's key; one that is taken leads on to the next."""
    attempt = 0
    while True:
        text = mention_key if attempt == 0 else f"{mention_key}|{attempt}"
        digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        person_id = prefix + base64.b32encode(digest[:10]).decode("ascii")
        if person_id not in taken:
            return person_id
        attempt += 1


def write_links(connection: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    """Write the links of a kind and its events (those of the registry and tonight's)."""
    connection.execute(
        f"""
        create or replace table {kind.links} as
        select mention_id, person_id as {kind.id_column}, round(confidence, 6) as confidence, method, is_in_review
        from {kind.clusters} left join after using (mention_id)
        order by mention_id
        """
    )
    connection.execute(
        f"""
        create or replace table {kind.events} as
        select event, ids_before, ids_after, cause, business_date
        from (from known_events union all by name from new_events)
        order by business_date, event, ids_before, ids_after
        """
    )
