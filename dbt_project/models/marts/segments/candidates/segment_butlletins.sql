select
    topic,
    person_id,
    organisation_id,
    request_id,
    'request' as basis,
    'subscribed' as reason,
    has_notice,
    notice_channels
from {{ ref('int_notice_requests') }}
where segment = 'butlletins'
