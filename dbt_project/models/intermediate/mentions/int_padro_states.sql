-- What the Padró said of an inscription from a day on: both last full registers and every variation that was delivered.
with

documents as (

    select * from {{ ref('int_documents') }}

),

countries as (

    select * from {{ ref('ine_countries') }}

),

habitants_previous as (

    select * from {{ ref('stg_padro__habitants_previous') }}

),

habitants as (

    select * from {{ ref('stg_padro__habitants') }}

),

variacions as (

    select * from {{ ref('stg_padro_variacions__variacions') }}

),

told as (

    select
        *,
        0 as line_number,
        coalesce(variation_date, entered_date, extract_date) as shown_from
    from habitants_previous
    union all by name
    select
        *,
        0 as line_number,
        coalesce(variation_date, entered_date, extract_date) as shown_from
    from habitants
    union all by name
    select
        *,
        coalesce(variation_date, extract_date) as shown_from
    from variacions

),

final as (

    select
        told.record_id as mention_id,
        told.shown_from,
        told.extract_date,
        told.line_number,
        nullif(concat_ws(' ', told.given_name, told.surname_1, told.surname_2), '') as name,
        cast(told.birth_date as varchar) as birth_date,
        told.sex,
        told.nationality_code,
        nullif(concat_ws(' ', told.street, told.street_number, told.dwelling, told.postcode), '') as address,
        told.household_id,
        case when told.is_deceased then 'deceased' when told.is_live then 'resident' else 'left' end as residence,
        if(
            told.document_raw is null, null,
            concat_ws(
                ' ',
                coalesce(documents.document_type, told.document_declared_type),
                if(coalesce(documents.document_type, told.document_declared_type) = 'PASSPORT', countries.iso2, 'ES'),
                coalesce(documents.document, told.document_raw)
            )
        ) as document
    from told
    left join documents
        on
            told.document_raw = documents.document_raw
            and coalesce(told.document_declared_type, 'NONE') = documents.declared_type
    left join countries on told.nationality_code = countries.ine_code

)

select * from final
