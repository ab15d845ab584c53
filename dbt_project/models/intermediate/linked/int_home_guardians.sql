-- The Padró has no parents. Adults of a minor's home who are or may be the parents, by surnames and ages.
with

persons as (

    select * from {{ ref('persons') }}

),

households as (

    select * from {{ ref('households') }}

),

gendered_surnames as (

    select * from {{ ref('gendered_surnames') }}

),

-- A residence, a convent or a shelter is one household of the Padró, but not a family.
members as (

    select
        persons.person_id,
        persons.household_id,
        persons.birth_year,
        persons.sex,
        persons.is_minor,
        -- The same for two inscriptions of one person that linking left apart.
        concat_ws('|', {{ normalise_name('persons.given_name') }}, persons.birth_year) as who,
        {{ normalise_name('persons.surname_1') }} as surname_1,
        {{ normalise_name('persons.surname_2') }} as surname_2,
        replace({{ normalise_text('persons.surname_1') }}, ' ', '') as joined_1,
        replace({{ normalise_text('persons.surname_2') }}, ' ', '') as joined_2
    from persons
    inner join households on persons.household_id = households.household_id
    where
        persons.is_resident
        and households.minor_count > 0
        and households.member_count <= {{ var('largest_home') }}

),

-- A whole surname without its particles, and as one word: EL AMRANI is ELAMRANI.
whole_surnames as (

    select
        person_id,
        sex,
        1 as place,
        unnest(list_distinct([surname_1, joined_1])) as surname
    from members
    where surname_1 is not null
    union all
    select
        person_id,
        sex,
        2 as place,
        unnest(list_distinct([surname_2, joined_2])) as surname
    from members
    where surname_2 is not null

),

-- The words of a compound surname, which may be two surnames in one field.
surname_words as (

    select
        person_id,
        sex,
        0 as place,
        unnest(string_split(surname, ' ')) as surname
    from whole_surnames
    where contains(surname, ' ')

),

all_surnames as (

    select * from whole_surnames
    where surname is not null
    union all
    select * from surname_words
    -- Shorter words and these are parts of a name that many families have.
    where length(surname) >= 3 and surname not in ('ABU', 'AIT', 'BEN', 'BIN', 'BINT', 'MAC', 'OULD', 'SAN', 'SANTA')

),

womens_surnames as (

    select distinct surname from all_surnames
    where sex = 'F'

),

-- The other forms that a woman's surname may have in her family: the seed alone decides them.
mens_forms as (

    select
        womens_surnames.surname,
        left(
            womens_surnames.surname, length(womens_surnames.surname) - length(gendered_surnames.feminine_ending)
        ) || coalesce(gendered_surnames.masculine_ending, '') as mens_form
    from womens_surnames
    inner join gendered_surnames
        on
            ends_with(womens_surnames.surname, gendered_surnames.feminine_ending)
            and if(
                gendered_surnames.is_whole_name,
                womens_surnames.surname = gendered_surnames.feminine_ending,
                length(womens_surnames.surname) >= length(gendered_surnames.feminine_ending) + 3
            )

),

forms as (

    select
        person_id,
        place,
        true as is_written,
        surname as form
    from all_surnames
    union
    select
        all_surnames.person_id,
        all_surnames.place,
        false as is_written,
        mens_forms.mens_form as form
    from all_surnames
    inner join mens_forms on all_surnames.surname = mens_forms.surname
    where all_surnames.sex = 'F'

),

pairs as (

    select
        minors.person_id as minor_id,
        adults.person_id as adult_id,
        minors.household_id,
        adults.surname_2 is null as has_one_surname,
        minors.surname_2 is null and adults.surname_2 is null as have_one_surname,
        adults.surname_1 || '|' || adults.surname_2 as both_surnames,
        concat_ws('|', adults.surname_1, adults.surname_2, adults.who) as adult,
        adults.birth_year as adult_birth_year,
        minors.birth_year - adults.birth_year as years
    from members as minors
    inner join members as adults on minors.household_id = adults.household_id
    where
        minors.is_minor
        and not adults.is_minor
        and minors.birth_year - adults.birth_year between {{ var('youngest_likely_parent') }}
        and {{ var('oldest_likely_parent') }}

),

shared as (

    select
        pairs.minor_id,
        pairs.adult_id,
        -- The minor's surnames that the adult has.
        list_sort(list_distinct(list(minor_forms.place))) as places,
        bool_or(
            minor_forms.place > 0
            and adult_forms.place = 1
            -- Who has two surnames is mostly named as in Spain, where MARIN and MARINA are two families.
            and ((minor_forms.is_written and adult_forms.is_written) or pairs.has_one_surname)
        ) as is_first_shared,
        bool_or(minor_forms.place = 1 and adult_forms.place = 1)
        and (pairs.have_one_surname or bool_or(minor_forms.place = 2 and adult_forms.place = 2)) as is_namesake
    from pairs
    inner join forms as minor_forms on pairs.minor_id = minor_forms.person_id
    inner join forms as adult_forms
        on pairs.adult_id = adult_forms.person_id and nullif(minor_forms.form, '') = adult_forms.form
    group by pairs.minor_id, pairs.adult_id, pairs.has_one_surname, pairs.have_one_surname

),

compared as (

    select
        pairs.*,
        shared.places,
        shared.adult_id is not null as is_shared,
        coalesce(shared.is_first_shared, false) as is_first_shared,
        coalesce(shared.is_namesake, false) as is_namesake
    from pairs
    left join shared on pairs.minor_id = shared.minor_id and pairs.adult_id = shared.adult_id

),

-- An adult may be a brother or a sister (or an aunt) if somebody in the home is old enough to be the parent of both and
-- has the same surnames in common with the minor, or the adult has the minor's own surnames; a family with one surname
-- may have a parent with another. If the older one may also be a grandparent, either of the two may be the parent.
elders as (

    select
        youngers.minor_id,
        youngers.adult_id,
        others.adult_id as elder_id,
        others.years <= {{ var('oldest_usual_parent') }} or youngers.years < {{ var('youngest_usual_parent') }}
            as is_parent_of_both,
        others.is_shared
    from compared as youngers
    inner join compared as others
        on
            youngers.minor_id = others.minor_id
            and youngers.adult_birth_year - others.adult_birth_year >= {{ var('youngest_parent') }}
    where
        list_has_all(others.places, youngers.places)
        or (youngers.is_namesake and (others.is_shared or youngers.have_one_surname))

),

siblings as (

    select distinct
        minor_id,
        adult_id
    from elders
    where is_parent_of_both

),

of_two_generations as (

    select
        minor_id,
        adult_id
    from elders
    where not is_parent_of_both and is_shared
    union
    select
        minor_id,
        elder_id as adult_id
    from elders
    where not is_parent_of_both and is_shared

),

possible as (

    select
        compared.*,
        of_two_generations.adult_id is not null as is_of_two_generations,
        -- Two adults with the same two surnames are brothers or sisters: at most one of them is a parent.
        compared.both_surnames is not null
        and count(distinct compared.adult) over (
            partition by compared.minor_id, compared.both_surnames
        ) > 1 as has_sibling,
        count(distinct compared.adult) over (partition by compared.minor_id) <= 2 as is_couple
    from compared
    left join siblings on compared.minor_id = siblings.minor_id and compared.adult_id = siblings.adult_id
    left join of_two_generations
        on compared.minor_id = of_two_generations.minor_id and compared.adult_id = of_two_generations.adult_id
    where siblings.adult_id is null

),

alike as (

    select
        *,
        (is_first_shared or (is_shared and is_couple))
        and not is_of_two_generations
        and not has_sibling
        and years between {{ var('youngest_parent') }} and {{ var('oldest_parent') }} as is_alike
    from possible

),

-- Nobody has more than two parents.
decided as (

    select
        *,
        is_alike
        and count(distinct adult) filter (where is_alike) over (partition by minor_id) <= 2 as is_certain
    from alike

),

final as (

    select
        minor_id,
        adult_id,
        household_id,
        is_certain,
        case
            when is_first_shared then 'first_surname'
            when is_shared then 'other_surname'
            else 'home'
        end as basis
    from decided
    -- Without a common surname only an adult who lives there alone or with one more: others share a flat.
    qualify is_certain or (not bool_or(is_certain) over (partition by minor_id) and (is_shared or is_couple))

)

select * from final
