-- The end of a subscription in a quarantined row applies, whatever the error. If the whole row is unreliable, it may be
-- an end. If its key can't be read, it ends the subscriptions to its service at its addresses.
with

source as (

    select * from {{ source('raw', 'subscripcions__subscripcions_quarantined') }}

),

typed as (

    select
        'quarantine of subscripcions ' || _extract_date || ', line ' || _line_number as place,
        md5('subscripcions|' || _source_key) as record_id,
        _extract_date as told_on,
        -- An unknown service may be any of them.
        if({{ segment_of_service('servei') }} is null, null, servei) as service,
        if(_source_key is null, {{ addresses_of_contacts() }}, cast([] as varchar[])) as addresses
    from source
    where estat is distinct from 'ALTA' or data_baixa is not null or {{ is_untrusted_row() }}

)

select * from typed
