with

records as (

    select * from {{ ref('int_source_mentions') }}

),

documents as (

    select * from {{ ref('int_documents') }}

),

documented as (

    select
        records.* exclude (document_country, document_declared_type),
        documents.document_type,
        documents.document,
        coalesce(documents.is_document_valid, false) as is_document_valid,
        coalesce(documents.is_document_repaired, false) as is_document_repaired,
        case
            when documents.document_type in ('DNI', 'NIE', 'NIF_K', 'NIF_L', 'NIF_M', 'CIF') then 'ES'
            when documents.document_type is not null then records.document_country
        end as document_country
    from records
    left join documents
        on
            records.document_raw = documents.document_raw
            and coalesce(records.document_declared_type, '') = documents.declared_type

)

select *
from documented
where coalesce(given_name, surname_1, surname_2, document, email, phone) is not null
