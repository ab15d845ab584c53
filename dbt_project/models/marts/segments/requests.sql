-- Requests, and whether they ended. Refusals after a request are not applied here but in the funnel.
with

subscriptions as (

    select * from {{ ref('subscriptions') }}

),

forms as (

    select * from {{ ref('enquiry_forms') }}

),

draw_results as (

    select * from {{ ref('draw_results') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

protected as (

    select * from {{ ref('int_protected_mentions') }}

),

all_atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

atencions as (

    select * from all_atencions
    where is_information_promised

),

requests as (

    select
        subscription_id as request_id,
        'subscription' as kind,
        {{ segment_of_service('service') }} as segment,
        topic,
        person_id,
        organisation_id,
        cast(null as varchar) as about_person_id,
        channel,
        address,
        language,
        transport,
        cast(null as varchar) as reference,
        cast(subscribed_on as timestamp) as asked_at,
        is_active,
        unsubscribed_on
    from subscriptions
    union all by name
    -- The reference has the attention, so that the form can be filled in with its data.
    select
        md5('promise|' || atencions.record_id) as request_id,
        'promise' as kind,
        'seguiment_atencio' as segment,
        forms.procedure as topic,
        links.person_id,
        if(atencions.email is null, 'SMS', 'EMAIL') as channel,
        {{ unless_protected('coalesce(atencions.email, atencions.phone)', 'address', 'protected.mention_id') }},
        atencions.language,
        forms.form_code || '-' || atencions.source_key as reference,
        atencions.occurred_at as asked_at,
        true as is_active
    from atencions
    inner join forms on atencions.service = forms.procedure
    left join links on atencions.record_id = links.mention_id
    left join protected on atencions.record_id = protected.mention_id
    union all by name
    select
        md5('application|' || application_id) as request_id,
        'application' as kind,
        'campus_olimpia' as segment,
        if(result = 'drawn', 'ADMESOS', 'ESPERA') || '-' || season as topic,
        guardian_person_id as person_id,
        child_person_id as about_person_id,
        if(email is null, 'SMS', 'EMAIL') as channel,
        coalesce(email, phone) as address,
        application_number as reference,
        cast(applied_on as timestamp) as asked_at,
        true as is_active
    from draw_results

),

final as (

    select *
    from requests
    where
        coalesce(person_id, organisation_id) is not null
        -- The topic would show where a protected person lives.
        and topic != 'RESERVAT'

)

select * from final
