-- A withdrawal is heard whatever else is wrong with its row; a consent in a refused row is none. Where the row as a
-- whole can't be trusted (a field told twice, damaged bytes), any word on a consent counts as its withdrawal.
with

source as (

    select
        *,
        {{ refused_row_first_told([
            'data_hora', 'consentiment_integracio', 'consentiment_comunicacions', 'document', 'nom', 'cognom_1',
            'data_naixement', 'email', 'telefon'
        ]) }} as _told_on
    from {{ source('raw', 'atencions__atencions_quarantined') }}

),

typed as (

    select
        {{ refused_row('atencions', 'data_hora') }},
        {{ normalise_street('adreca') }} as street,
        canal as channel,
        cast(null as varchar) as service,
        list_filter([
            case
                when
                    consentiment_integracio is not null
                    and ({{ is_untrusted_row() }} or consentiment_integracio != 'S')
                    then 'integration'
            end,
            case
                when
                    consentiment_comunicacions is not null
                    and ({{ is_untrusted_row() }} or consentiment_comunicacions != 'S')
                    then 'communications'
            end
        ], lambda purpose: purpose is not null) as refused_purposes
    from source

)

select * from typed
where len(refused_purposes) > 0
