with

mentions as (

    select * from {{ ref('int_person_mentions') }}

),

protected as (

    select * from {{ ref('int_protected_mentions') }}

),

final as (

    select
        mentions.* exclude (source, source_key, observed_at, street, street_number, postcode, email, phone),
        {{ unless_protected('mentions.street', by='protected.mention_id') }},
        {{ unless_protected('mentions.street_number', by='protected.mention_id') }},
        {{ unless_protected('mentions.postcode', by='protected.mention_id') }},
        {{ unless_protected('mentions.email', by='protected.mention_id') }},
        {{ unless_protected('mentions.phone', by='protected.mention_id') }},
        {{ unless_protected('false', 'is_protected', by='protected.mention_id') }}
    from mentions
    left join protected on mentions.mention_id = protected.mention_id

)

select * from final
