-- People recently entered in the Padró, and why. A later change hides the cause; then age decides if it was a birth.
with

inscriptions as (

    select * from {{ ref('int_padro_inscriptions') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

lately as (

    select
        inscriptions.record_id as mention_id,
        inscriptions.entered_date,
        inscriptions.variation_cause,
        inscriptions.variation_cause in ('AN', 'AC', 'AO', 'AR') as is_cause_of_entry,
        inscriptions.birth_date between inscriptions.entered_date - {{ var('newborn_days') }}
        and inscriptions.entered_date as is_newborn
    from inscriptions
    cross join business_day
    where
        inscriptions.entered_date between business_day.business_date - {{ var('entry_days') }} + 1
        and business_day.business_date

),

final as (

    select
        links.person_id,
        lately.mention_id,
        lately.entered_date,
        case
            when lately.variation_cause = 'AN' or (not lately.is_cause_of_entry and lately.is_newborn) then 'birth'
            when lately.variation_cause in ('AC', 'AO') then 'residence'
            when not lately.is_cause_of_entry then 'residence'
            else 'correction'
        end as entry
    from lately
    inner join links on lately.mention_id = links.mention_id
    where links.person_id is not null

)

select * from final
