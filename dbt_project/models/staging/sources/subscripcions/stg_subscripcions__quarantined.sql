-- The end of a subscription in a quarantined row applies, whatever the error. If the whole row is unreliable, it may be
-- an end.
with

source as (

    select * from {{ source('raw', 'subscripcions__subscripcions_quarantined') }}

),

typed as (

    select
        'quarantine of subscripcions ' || _extract_date || ', line ' || _line_number as place,
        md5('subscripcions|' || _source_key) as record_id,
        _extract_date as told_on
    from source
    where estat is distinct from 'ALTA' or data_baixa is not null or {{ is_untrusted_row() }}

)

select * from typed
