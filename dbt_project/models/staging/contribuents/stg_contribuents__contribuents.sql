with

source as (

    select * from {{ source('raw', 'contribuents__contribuents') }}

),

named as (

    -- "COGNOMS, NOM", or all in one where a given name can only be what is left after two surnames.
    select
        *,
        contains(cognoms_nom, ',') as has_comma,
        regexp_replace(trim(split_part(cognoms_nom, ',', 1)), ' +', ' ', 'g') as before_comma,
        nullif(trim(split_part(cognoms_nom, ',', 2)), '') as after_comma
    from source

),

first_split as (

    select
        *,
        {{ first_surname('before_comma') }} as first_part,
        trim(substr(before_comma, length({{ first_surname('before_comma') }}) + 1)) as after_first
    from named

),

second_split as (

    select
        *,
        case when has_comma then after_first when contains(after_first, ' ') then {{ first_surname('after_first') }} end
            as second_part
    from first_split

),

typed as (

    select
        md5('contribuents|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        case tipus_persona when 'F' then 'PERSON' when 'J' then 'COMPANY' else 'ENTITY' end as taxpayer_type,
        nif as document_raw,
        if(has_comma, after_comma, nullif(trim(substr(after_first, length(coalesce(second_part, '')) + 1)), ''))
            as given_name,
        nullif(first_part, '') as surname_1,
        nullif(second_part, '') as surname_2,
        rao_social as legal_name,
        nullif(regexp_extract(domicili_fiscal, {{ cadastre_address() }}, 1), '') as street,
        nullif(regexp_extract(domicili_fiscal, {{ cadastre_address() }}, 2), '') as street_number,
        {{ normalise_postcode("regexp_extract(domicili_fiscal, " ~ cadastre_address() ~ ", 3)") }} as postcode,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        domiciliacio = 'S' as is_direct_debit,
        representant_nif as representative_document_raw,
        representant_nom as representative_name,
        {{ padro_date('data_alta') }} as entered_on,
        {{ padro_date('data_baixa') }} as left_on
    from second_split

)

select * from typed
