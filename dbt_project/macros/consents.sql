{#- A purpose in the hub's words. -#}
{% macro consent_purpose(column) -%}
    case {{ column }}
        when 'INTEGRACIO' then 'integration' when 'COMUNICACIONS' then 'communications' when 'ENQUESTES' then 'surveys'
    end
{%- endmacro %}

{#- Whether the row as a whole can't be trusted, so that any word on a consent in it counts as its withdrawal. -#}
{% macro is_untrusted_row() -%}
    _reason in ('repeated_field', 'unknown_field', 'bad_type', 'bad_encoding')
{%- endmacro %}

{% macro moment_or_null(column) -%}
    try_cast({{ column }} as timestamp)
{%- endmacro %}

{#- A text without characters that can't be seen. -#}
{% macro visible(column) -%}
    regexp_replace({{ column }}, '[\x00-\x1F\x7F\x{200B}-\x{200F}\x{2060}\x{FEFF}]', '', 'g')
{%- endmacro %}

{#- Who and when, as far as it can be read of a refused row of a source that carries consents. -#}
{% macro refused_row(source, moment) -%}
        md5('{{ source }}|' || _source_key) as record_id,
        '{{ source }}' as source,
        'quarantine of {{ source }} ' || _extract_date || ', line ' || _line_number as place,
        -- Whenever it was told, it had been told by the end of the extract's day; a moment long before is a mistake.
        if(
            cast({{ moment_or_null(moment) }} as date) between _extract_date - 400 and _extract_date,
            {{ moment_or_null(moment) }},
            cast(_extract_date + 1 as timestamp) - interval 1 microsecond
        ) as occurred_at,
        {{ comparable_document('document') }} as document_compact,
        {{ normalise_name('nom') }} as given_name,
        {{ normalise_name('cognom_1') }} as surname_1,
        try_cast(data_naixement as date) as birth_date,
        {{ normalise_email(visible('email')) }} as email,
        {{ normalise_phone('telefon') }} as phone,
        versio_text as consent_text_version
{%- endmacro %}
