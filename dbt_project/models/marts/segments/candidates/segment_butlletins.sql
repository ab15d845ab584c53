select
    topic,
    person_id,
    organisation_id,
    request_id,
    'request' as basis,
    'subscribed' as reason
from {{ ref('requests') }}
where segment = 'butlletins'
