{#- What a segment's YAML declares under `meta`; dbt knows the graph only when it runs. -#}
{% macro segment_declaration(name) -%}
    {%- if execute -%}
        {{ return(graph.nodes['model.fil.segment_' ~ name].config.meta) }}
    {%- endif -%}
    {{ return({}) }}
{%- endmacro %}

{#- A list of a declaration as an SQL list. -#}
{% macro text_list(values) -%}
    [{% for value in values %}'{{ value }}'{{ ", " if not loop.last }}{% endfor %}]::varchar[]
{%- endmacro %}

{#- A number of a declaration, or null. -#}
{% macro number_or_null(value) -%}
    {{ 'null' if value is none else value }}
{%- endmacro %}

{#- A declaration as one row. -#}
{% macro declared_segment(name, meta) -%}
    {%- set ages, cap, repeats = meta.get('ages', {}), meta.get('cap', {}), meta.get('repeats', {}) -%}
    select
        '{{ name }}' as segment,
        '{{ meta.get("title", "") | replace("'", "''") }}' as title,
        '{{ meta.get("purpose", "") }}' as purpose,
        {{ text_list(meta.get('bases', [])) }} as bases,
        nullif('{{ meta.get("service", "") }}', '') as service,
        {{ text_list(meta.get('channels', [])) }} as channels,
        {{ text_list(meta.get('residents', [])) }} as resident_bases,
        '{{ meta.get("one_per", "person") }}' as one_per,
        {{ ages.get('from', 18) }} as age_from,
        cast({{ number_or_null(ages.get('to')) }} as integer) as age_to,
        cast({{ number_or_null(cap.get('messages')) }} as integer) as cap_messages,
        cast({{ number_or_null(cap.get('days')) }} as integer) as cap_days,
        cast({{ number_or_null(repeats.get('after_days')) }} as integer) as repeat_after_days,
        {{ repeats.get('across_topics', false) | lower }} as is_repeat_across_topics,
        {{ text_list(repeats.get('across_segments', [])) }} as repeat_segments,
        cast({{ number_or_null(meta.get('sample_share')) }} as double) as sample_share,
        cast({{ meta.get('least_confidence', 0) }} as double) as least_confidence,
        {{ meta.get('small_cell', 5) }} as small_cell,
        {{ text_list(meta.get('variables', [])) }} as variables,
        {{ meta.get('priority', 100) }} as priority
{%- endmacro %}

{#- The segment that writes to the subscribers of an information service. -#}
{% macro segment_of_service(service) -%}
    case {{ service }}
        when 'OBRES' then 'afectacions'
        when 'PREINSCRIPCIO' then 'preinscripcio'
        when 'BUS' then 'xarxa_bus'
        when 'BUTLLETI' then 'butlletins'
        when 'VOLUNTARIAT' then 'voluntariat_educatiu'
        when 'JOVENTUT' then 'informacio_juvenil'
        when 'PARTICIPACIO' then 'participacio'
    end
{%- endmacro %}

{#- The segments that declare `notices: true`, as an SQL list: they send nothing without a notice. -#}
{% macro notice_segments() -%}
    {%- set names = [] -%}
    {%- for name in var('segments') if segment_declaration(name).get('notices') -%}
        {%- set _ = names.append(name) -%}
    {%- endfor -%}
    {{ text_list(names) }}
{%- endmacro %}

{#- A count that may be shown, as `exports/gate/small_cells.py` has it: null if small, else the nearest multiple. -#}
{% macro shown_count(count, small_cell) -%}
    case
        when {{ count }} = 0 then 0
        when {{ count }} >= {{ small_cell }}
            then ({{ count }} + {{ small_cell }} // 2) // {{ small_cell }} * {{ small_cell }}
    end
{%- endmacro %}

{#- The topic of a subscription: each service has one column for it. -#}
{% macro subscription_topic(relation) -%}
    {%- set of = relation ~ '.' -%}
    coalesce(
        {{ of }}zone_code, {{ of }}bus_line, {{ of }}district_code, {{ of }}study_block, {{ of }}sector, {{ of }}interest,
        'RESERVAT'
    )
{%- endmacro %}

{#- The name on a message: the recipient's, or the family of the child that it is about, in the message's language. -#}
{% macro addressee_name() -%}
    case
        when addressee is distinct from 'family' then full_name
        when coalesce(request_language, reach_language) = 'es' then 'Familia de ' || child_name
        -- A vowel takes an apostrophe, but not the I of IAGO.
        when regexp_matches(strip_accents(child_name), '(?i)^([AEOU]|I[^AEOU])') then 'Família d''' || child_name
        else 'Família de ' || child_name
    end
{%- endmacro %}
