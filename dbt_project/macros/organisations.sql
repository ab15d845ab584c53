{#- The legal form that a normalised name begins or ends with; null if it has none. -#}
{% macro legal_form(name) -%}
    case
        {%- for form in var('legal_forms') %}
        when regexp_matches({{ name }}, '( ({{ form.words }})|^({{ form.words }}) .+)$') then '{{ form.form }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- A normalised name without its legal form at the end or the beginning; a name with only a form keeps it. -#}
{% macro name_without_form(name) -%}
    {%- set words = var('legal_forms') | map(attribute='words') | join('|') -%}
    coalesce(
        nullif(trim(regexp_replace(
            regexp_replace({{ name }}, ' ({{ words }})$', ''), '^({{ words }}) (DE LA |DE LES |DELS |DEL |DE |D |L )?', ''
        )), ''),
        {{ name }}
    )
{%- endmacro %}

{#-
    Whether a name as written has a legal form at its end or beginning or after its last comma, so is a company's or an
    entity's. SA is also a surname and UTE a given name: SA is a form only after a comma, UTE only with an ending.
-#}
{% macro names_organisation(name) -%}
    {%- set forms = var('legal_forms') | map(attribute='words') | join('|') -%}
    {%- set sure = forms.split('|') | reject('in', ['SA', 'UTE']) | join('|') -%}
    {%- set last = normalise_text("regexp_replace(" ~ name ~ ", '^.*,', '', 's')") -%}
    coalesce(
        regexp_matches({{ normalise_text(name) }}, ' ({{ sure }}|{{ var("entity_endings") }})$|^({{ sure }}) .'),
        false
    )
    or coalesce(
        contains({{ name }}, ',')
        and regexp_full_match({{ last }}, '({{ forms }})( ({{ var("entity_endings") }}))?')
        and {{ last }} != 'UTE',
        false
    )
{%- endmacro %}

{#- Whether a name as written is "COGNOMS, NOM": only words after the comma, and no word of companies' names. -#}
{% macro is_written_as_person(name) -%}
    {%- set last = normalise_text("regexp_replace(" ~ name ~ ", '^.*,', '', 's')") -%}
    coalesce(
        contains({{ name }}, ',')
        and not ({{ names_organisation(name) }})
        -- A text in another alphabet after the comma is a given name.
        and coalesce(
            regexp_full_match({{ last }}, '[A-Z]+( [A-Z]+){0,4}')
            and not regexp_full_match({{ last }}, 'EL|LA|LOS|LAS|ELS|LES|L')
            and not regexp_matches({{ normalise_text(name) }}, '(^| )({{ var("entity_words") }})( |$)')
            and not regexp_matches({{ last }}, ' (I|Y) '),
            trim(regexp_replace({{ name }}, '^.*,', '', 's')) != ''
        ),
        false
    )
{%- endmacro %}

{#-
    Whether a number and a name, as written, are a company's or an entity's; null if neither decides. A number without
    the form of a CIF is a person's. Passports of many countries have this form, and one in ten passes its control. So
    "COGNOMS, NOM" is a person, who otherwise would have neither card nor protection.
-#}
{% macro is_organisation(number, name) -%}
    case
        when regexp_matches({{ number }}, '[1-9]') and not {{ is_cif(number) }} then false
        when {{ names_organisation(name) }} then true
        when {{ is_cif(number) }} then not {{ is_written_as_person(name) }}
    end
{%- endmacro %}
