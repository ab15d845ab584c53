-- A withdrawal in a quarantined row applies, whatever the error; a consent does not. If the whole row is unreliable (a
-- repeated field, damaged bytes), any value in a consent column is a withdrawal.
with

source as (

    select
        *,
        {{ words_with_documents('document', ['nom', 'cognom_1', 'cognom_2']) }} as _words_with_documents,
        {{ refused_row_first_told([
            'data_hora', 'consentiment_integracio', 'consentiment_comunicacions', 'consentiment_enquestes', 'document',
            'nom', 'cognom_1', 'data_naixement', 'email', 'telefon'
        ]) }} as _told_on
    from {{ source('raw', 'atencions__atencions_quarantined') }}

),

typed as (

    select
        {{ refused_row('atencions', 'data_hora', addresses_of_attention()) }},
        {{ normalise_street('adreca') }} as street,
        canal as channel,
        cast(null as varchar) as service,
        list_filter([
            {% for column, purpose in [
                ('consentiment_integracio', 'integration'),
                ('consentiment_comunicacions', 'communications'),
                ('consentiment_enquestes', 'surveys')
            ] %}
                case
                    when {{ column }} is not null and ({{ is_untrusted_row() }} or {{ column }} != 'S')
                        then '{{ purpose }}'
                end{{ "," if not loop.last }}
            {% endfor %}
        ], lambda purpose: purpose is not null) as refused_purposes
    from source

)

select * from typed
where len(refused_purposes) > 0
