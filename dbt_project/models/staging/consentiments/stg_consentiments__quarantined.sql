-- As with attentions: a withdrawal is heard whatever else is wrong with its row. One of an unknown purpose is of all.
with

source as (

    select * from {{ source('raw', 'consentiments__esdeveniments_quarantined') }}

),

typed as (

    select
        {{ refused_row('consentiments', 'data_hora') }},
        cast(null as varchar) as street,
        origen as channel,
        {{ consent_purpose('finalitat') }} as purpose
    from source
    where {{ is_untrusted_row() }} or estat is distinct from 'DONAT'

)

select
    * exclude (purpose),
    if(purpose is null, ['integration', 'communications', 'surveys'], [purpose]) as refused_purposes
from typed
