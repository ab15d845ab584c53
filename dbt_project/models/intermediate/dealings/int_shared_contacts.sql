with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

named as (

    select
        'email' as kind,
        email as value,
        {{ normalise_name("concat_ws(' ', given_name, surname_1)") }} as name
    from mentions
    where email is not null
    union all
    select
        'phone' as kind,
        phone as value,
        {{ normalise_name("concat_ws(' ', given_name, surname_1)") }} as name
    from mentions
    where phone is not null

),

final as (

    select
        kind,
        value,
        count(distinct name) as distinct_names,
        count(distinct name) > {{ var('shared_contact_max_names') }}
        or (kind = 'email' and {{ is_office_email('value') }}) as is_shared
    from named
    group by kind, value

)

select * from final
