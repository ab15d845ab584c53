with

placeholders as (

    select * from {{ ref('placeholder_documents') }}

),

records as (

    {{ union_of_sources('organisation_mentions') | indent }}

),

repaired as (

    select * replace ({{ repair_text('legal_name_raw') }} as legal_name_raw, {{ repair_text('street') }} as street)
    from records

),

written as (

    select
        *,
        {{ normalise_text('legal_name_raw') }} as plain_name,
        nullif({{ compact_document('document_raw') }}, '') as compact_number
    from repaired

),

numbered as (

    select
        written.* exclude (compact_number),
        if(
            placeholders.placeholder is null,
            regexp_replace(written.compact_number, '^ES([A-Z][0-9])', '\1'),
            null
        ) as nif
    from written
    left join placeholders on written.compact_number = placeholders.placeholder

),

checked as (

    select
        *,
        coalesce(
            regexp_full_match(nif, '[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]')
            and {{ has_cif_control('nif') }},
            false
        ) as is_nif_valid
    from numbered

),

final as (

    select
        mention_id,
        source,
        source_key,
        is_register,
        observed_at,
        first_seen_date,
        last_seen_date,
        document_raw,
        nif,
        is_nif_valid,
        legal_name_raw,
        {{ name_without_form('plain_name') }} as legal_name,
        {{ legal_form('plain_name') }} as legal_form,
        {{ normalise_street('street') }} as street,
        {{ street_type('street') }} as street_type,
        {{ normalise_street_number('street_number') }} as street_number,
        {{ street_letter('street_number') }} as street_letter,
        postcode,
        email,
        phone
    from checked
    where coalesce(nif, plain_name) is not null

)

select * from final
