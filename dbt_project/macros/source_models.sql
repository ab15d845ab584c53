{#- `fil contract docs` makes this file: which sources have a model `int_<source>__<kind>`. -#}
{% macro sources_with(kind) %}
    {{ return({
        'interactions': [
            'activitats_estiu',
            'atencions',
            'cita_previa',
            'iris',
            'llicencies_via_publica',
            'tramits',
            'tramits_hisenda',
        ],
        'mentions': [
            'activitats_estiu',
            'area_verda',
            'atencions',
            'bicing',
            'cita_previa',
            'consentiments',
            'contribuents',
            'iris',
            'llicencies_via_publica',
            'padro',
            'subscripcions',
            'tramits',
            'tramits_hisenda',
        ],
        'organisation_mentions': [
            'contribuents',
            'iris',
            'llicencies_via_publica',
            'subscripcions',
            'tramits',
            'tramits_hisenda',
        ],
    }[kind]) }}
{% endmacro %}
