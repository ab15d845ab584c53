{#-
    What a channel's records say of a person. Whether what was left there is contact data of theirs is for the rules of
    survivorship to say.
    `seen` is when the record was made, `until` when it was last heard of, `columns` what else it tells. Nobody is born
    after they were seen, nor later than `youngest` years before; a child's form is of somebody not older than `oldest`.
    An entry is of who the record is about, not of who speaks for them.
-#}
{% macro mention_in_channel(
    source, relation, seen, until=none, columns=[], where='true', youngest=0, oldest=none, gives_contact='true',
    is_entry=true, is_seen=true
) -%}
    select
        record_id as mention_id,
        '{{ source }}' as source,
        '{{ source }}' as standing,
        source_key,
        false as is_register,
        cast(coalesce({{ seen }}, extract_date) as timestamp) as observed_at,
        cast(coalesce({{ seen }}, extract_date) as date) as first_seen_date,
        cast(coalesce({{ until or seen }}, extract_date) as date) as last_seen_date,
        {%- if is_seen %}
        cast({{ seen }} - interval {{ youngest }} year as date) as born_until,
        {%- endif %}
        {%- if oldest %}
        cast({{ seen }} - interval {{ oldest }} year as date) as born_from,
        {%- endif %}
        false as is_live,
        {%- if is_entry %}
        '{{ source }}' as entry_of,
        {%- endif %}
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        {{ gives_contact }} as gives_contact
    from {{ relation }}
    where {{ where }}
{%- endmacro %}

{#- What a channel's records say of a company or an entity. -#}
{% macro organisation_in_channel(
    source, relation, seen, name, document='document_raw', until=none, columns=[], where='true'
) -%}
    select
        record_id as mention_id,
        '{{ source }}' as source,
        source_key,
        false as is_register,
        cast(coalesce({{ seen }}, extract_date) as timestamp) as observed_at,
        cast(coalesce({{ seen }}, extract_date) as date) as first_seen_date,
        cast(coalesce({{ until or seen }}, extract_date) as date) as last_seen_date,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        {{ document }} as document_raw,
        {{ name }} as legal_name_raw
    from {{ relation }}
    where {{ where }}
{%- endmacro %}
