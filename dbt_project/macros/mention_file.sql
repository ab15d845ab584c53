{#-
    The rows of a file of mentions (`fil match`) in the shape of `int_source_mentions`. Texts that later models read
    stay unchanged; the macros of staging convert the rest. `registers` is a list of sources.
-#}
{% macro mentions_of_file(relation, registers) -%}
with

repaired as (

    select
        * replace (
            {{ repair_number('street_number') }} as street_number,
            {{ repair_number('birth_date') }} as birth_date,
            {{ repair_number('sex') }} as sex,
            {{ repair_text('email') }} as email
        )
    from {{ relation }}

),

typed as (

    select
        *,
        {{ written_date('birth_date') }} as born_on,
        coalesce(source, '') as of_source
    from repaired

)

select
    md5(record_id) as mention_id,
    of_source as source,
    of_source as standing,
    record_id as source_key,
    list_contains({{ registers }}, of_source) as is_register,
    cast(null as timestamp) as observed_at,
    cast(null as date) as first_seen_date,
    cast(null as date) as last_seen_date,
    list_contains({{ registers }}, of_source) as is_live,
    if(list_contains({{ registers }}, of_source), of_source, null) as entry_of,
    cast(null as varchar) as form_of,
    cast(null as date) as born_from,
    cast(null as date) as born_until,
    false as is_deceased,
    document as document_raw,
    -- A document from another country can only be a passport.
    if(upper(document_country) not in ('ES', 'ESP'), 'PASSPORT', null) as document_declared_type,
    upper(document_country) as document_country,
    given_name,
    surname_1,
    surname_2,
    if(year(born_on) between 1200 and 2100, born_on, null) as birth_date,
    cast(year(born_on) as integer) as birth_year,
    case
        when upper(sex) in ('M', 'H', '1', 'MALE', 'HOME', 'HOMBRE', 'MAN') then 'M'
        when upper(sex) in ('F', 'D', '6', 'FEMALE', 'DONA', 'MUJER', 'WOMAN') then 'F'
    end as sex,
    street,
    street_number,
    {{ comparable_postcode('postcode') }} as postcode,
    {{ normalise_email('email') }} as email,
    {{ comparable_phone('phone') }} as phone
from typed
{%- endmacro %}
