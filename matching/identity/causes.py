"""Why ids changed: the decision, document or link behind each move of mentions between persons.

A cause names mentions by their opaque ids and contains no personal data. `assignment.py` finds what changed.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from matching.parties import PartyKind
from matching.registry.decisions import Judgement
from matching.relations import IDENTIFIED_MENTIONS, NEW_EVENTS

# Pairs of mentions over which something changed: those that meet (`from_id` joins `to_id`), and those that part
# (`to_id` leaves `from_id`). Only mentions that moved are looked at.
_PAIRS = f"""
create or replace temp table moved_pairs as
with moved as (
    select * from {IDENTIFIED_MENTIONS} where person_before <> person_id
)
select 'same' as verdict, moved.person_before as from_id, moved.person_id as to_id,
    moved.mention_id as one, other.mention_id as other
from moved
inner join {IDENTIFIED_MENTIONS} as other
    on moved.cluster_id = other.cluster_id and other.person_before = moved.person_id
union all
select 'different', moved.person_before, moved.person_id, moved.mention_id, other.mention_id
from moved
inner join {IDENTIFIED_MENTIONS} as other
    on moved.person_before = other.person_before and other.person_id <> moved.person_id
"""

# A steward's decision first, then a document, then the strongest link.
_EVIDENCE = """
create or replace temp table evidence as
with ended as (
    select verdict, from_id, to_id, least(one, other) as mention_id_l, greatest(one, other) as mention_id_r
    from moved_pairs
),
documented as (
    select mention_id, {kind.document} as document, {kind.document_type} as document_type
    from {kind.mentions} where {kind.is_document_valid}
),
causes as (
    select ended.*, 1 as standing, 0.0 as weight, 'decision ' || judgement_id as cause
    from ended inner join steward_decisions using (verdict, mention_id_l, mention_id_r)
    union all
    select ended.*, 2, 0.0, 'one valid document on ' || mention_id_l || ' and ' || mention_id_r
    from ended
    inner join documented as l on ended.mention_id_l = l.mention_id
    inner join documented as r on ended.mention_id_r = r.mention_id and l.document = r.document
    where ended.verdict = 'same'
    union all
    select ended.*, 2, 0.0, 'two valid documents on ' || mention_id_l || ' and ' || mention_id_r
    from ended
    inner join documented as l on ended.mention_id_l = l.mention_id
    inner join documented as r
        on ended.mention_id_r = r.mention_id and l.document <> r.document and l.document_type = r.document_type
    where ended.verdict = 'different'
    union all
    select ended.*, 3, match_weight, 'link between ' || mention_id_l || ' and ' || mention_id_r
    from ended inner join {kind.pairs} using (mention_id_l, mention_id_r)
    where ended.verdict = 'same'
)
select verdict, from_id, to_id, cause from causes
qualify row_number() over (
    partition by verdict, from_id, to_id order by standing, weight desc, mention_id_l, mention_id_r, cause
) = 1
"""

_EXPLAINED = f"""
create or replace temp table explained_events as
with parts as (
    select events.rowid as place, string_agg(evidence.cause, '; ' order by from_id, to_id) as causes
    from {NEW_EVENTS} as events
    inner join evidence
        on evidence.verdict = if(events.event = 'split', 'different', 'same')
        and list_contains(events.ids_before, evidence.from_id)
        and list_contains(events.ids_after, evidence.to_id)
    where events.event in ('merged', 'split', 'reassigned')
    group by events.rowid
)
select event, ids_before, ids_after, business_date,
    cause || case
        when causes is not null then ': ' || causes
        when event = 'merged' then ': through mentions that are new'
        when event = 'split' then ': no link holds them together any more'
        else ''
    end as cause
from {NEW_EVENTS} as events left join parts on events.rowid = parts.place
"""


def explain_events(connection: duckdb.DuckDBPyConnection, kind: PartyKind, judgements: Sequence[Judgement]) -> None:
    """Add the decision, document or link to the causes of changes, if there is one.

    Reads: the kind's mentions and pairs, `IDENTIFIED_MENTIONS`.
    Writes: `NEW_EVENTS`, the same rows with their causes.
    """
    connection.execute(_PAIRS)
    decisions = pa.table(
        {
            "judgement_id": pa.array([item.judgement_id for item in judgements], pa.string()),
            "verdict": pa.array([item.verdict for item in judgements], pa.string()),
            "mention_id_l": pa.array([min(item.mention_id_l, item.mention_id_r) for item in judgements], pa.string()),
            "mention_id_r": pa.array([max(item.mention_id_l, item.mention_id_r) for item in judgements], pa.string()),
        }
    )
    connection.register("steward_decisions", decisions)
    connection.execute(_EVIDENCE.format(kind=kind))
    connection.unregister("steward_decisions")
    connection.execute(_EXPLAINED)
    connection.execute(
        f"create or replace temp table {NEW_EVENTS} as"
        " select event, ids_before, ids_after, cause, business_date from explained_events"
    )
