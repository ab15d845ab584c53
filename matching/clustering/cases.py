"""The review cases of one linkage: two clusters that a steward should look at, with the reason and the best pair.

The hub's models rank the cases and choose how many to keep.
"""

import duckdb

from matching.parties import PartyKind
from matching.relations import DOCUMENT_HOLDERS, LINK_CANDIDATES, LINK_CLUSTERS, LINK_DECISIONS, LINK_EDGES, RECORDS
from matching.rules.rule_texts import CASE_TEXTS

_PLACES = ", ".join(f"'{kind}'" for kind in CASE_TEXTS)
_TEXTS = ", ".join(f"'{kind}': '{text.replace(chr(39), chr(39) * 2)}'" for kind, text in CASE_TEXTS.items())

_CASES = f"""
create or replace table {{party.cases}} as
with broken as (
    select kind, mention_ids[1] as one, mention_ids[2] as other from {{party.conflicts}}
    where kind not in ('disputed', 'document_shared')
),
-- A disputed mention has a link to both clusters that it fits; its case shows the better link.
ends as (
    select mention_id_l as mention_id, mention_id_r as other, weight from {LINK_EDGES}
    union all
    select mention_id_r as mention_id, mention_id_l as other, weight from {LINK_EDGES}
),
disputed as (
    select 'disputed' as kind, mention_id as one, other from ends
    semi join (select unnest(mention_ids) as mention_id from {{party.conflicts}} where kind = 'disputed')
        using (mention_id)
    qualify row_number() over (partition by mention_id order by weight desc, other) = 1
),
-- The first holder of a document is paired with each of the others.
holders as (
    select document_type, document, cluster_id, is_owner, has_live, has_register, mention_count,
        min(unique_id) as mention_id
    from {LINK_CLUSTERS} inner join {RECORDS} on unique_id = mention_id
    inner join {DOCUMENT_HOLDERS} using (document_type, document, cluster_id)
    where holder_count > 1 and is_document_valid
    group by all
),
shared as (
    select 'document_shared' as kind, mention_id as one, first_value(mention_id) over (
        partition by document_type, document
        order by is_owner desc, has_live desc, has_register desc, mention_count desc, cluster_id) as other
    from holders
),
borderline as (
    select 'borderline' as kind, mention_id_l as one, mention_id_r as other from {LINK_CANDIDATES}
    where refusal is null and is_borderline
),
pairs as (from broken union all from disputed union all from shared union all from borderline),
between_clusters as (
    select
        kind, list_position([{_PLACES}], kind) as place,
        if(l.cluster_id < r.cluster_id, one, other) as mention_id_l,
        if(l.cluster_id < r.cluster_id, other, one) as mention_id_r,
        least(l.cluster_id, r.cluster_id) as cluster_l, greatest(l.cluster_id, r.cluster_id) as cluster_r
    from pairs
    inner join {LINK_CLUSTERS} as l on one = l.mention_id
    inner join {LINK_CLUSTERS} as r on other = r.mention_id
    where l.cluster_id <> r.cluster_id
),
-- After a decision on any of their mentions, two clusters are no longer a case.
decided as (
    select distinct least(l.cluster_id, r.cluster_id) as cluster_l, greatest(l.cluster_id, r.cluster_id) as cluster_r
    from {LINK_DECISIONS}
    inner join {LINK_CLUSTERS} as l on mention_id_l = l.mention_id
    inner join {LINK_CLUSTERS} as r on mention_id_r = r.mention_id
),
foremost as (
    select between_clusters.*, match_weight from between_clusters
    anti join decided using (cluster_l, cluster_r)
    left join {{party.pairs}} as scored
        on scored.mention_id_l = least(between_clusters.mention_id_l, between_clusters.mention_id_r)
        and scored.mention_id_r = greatest(between_clusters.mention_id_l, between_clusters.mention_id_r)
    qualify row_number() over (
        partition by cluster_l, cluster_r
        order by place, match_weight desc nulls last, between_clusters.mention_id_l, between_clusters.mention_id_r) = 1
),
sides as (
    select cluster_id, list(mention_id order by mention_id) as mention_ids,
        bool_and(is_in_review) as is_in_review,
        count(*) filter (is_register) as register_entries,
        count(distinct (document_type, document)) filter (is_document_valid) as valid_documents
    from {{party.clusters}} inner join {RECORDS} on mention_id = unique_id
    semi join (select unnest([cluster_l, cluster_r]) as cluster_id from foremost) using (cluster_id)
    group by cluster_id
)
select
    kind, map {{{{{_TEXTS}}}}}[kind] as reason, mention_id_l, mention_id_r, match_weight,
    l.mention_ids as mention_ids_l, r.mention_ids as mention_ids_r,
    l.is_in_review as is_in_review_l, r.is_in_review as is_in_review_r,
    l.register_entries as register_entries_l, r.register_entries as register_entries_r,
    l.valid_documents as valid_documents_l, r.valid_documents as valid_documents_r
from foremost
inner join sides as l on cluster_l = l.cluster_id
inner join sides as r on cluster_r = r.cluster_id
order by mention_id_l, mention_id_r
"""


def write_cases(connection: duckdb.DuckDBPyConnection, kind: PartyKind) -> None:
    """Write the cases that a steward has to decide.

    Reads: `RECORDS`, `LINK_CANDIDATES`, `LINK_EDGES`, `LINK_DECISIONS`, `LINK_CLUSTERS`, `DOCUMENT_HOLDERS`; the kind's
    pairs, clusters and conflicts.
    Writes: the kind's cases, one row per two clusters.
    """
    connection.execute(_CASES.format(party=kind))
