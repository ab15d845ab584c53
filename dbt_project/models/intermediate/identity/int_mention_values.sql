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

),

-- Whoever fills in a child's form may put their own document on it: it is a parent's, and says nothing of the child.
of_parents as (

    select distinct children.mention_id
    from documented as children
    inner join documented as others
        on children.document = others.document and children.document_type = others.document_type
    where
        not children.is_register
        and children.is_document_valid
        and others.is_document_valid
        and children.birth_date + interval 18 year > children.observed_at
        and (
            others.birth_date + interval {{ var('youngest_parent') }} year < children.birth_date
            or (others.form_of = children.form_of and others.birth_date is null)
        )
        -- A parent of the child's name, or one whose own birth date is mistyped, is for a steward to tell.
        and jaro_winkler_similarity(
            {{ normalise_name('children.given_name') }}, {{ normalise_name('others.given_name') }}
        ) < 0.85

),

told as (

    select
        documented.* exclude (document, document_type, document_country, is_document_valid, is_document_repaired),
        if(of_parents.mention_id is null, documented.document, null) as document,
        if(of_parents.mention_id is null, documented.document_type, null) as document_type,
        if(of_parents.mention_id is null, documented.document_country, null) as document_country,
        documented.is_document_valid and of_parents.mention_id is null as is_document_valid,
        documented.is_document_repaired and of_parents.mention_id is null as is_document_repaired
    from documented
    left join of_parents on documented.mention_id = of_parents.mention_id

)

select *
from told
where coalesce(given_name, surname_1, surname_2, document, email, phone) is not null
