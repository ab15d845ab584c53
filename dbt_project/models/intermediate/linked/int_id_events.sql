-- The kind of cause is derived from its text, because registers of earlier years have only the text.
select
    entity,
    event,
    list_sort(ids_before) as ids_before,
    list_sort(ids_after) as ids_after,
    cause,
    case
        when contains(cause, 'decision ') then 'decision'
        when contains(cause, 'valid document') then 'document'
        when contains(cause, 'link between') then 'link'
        when starts_with(cause, 'first seen') then 'first_seen'
        when starts_with(cause, 'seen again') then 'seen_again'
        when starts_with(cause, 'in review') then 'in_review'
        when starts_with(cause, 'no mention left') or starts_with(cause, 'seen by no later') then 'not_seen'
        when starts_with(cause, 'found to be') or starts_with(cause, 'mentions moved') then 'evidence_changed'
    end as cause_kind,
    business_date
from {{ ref('stg_linkage__id_events') }}
