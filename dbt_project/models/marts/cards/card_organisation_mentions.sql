with

mentions as (

    select * from {{ in_hub('mentions') }}

),

mention_values as (

    select * from {{ in_hub('organisation_mention_values') }}

),

final as (

    select
        mentions.organisation_id,
        mentions.observed_at,
        cast(mentions.observed_at as date) as since,
        mentions.source,
        mentions.source_key,
        mention_values.legal_name,
        mention_values.legal_form,
        mention_values.nif,
        mention_values.is_nif_valid,
        nullif(concat_ws(
            ', ',
            nullif(concat_ws(' ', mention_values.street, mention_values.street_number), ''),
            mention_values.postcode
        ), '') as address,
        mention_values.email,
        mention_values.phone
    from mentions
    inner join mention_values on mentions.mention_id = mention_values.mention_id

)

select * from final
