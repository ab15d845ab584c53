with

source as (

    select * from {{ source('raw', 'iris__fitxes') }}

),

types as (

    select * from {{ ref('iris_types') }}

),

typed as (

    select
        md5('iris|' || source._source_key) as record_id,
        source._source_key as source_key,
        source._extract_date as extract_date,
        source.codi_iris as card_code,
        types.card_type,
        source.area,
        source.element,
        source.detall as detail,
        {{ iris_date('source.', 'alta') }} as opened_on,
        {{ iris_date('source.', 'tancament') }} as closed_on,
        source.codi_districte as district_code,
        source.codi_barri as barri_code,
        source.suport as channel_code,
        source.estat as status_code,
        source.sollicitant = 'C' as is_citizen,
        source.sollicitant = 'E' as is_organisation,
        case source.tipus_document when '0' then 'DNI' when '1' then 'NIE' when '2' then 'PASSPORT' end
            as document_declared_type,
        source.document as document_raw,
        source.rao_social as legal_name,
        source.cif as organisation_document_raw,
        source.nom as given_name,
        source.cognom_1 as surname_1,
        source.cognom_2 as surname_2,
        try_cast(source.any_naixement as integer) as birth_year,
        case source.sexe when 'm' then 'M' when 'f' then 'F' end as sex,
        source.idioma as language,
        source.carrer_resposta as street,
        source.numero_resposta as street_number,
        {{ normalise_postcode('source.codi_postal_resposta') }} as postcode,
        {{ normalise_email('source.email') }} as email,
        coalesce({{ normalise_phone('source.mobil') }}, {{ normalise_phone('source.telefon') }}) as phone
    from source
    left join types on source.tipus = types.label

)

select * from typed
