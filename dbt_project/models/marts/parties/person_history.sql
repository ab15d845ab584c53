-- A period runs from the day on which a source shows a value to the day on which it shows another one; if a source
-- shows several values for one day, the last one is used.
with

candidates as (

    select * from {{ ref('int_attribute_candidates') }}

),

protected as (

    select * from {{ ref('int_protected_persons') }}

),

padro_states as (

    select * from {{ ref('int_padro_states') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

padro as (

    unpivot (
        select
            mention_id,
            shown_from,
            extract_date,
            line_number,
            name,
            birth_date,
            sex,
            nationality_code,
            address,
            household_id,
            residence,
            document
        from padro_states
    )
    on name, birth_date, sex, nationality_code, address, household_id, residence, document
    into name attribute value value

),

observed as (

    select
        mention_id,
        attribute,
        value,
        'padro' as source,
        shown_from,
        extract_date as told_on,
        line_number
    from padro
    union all by name
    select
        mention_id,
        attribute,
        value,
        source,
        cast(observed_at as date) as shown_from,
        cast(observed_at as date) as told_on,
        0 as line_number
    from candidates
    where source != 'padro' and attribute != 'birth_year' and observed_at is not null

),

linked as (

    select
        links.person_id,
        observed.*
    from observed
    inner join links on observed.mention_id = links.mention_id
    left join protected on links.person_id = protected.person_id
    where
        links.person_id is not null and {{ is_shown() }}
    qualify
        row_number() over (
            partition by links.person_id, observed.attribute, observed.source, observed.shown_from
            order by observed.told_on desc, observed.line_number desc, observed.mention_id asc, observed.value asc
        ) = 1

),

-- A period is a run of rows with one value; a row that differs from both neighbours is a period of its own.
ordered as (

    select
        *,
        not coalesce(value = lag(value) over in_time, false) as is_first,
        not coalesce(value = lead(value) over in_time, false) as is_last,
        lead(shown_from) over in_time as next_shown_from
    from linked
    window
        in_time as (
            partition by person_id, attribute, source
            order by shown_from
        )

),

-- Few values are repeated: only their rows are numbered and grouped.
numbered as (

    select
        *,
        sum(cast(is_first as integer)) over (
            partition by person_id, attribute, source
            order by shown_from
            rows unbounded preceding
        ) as span
    from ordered
    where not (is_first and is_last)

),

spans as (

    select
        person_id,
        attribute,
        min(value) as value,
        source,
        arg_max(mention_id, shown_from) as mention_id,
        min(shown_from) as valid_from,
        max(next_shown_from) filter (where is_last) as valid_to,
        max(told_on) as last_told_date
    from numbered
    group by person_id, attribute, source, span

),

final as (

    select
        person_id,
        attribute,
        value,
        source,
        mention_id,
        shown_from as valid_from,
        next_shown_from as valid_to,
        told_on as last_told_date
    from ordered
    where is_first and is_last
    union all
    select * from spans

)

select * from final
