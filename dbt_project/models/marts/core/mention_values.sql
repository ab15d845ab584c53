select * exclude (source, source_key, observed_at)
from {{ ref('int_person_mentions') }}
