select
    'BENVINGUT' as topic,
    person_id,
    'public_task' as basis,
    'new_resident' as reason
from {{ ref('int_padro_entries') }}
where entry = 'residence'
group by person_id
