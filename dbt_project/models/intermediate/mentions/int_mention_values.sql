-- Imports are not materialized: DuckDB would write a copy of eight million wide rows.
with

records as not materialized (

    select * from {{ ref('int_source_mentions') }}

),

documents as not materialized (

    select * from {{ ref('int_documents') }}

),

-- Records of minors with a valid document.
minors as (

    select
        records.mention_id,
        records.form_of,
        records.birth_date,
        documents.document,
        documents.document_type,
        {{ normalise_name('records.given_name') }} as given_name
    from records
    inner join documents
        on
            records.document_raw = documents.document_raw
            and coalesce(records.document_declared_type, 'NONE') = documents.declared_type
    where
        not records.is_register
        and documents.is_document_valid
        and records.birth_date + interval 18 year > records.observed_at

),

readings_of_minors as (

    select documents.*
    from documents
    semi join minors on documents.document = minors.document and documents.document_type = minors.document_type
    where documents.is_document_valid

),

-- All records with one of these documents.
bearers as (

    select
        records.form_of,
        records.birth_date,
        readings_of_minors.document,
        readings_of_minors.document_type,
        {{ normalise_name('records.given_name') }} as given_name
    from records
    inner join readings_of_minors
        on
            records.document_raw = readings_of_minors.document_raw
            and coalesce(records.document_declared_type, 'NONE') = readings_of_minors.declared_type

),

-- A parent who fills in a child's form may write their own document on it: it is not the child's.
of_parents as (

    select distinct minors.mention_id
    from minors
    inner join bearers on minors.document = bearers.document and minors.document_type = bearers.document_type
    where
        (
            bearers.birth_date + interval {{ var('youngest_parent') }} year < minors.birth_date
            or (bearers.form_of = minors.form_of and bearers.birth_date is null)
        )
        -- A steward decides about a parent with the child's name, or with a wrong birth date.
        and jaro_winkler_similarity(minors.given_name, bearers.given_name) < 0.85

),

documented as (

    select
        records.* exclude (document_country, document_declared_type) replace (
            {{ repair_text('records.given_name') }} as given_name,
            {{ repair_text('records.surname_1') }} as surname_1,
            {{ repair_text('records.surname_2') }} as surname_2,
            {{ repair_text('records.street') }} as street
        ),
        documents.document_type,
        documents.document,
        coalesce(documents.is_document_valid, false) as is_document_valid,
        coalesce(documents.is_document_repaired, false) as is_document_repaired,
        case
            when documents.document_type in ('DNI', 'NIE', 'NIF_K', 'NIF_L', 'NIF_M', 'CIF') then 'ES'
            when documents.document_type is not null then records.document_country
        end as document_country
    from records
    left join of_parents on records.mention_id = of_parents.mention_id
    left join documents
        on
            if(of_parents.mention_id is null, records.document_raw, null) = documents.document_raw
            and coalesce(records.document_declared_type, 'NONE') = documents.declared_type

),

final as (

    select *
    from documented
    where coalesce(given_name, surname_1, surname_2, document, email, phone) is not null

)

select * from final
