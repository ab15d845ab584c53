with

source as (

    select * from {{ source('raw', 'objectes_tributaris__objectes') }}

),

typed as (

    select
        md5('objectes_tributaris|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        impost as tax,
        referencia as reference,
        md5('contribuents|' || codi_contribuent) as taxpayer_record_id,
        codi_contribuent as taxpayer_key,
        case dret
            when 'PR' then 'OWNERSHIP'
            when 'NP' then 'BARE_OWNERSHIP'
            when 'US' then 'USUFRUCT'
            when 'CA' then 'CONCESSION'
        end as holding_right,
        try_cast(replace(percentatge, ',', '.') as decimal(5, 2)) as share_percent,
        case us
            when 'V' then 'DWELLING'
            when 'A' then 'STORAGE'
            when 'C' then 'COMMERCE'
            when 'O' then 'OFFICE'
            when 'I' then 'INDUSTRY'
        end as property_use,
        try_cast(valor_cadastral as bigint) as cadastral_value_eur,
        try_cast(any_valor as integer) as value_year,
        try_cast(superficie as integer) as surface_m2,
        case classe when 'T' then 'CAR' when 'M' then 'MOTORCYCLE' when 'C' then 'LORRY' end as vehicle_class,
        try_cast(replace(cvf, ',', '.') as decimal(6, 2)) as fiscal_horsepower,
        distintiu as environmental_label,
        {{ padro_date('data_matriculacio') }} as registered_on,
        try_cast(bonificacio as integer) as reduction_percent
    from source

)

select * from typed
