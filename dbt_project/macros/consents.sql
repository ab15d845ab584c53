{#- The hub's name of a purpose. -#}
{% macro consent_purpose(column) -%}
    case {{ column }}
        when 'INTEGRACIO' then 'integration' when 'COMUNICACIONS' then 'communications' when 'ENQUESTES' then 'surveys'
    end
{%- endmacro %}

{#- The consent that a purpose needs, by `purposes` in dbt_project.yml. -#}
{% macro consent_of(purpose) -%}
    case {{ purpose }}
        {%- for one in var('purposes') %} when '{{ one.purpose }}' then '{{ one.consent }}'{% endfor %}
    end
{%- endmacro %}

{#- The consents of the purposes for which messages are sent, as a list. -#}
{% macro consents_to_messages() -%}
    [{% for one in var('purposes') if one.is_message %}'{{ one.consent }}'{{ ", " if not loop.last }}{% endfor %}]
{%- endmacro %}

{#- Whether the whole row is unreliable, so that any value in one of its consent columns is a withdrawal. -#}
{% macro is_untrusted_row() -%}
    _reason in ('repeated_field', 'unknown_field', 'bad_type', 'bad_encoding', 'bad_json', 'bad_field_count')
{%- endmacro %}

{% macro moment_or_null(column) -%}
    try_cast({{ column }} as timestamp)
{%- endmacro %}

{#- A text without invisible characters. -#}
{% macro visible(column) -%}
    regexp_replace({{ column }}, '[\x00-\x1F\x7F\x{AD}\x{200B}-\x{200F}\x{2060}\x{FEFF}]', '', 'g')
{%- endmacro %}

{#- The last instant of a day. -#}
{% macro end_of_day(day) -%}
    cast({{ day }} + 1 as timestamp) - interval 1 microsecond
{%- endmacro %}

{#- Whether a local time is in the hour that comes twice on the last Sunday of October. -#}
{% macro is_in_doubled_hour(moment) -%}
    (month({{ moment }}) = 10 and day({{ moment }}) >= 25 and dayofweek({{ moment }}) = 0 and hour({{ moment }}) = 2)
{%- endmacro %}

{#-
    Moment from which a consent takes effect. In the doubled hour the order is unknown: the consent is put first, at
    the beginning of the hour. It is never later than the day of the first extract that has it.
-#}
{% macro yes_counts_from(moment, told_on) -%}
    least(
        if({{ is_in_doubled_hour(moment) }}, date_trunc('hour', {{ moment }}), {{ moment }}), {{ end_of_day(told_on) }}
    )
{%- endmacro %}

{#-
    Moment from which a refusal takes effect. If the extract before should already have had it, the clock is wrong or
    the row is late: it takes effect at the end of the day of the first extract that has it.
-#}
{% macro no_counts_from(moment, told_on, previous) -%}
    case
        when coalesce(cast({{ moment }} as date) <= {{ previous }}, {{ moment }} is null) then {{ end_of_day(told_on) }}
        when {{ is_in_doubled_hour(moment) }}
            then date_trunc('hour', {{ moment }}) + interval 1 hour - interval 1 microsecond
        else {{ moment }}
    end
{%- endmacro %}

{#-
    Date of the first extract with a quarantined row that has these values: the same row in later extracts is no new
    decision. Without a key, each row is separate.
-#}
{% macro refused_row_first_told(columns) -%}
    if(
        _source_key is null,
        _extract_date,
        min(_extract_date) over (partition by _source_key, {{ columns | join(', ') }})
    )
{%- endmacro %}

{#- Person and moment, as far as readable, of a quarantined row of a source with consents; needs `_told_on` and
    `_words_with_documents`. -#}
{% macro refused_row(source, moment, addresses) -%}
        md5('{{ source }}|' || _source_key) as record_id,
        '{{ source }}' as source,
        'quarantine of {{ source }} ' || _extract_date || ', line ' || _line_number as place,
        _told_on as told_on,
        -- It happened by the end of the extract's day; a moment more than 400 days before is a mistake.
        if(
            cast({{ moment_or_null(moment) }} as date) between _told_on - 400 and _told_on,
            {{ moment_or_null(moment) }},
            {{ end_of_day('_told_on') }}
        ) as occurred_at,
        {{ documents_meant('_words_with_documents') }} as documents,
        {{ readable_name('nom') }} as given_name,
        {{ readable_name('cognom_1') }} as surname_1,
        {{ readable_name('cognom_2') }} as surname_2,
        {{ written_date(visible('data_naixement')) }} as birth_date,
        {{ normalise_email(visible('email')) }} as email,
        {{ normalise_phone('telefon') }} as phone,
        {{ addresses }} as addresses,
        {{ names_nobody() }} as is_nobody_named,
        versio_text as consent_text_version
{%- endmacro %}

{#- A name of a quarantined row as mentions have it. -#}
{% macro readable_name(column) -%}
    list_transform([{{ repair_text(visible(column)) }}], lambda name: {{ normalise_name('name') }})[1]
{%- endmacro %}

{#- Whether a row has neither a name nor a document, so that its addresses alone say who it is about. -#}
{% macro names_nobody() -%}
    coalesce(document, nom, cognom_1, cognom_2) is null
{%- endmacro %}

{#- Every address that the contacts of a row may mean. -#}
{% macro addresses_of_contacts() -%}
    list_distinct(list_concat({{ addresses_meant('email') }}, {{ addresses_meant('telefon') }}))
{%- endmacro %}

{#- The same of an attention; if it says nothing else of its person, the number that the call came from. -#}
{% macro addresses_of_attention() -%}
    if(
        {{ names_nobody() }} and coalesce(email, telefon) is null,
        {{ addresses_meant('telefon_origen') }},
        {{ addresses_of_contacts() }}
    )
{%- endmacro %}
