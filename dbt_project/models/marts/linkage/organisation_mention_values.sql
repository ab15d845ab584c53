with

mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

protected as (

    select * from {{ ref('int_protected_organisations') }}

),

final as (

    select
        mentions.mention_id,
        mentions.is_register,
        mentions.nif,
        mentions.is_nif_valid,
        {{ unless_protected('mentions.legal_name', by='protected.mention_id') }},
        mentions.legal_form,
        {{ unless_protected('mentions.street', by='protected.mention_id') }},
        {{ unless_protected('mentions.street_number', by='protected.mention_id') }},
        {{ unless_protected('mentions.postcode', by='protected.mention_id') }},
        {{ unless_protected('mentions.email', by='protected.mention_id') }},
        {{ unless_protected('mentions.phone', by='protected.mention_id') }}
    from mentions
    left join protected on mentions.mention_id = protected.mention_id

)

select * from final
