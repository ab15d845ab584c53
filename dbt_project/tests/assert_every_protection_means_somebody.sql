-- Nobody known has that inscription or document: whoever it is for is not hidden when they turn up under another one.
-- The count is told each night; its owner knows of whom.
{{ config(severity='warn') }}
select place
from {{ ref('int_protections') }}
where mention_id is null
