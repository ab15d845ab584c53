-- Means of transport that other services know: a resident's parking permit shows a car, a subscription to the shared
-- bicycles a bicycle. Only of sources whose agreement allows this, and for the segments of works and buses alone.
with

distintius as (

    select * from {{ ref('stg_area_verda__distintius') }}

),

abonaments as (

    select * from {{ ref('stg_bicing__abonaments') }}

),

agreements as (

    select * from {{ ref('agreements') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

held as (

    select
        record_id,
        'area_verda' as source,
        'COTXE' as transport,
        valid_from,
        valid_to
    from distintius
    where ended_on is null
    union all
    select
        record_id,
        'bicing' as source,
        'BICICLETA' as transport,
        valid_from,
        valid_to
    from abonaments
    where status_code = 'ACTIU'

),

allowed as (

    select source
    from agreements
    where purpose = 'mobility' and is_in_force

),

final as (

    select
        person_links.person_id,
        held.source,
        held.transport,
        max(held.valid_from) as since
    from held
    semi join allowed on held.source = allowed.source
    inner join person_links on held.record_id = person_links.mention_id
    cross join business_day
    where
        business_day.business_date between held.valid_from and held.valid_to
        and person_links.person_id is not null
        and not person_links.is_doubted
    group by person_links.person_id, held.source, held.transport

)

select * from final
