with

persons as (

    select * from {{ ref('persons') }}

),

contribuents_representatives as (

    select * from {{ ref('stg_contribuents__representatives') }}

),

tramits_hisenda_representatives as (

    select * from {{ ref('stg_tramits_hisenda__representatives') }}

),

tutors as (

    select * from {{ ref('stg_activitats_estiu__tutors') }}

),

mentions as (

    select * from {{ ref('mentions') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

households as (

    select * from {{ ref('households') }}

),

home_guardians as (

    select * from {{ ref('int_home_guardians') }}

),

representatives as (

    select
        record_id,
        source_key,
        'contribuents' as source,
        role,
        taxpayer_record_id as represented_record_id,
        entered_on as valid_from,
        left_on as valid_to
    from contribuents_representatives
    union all
    select
        record_id,
        source_key,
        'tramits_hisenda' as source,
        'representative_of' as role,
        represented_record_id,
        begun_on as valid_from,
        ended_on as valid_to
    from tramits_hisenda_representatives
    union all
    select
        tutors.record_id,
        tutors.source_key,
        'activitats_estiu' as source,
        'guardian_of' as role,
        tutors.child_record_id as represented_record_id,
        tutors.applied_on as valid_from,
        cast(null as date) as valid_to
    from tutors

),

parties as (

    select * from mentions
    where coalesce(person_id, organisation_id) is not null

),

doubted as (

    select mention_id
    from person_links
    where is_doubted

),

of_representatives as (

    select
        representatives.role as type,
        whose.person_id,
        whose.organisation_id,
        represented.person_id as related_person_id,
        represented.organisation_id as related_organisation_id,
        representatives.source,
        representatives.source_key,
        'record' as basis,
        representatives.valid_from,
        representatives.valid_to,
        coalesce(doubted.mention_id, doubted_represented.mention_id) is not null as is_doubted
    from representatives
    inner join parties as whose on representatives.record_id = whose.mention_id
    inner join parties as represented on representatives.represented_record_id = represented.mention_id
    left join doubted on representatives.record_id = doubted.mention_id
    left join doubted as doubted_represented
        on representatives.represented_record_id = doubted_represented.mention_id
    where
        whose.person_id is distinct from represented.person_id
        or whose.organisation_id is distinct from represented.organisation_id

),

-- A residence, a convent or a shelter is one household of the Padró, but not a family.
homes as (

    select household_id
    from households
    where member_count <= {{ var('largest_home') }}

),

housemates as (

    select
        'lives_with' as type,
        persons.person_id,
        others.person_id as related_person_id,
        'padro' as source,
        homes.household_id as source_key,
        'home' as basis
    from homes
    inner join persons on homes.household_id = persons.household_id and persons.is_resident
    inner join persons as others
        on homes.household_id = others.household_id and others.is_resident and persons.person_id < others.person_id

),

guardians as (

    select
        'guardian_of' as type,
        adult_id as person_id,
        minor_id as related_person_id,
        'padro' as source,
        household_id as source_key,
        basis
    from home_guardians
    where is_certain

),

-- A type of their own, so that only a model that names it uses them. None for a child whose guardian filled in a form.
likely_guardians as (

    select
        'may_be_guardian_of' as type,
        home_guardians.adult_id as person_id,
        home_guardians.minor_id as related_person_id,
        'padro' as source,
        home_guardians.household_id as source_key,
        home_guardians.basis
    from home_guardians
    left join of_representatives
        on
            home_guardians.minor_id = of_representatives.related_person_id
            and of_representatives.type = 'guardian_of'
            and not of_representatives.is_doubted
    where not home_guardians.is_certain and of_representatives.type is null

),

ties as (

    select * from of_representatives
    union all by name
    select * from housemates
    union all by name
    select * from guardians
    union all by name
    select * from likely_guardians

),

final as (

    select
        md5(concat_ws(
            '|', type, source, source_key, coalesce(person_id, organisation_id),
            coalesce(related_person_id, related_organisation_id)
        )) as relationship_id,
        type,
        person_id,
        organisation_id,
        related_person_id,
        related_organisation_id,
        source,
        source_key,
        basis,
        valid_from,
        valid_to,
        coalesce(is_doubted, false) as is_doubted
    from ties

)

select * from final
