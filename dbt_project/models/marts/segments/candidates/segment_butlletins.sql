select
    topic,
    person_id,
    request_id,
    'request' as basis,
    'subscribed' as reason,
    has_notice,
    notice_channels
from {{ ref('int_notice_requests') }}
where segment = 'butlletins' and person_id is not null
