select
    topic,
    person_id,
    request_id,
    'request' as basis,
    'subscribed' as reason
from {{ ref('requests') }}
where segment = 'butlletins' and person_id is not null
