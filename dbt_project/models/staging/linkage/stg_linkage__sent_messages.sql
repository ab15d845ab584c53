select
    message_id,
    recipient_id,
    reference
from {{ source('linkage', 'sent_messages') }}
