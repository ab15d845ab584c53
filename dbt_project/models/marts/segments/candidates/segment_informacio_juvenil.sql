with

requests as not materialized (

    select * from {{ ref('requests') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

asked as (

    select * from requests
    where segment = 'informacio_juvenil'

),

doubted as (

    select mention_id
    from person_links
    where is_doubted

),

readers as (

    select requests.*
    from requests
    -- The mention of a subscription is the record itself.
    anti join doubted on requests.request_id = doubted.mention_id
    where requests.segment = 'butlletins' and requests.topic = 'JOVES' and requests.is_active

),

final as (

    select
        topic,
        person_id,
        organisation_id,
        request_id,
        'request' as basis,
        'interest_declared' as reason,
        1 as preference
    from asked
    union all by name
    select distinct
        'GENERAL' as topic,
        person_id,
        null as request_id,
        'consent' as basis,
        'reads_of_it' as reason,
        2 as preference
    from readers
    where person_id is not null

)

select * from final
