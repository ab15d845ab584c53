{#- The legal form that a normalised name begins or ends with; null where it tells none. -#}
{% macro legal_form(name) -%}
    case
        {%- for form in var('legal_forms') %}
        when regexp_matches({{ name }}, '( ({{ form.words }})|^({{ form.words }}) .+)$') then '{{ form.form }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- A normalised name without its legal form, at its end or its beginning; a form alone stays as it is. -#}
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
    Whether a name as written is a company's or an entity's by itself: its legal form, at its end or its beginning, or
    behind its last comma. SA is a surname, too, and UTE a given name: bare, they are a form behind a comma alone.
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

{#- Whether a name as written is "COGNOMS, NOM": words and no number behind the comma, and no word of a company's. -#}
{% macro is_written_as_person(name) -%}
    {%- set last = normalise_text("regexp_replace(" ~ name ~ ", '^.*,', '', 's')") -%}
    coalesce(
        contains({{ name }}, ',')
        and not ({{ names_organisation(name) }})
        -- What is written in another alphabet is read as a name.
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
    Whether who bears a number and a name, as written, is a company or an entity; null where neither tells. A number of
    no CIF's form is a person's. One of that form may be a passport's, of many countries, and pass the control by chance
    as every tenth does: who is written "COGNOMS, NOM" is a person, who else would have neither card nor protection.
-#}
{% macro is_organisation(number, name) -%}
    case
        when regexp_matches({{ number }}, '[1-9]') and not {{ is_cif(number) }} then false
        when {{ names_organisation(name) }} then true
        when {{ is_cif(number) }} then not {{ is_written_as_person(name) }}
    end
{%- endmacro %}
