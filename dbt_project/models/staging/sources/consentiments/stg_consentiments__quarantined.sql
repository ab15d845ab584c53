-- A withdrawal in a quarantined row applies, whatever the error. With an unknown purpose it applies to all purposes.
with

source as (

    select
        *,
        {{ words_with_documents('document', ['nom', 'cognom_1', 'cognom_2']) }} as _words_with_documents,
        {{ refused_row_first_told([
            'data_hora', 'finalitat', 'servei', 'estat', 'document', 'nom', 'cognom_1', 'data_naixement', 'email', 'telefon'
        ]) }} as _told_on
    from {{ source('raw', 'consentiments__esdeveniments_quarantined') }}

),

typed as (

    select
        {{ refused_row('consentiments', 'data_hora', addresses_of_contacts()) }},
        cast(null as varchar) as street,
        coalesce(atorgant = 'TUTOR', false) as is_by_guardian,
        origen as channel,
        -- An unknown service may be any of them.
        if(servei in ('OBRES', 'PREINSCRIPCIO', 'BUS', 'BUTLLETI'), servei, null) as service,
        {{ consent_purpose('finalitat') }} as purpose
    from source
    where {{ is_untrusted_row() }} or estat is distinct from 'DONAT'

)

select
    * exclude (purpose),
    if(purpose is null, ['integration', 'communications', 'surveys'], [purpose]) as refused_purposes
from typed
