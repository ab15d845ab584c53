-- What the Padró shows of each inscription, and from which day: the last two full registers and all variations.
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

states as (

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
        states.record_id as mention_id,
        states.shown_from,
        states.extract_date,
        states.line_number,
        nullif(concat_ws(' ', states.given_name, states.surname_1, states.surname_2), '') as name,
        cast(states.birth_date as varchar) as birth_date,
        states.sex,
        states.nationality_code,
        nullif(concat_ws(' ', states.street, states.street_number, states.dwelling, states.postcode), '') as address,
        states.household_id,
        case when states.is_deceased then 'deceased' when states.is_live then 'resident' else 'left' end as residence,
        if(
            states.document_raw is null, null,
            concat_ws(
                ' ',
                coalesce(documents.document_type, states.document_declared_type),
                if(coalesce(documents.document_type, states.document_declared_type) = 'PASSPORT', countries.iso2, 'ES'),
                coalesce(documents.document, states.document_raw)
            )
        ) as document
    from states
    left join documents
        on
            states.document_raw = documents.document_raw
            and coalesce(states.document_declared_type, 'NONE') = documents.declared_type
    left join countries on states.nationality_code = countries.ine_code

)

select * from final
