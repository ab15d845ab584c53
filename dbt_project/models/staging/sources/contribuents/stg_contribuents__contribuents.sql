with

source as (

    select * from {{ source('raw', 'contribuents__contribuents') }}

),

named as (

    {{ split_whole_name('source', 'cognoms_nom') }}

),

typed as (

    select
        md5('contribuents|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        case tipus_persona when 'F' then 'PERSON' when 'J' then 'COMPANY' else 'ENTITY' end as taxpayer_type,
        nif as document_raw,
        given_name,
        surname_1,
        surname_2,
        rao_social as legal_name,
        nullif(regexp_extract(domicili_fiscal, {{ cadastre_address() }}, 1), '') as street,
        nullif(regexp_extract(domicili_fiscal, {{ cadastre_address() }}, 2), '') as street_number,
        {{ normalise_postcode("regexp_extract(domicili_fiscal, " ~ cadastre_address() ~ ", 3)") }} as postcode,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        domiciliacio = 'S' as is_direct_debit,
        {{ padro_date('data_alta') }} as entered_on,
        {{ padro_date('data_baixa') }} as left_on
    from named

)

select * from typed
