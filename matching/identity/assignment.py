"""Ids that last: which person or organisation of the registry each of tonight's clusters is, and what changed since.

"Person" here means either kind of party. `registry.ids` fills the relations from the registry, which is not written
here.
"""

from collections.abc import Sequence
from datetime import date

import duckdb

from matching.identity.causes import explain_events
from matching.identity.minting import mint
from matching.parties import PERSON, PartyKind
from matching.registry.decisions import Judgement
from matching.relations import (
    ABSENT_LINKS,
    ASSIGNED_IDS,
    IDENTIFIED_MENTIONS,
    KNOWN_EVENTS,
    KNOWN_FORMER,
    KNOWN_MEMBERSHIPS,
    KNOWN_PERSONS,
    NEW_EVENTS,
    UNNAMED_CLUSTERS,
)

_PRESENT = f"""
create or replace temp table present as
select
    mention_id, cluster_id,
    case when mentions.is_register then 1 when mentions.{{kind.is_document_valid}} then 2 else 3 end as tier,
    row_number() over (order by mentions.is_register desc, mentions.{{kind.is_document_valid}} desc,
        observed_at nulls last, source, source_key) as strength,
    source || '|' || source_key as mention_key,
    known.person_id as person_before
from {{kind.clusters}}
inner join {{kind.mentions}} as mentions using (mention_id)
left join {KNOWN_MEMBERSHIPS} as known using (mention_id)
where not is_in_review
"""

# Persons with a mention that is in review.
_WAITING = f"""
create or replace temp table waiting as
select distinct known.person_id
from {{kind.clusters}} inner join {KNOWN_MEMBERSHIPS} as known using (mention_id)
where is_in_review
"""

# A person's heir is the cluster with most of the person's mentions of the strongest kind; a tie goes to the strongest
# mention.
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

# If a cluster has several persons, the oldest keeps its id.
_KEPT = f"""
create or replace temp table {ASSIGNED_IDS} as
select cluster_id, person_id
from heirs inner join {KNOWN_PERSONS} using (person_id)
qualify row_number() over (partition by cluster_id order by minted_date, strength, person_id) = 1
"""

# A cluster that is nobody's heir may be a person who was merged into another before; it gets that person's id back.
_RESTORED = f"""
create or replace temp table restored as
with former as (
    select former.person_id, present.cluster_id, present.tier, present.strength
    from {KNOWN_FORMER} as former
    inner join present using (mention_id)
    semi join (select person_id from {KNOWN_PERSONS} where not is_active) using (person_id)
    anti join {ASSIGNED_IDS} as living on former.person_id = living.person_id
    anti join {ASSIGNED_IDS} as named on present.cluster_id = named.cluster_id
),
strongest as (
    select * from former qualify tier = min(tier) over (partition by person_id)
),
heirs as (
    select person_id, cluster_id, min(strength) as strength
    from strongest group by person_id, cluster_id
    qualify row_number() over (partition by person_id order by count(*) desc, min(strength)) = 1
)
select cluster_id, person_id
from heirs inner join {KNOWN_PERSONS} using (person_id)
qualify row_number() over (partition by cluster_id order by minted_date, strength, person_id) = 1
"""

_UNNAMED = f"""
create or replace temp table {UNNAMED_CLUSTERS} as
select cluster_id, arg_min(mention_key, strength) as mention_key, min(strength) as strength
from present anti join {ASSIGNED_IDS} using (cluster_id)
group by cluster_id
"""

_AFTER = f"""
create or replace temp table {IDENTIFIED_MENTIONS} as
select mention_id, person_id, person_before, cluster_id, strength
from present inner join {ASSIGNED_IDS} using (cluster_id)
"""

_EVENTS = f"""
create or replace temp table {NEW_EVENTS} as
with fresh as (
    select person_id from {ASSIGNED_IDS} anti join {KNOWN_PERSONS} using (person_id)
    union all
    select person_id from restored
),
moves as (select distinct person_before, person_id from {IDENTIFIED_MENTIONS} where person_before is not null),
survivors as (select distinct person_id from {ASSIGNED_IDS}),
merges as (
    select assigned.person_id as heir, heirs.person_id
    from heirs inner join {ASSIGNED_IDS} as assigned using (cluster_id) where heirs.person_id <> assigned.person_id
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
    select 'retired', [person_id], []::varchar[],
        if(person_id in (from waiting), 'in review: nobody''s until a steward decides', 'no mention left')
    from {KNOWN_PERSONS} where is_active
    and person_id not in (select person_id from survivors) and person_id not in (select person_before from moves)
    union all
    select 'reassigned', [person_id], [person_id], 'seen again after it was retired'
    from survivors inner join {KNOWN_PERSONS} using (person_id) where not is_active
    and person_id not in (select person_id from restored)
)
select event, ids_before, ids_after, cause, $business_date::date as business_date from events
"""


def assign_ids(
    connection: duckdb.DuckDBPyConnection,
    business_date: date,
    secret: bytes,
    kind: PartyKind,
    judgements: Sequence[Judgement] = (),
) -> None:
    """Give each cluster of a kind its id, and list what that changes.

    Reads: the kind's mentions, pairs and clusters; `KNOWN_PERSONS`, `KNOWN_MEMBERSHIPS`, `KNOWN_FORMER`.
    Writes: `ASSIGNED_IDS`, one row per cluster; `IDENTIFIED_MENTIONS`, one row per mention; `NEW_EVENTS`, one row per
    change.

    Args:
        connection: to the work database.
        business_date: the night.
        secret: the registry's, from which new ids are derived.
        kind: of the clusters.
        judgements: the decisions in force, to name them as causes.
    """
    for statement in (_PRESENT.format(kind=kind), _WAITING.format(kind=kind), _HEIRS, _KEPT, _RESTORED):
        connection.execute(statement)
    connection.execute(f"insert into {ASSIGNED_IDS} from restored")
    connection.execute(_UNNAMED)
    mint(connection, secret, kind.prefix)
    connection.execute(_AFTER)
    connection.execute(_EVENTS, {"business_date": business_date})
    explain_events(connection, kind, judgements)


def write_links(connection: duckdb.DuckDBPyConnection, kind: PartyKind) -> None:
    """Write the id of each mention, and all changes of ids.

    Reads: the kind's clusters; `IDENTIFIED_MENTIONS`, `KNOWN_EVENTS`, `KNOWN_MEMBERSHIPS`, `NEW_EVENTS`.
    Writes: the kind's links, one row per mention; its events, one row per change, tonight's and those before; of
    persons `ABSENT_LINKS`, one row per mention that is not there any more.
    """
    connection.execute(
        f"""
        create or replace table {kind.links} as
        select mention_id, person_id as {kind.id_column}, round(confidence, 6) as confidence,
            round(cluster_confidence, 6) as cluster_confidence, method, is_in_review
        from {kind.clusters} left join {IDENTIFIED_MENTIONS} using (mention_id)
        order by mention_id
        """
    )
    if kind == PERSON:
        connection.execute(
            f"create or replace table {ABSENT_LINKS} as select mention_id, person_id from {KNOWN_MEMBERSHIPS}"
            f" anti join {kind.clusters} using (mention_id) order by mention_id"
        )
    connection.execute(
        f"""
        create or replace table {kind.events} as
        select event, ids_before, ids_after, cause, business_date
        from (from {KNOWN_EVENTS} union all by name from {NEW_EVENTS})
        order by business_date, event, ids_before, ids_after
        """
    )
