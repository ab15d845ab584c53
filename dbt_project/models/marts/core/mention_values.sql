with

mentions as (

    select * from {{ ref('int_person_mentions') }}

),

protected as (

    select * from {{ ref('int_protected_mentions') }}

)

select
    mentions.* exclude (source, source_key, observed_at, street, street_number, postcode, email, phone),
    {{ unless_protected('mentions.street', key='mention_id') }},
    {{ unless_protected('mentions.street_number', key='mention_id') }},
    {{ unless_protected('mentions.postcode', key='mention_id') }},
    {{ unless_protected('mentions.email', key='mention_id') }},
    {{ unless_protected('mentions.phone', key='mention_id') }},
    protected.mention_id is not null as is_protected
from mentions
left join protected on mentions.mention_id = protected.mention_id
