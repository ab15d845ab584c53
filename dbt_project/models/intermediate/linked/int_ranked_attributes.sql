-- The rules are data: for each attribute the criteria that compare its candidates, in order, and the trust in each
-- source. Values that may never be golden are kept without a rank.
with

candidates as (

    select * from {{ ref('int_attribute_candidates') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

survivorship_rules as (

    select * from {{ ref('survivorship_rules') }}

),

rules as (

    select
        *,
        -- padro_left is the same source as padro.
        cast(pow(2, dense_rank() over (order by regexp_replace(standing, '_left$', ''))) as bigint) as source_bit
    from survivorship_rules

),

criteria as (

    select
        attribute,
        string_split(criteria, ' ') as places,
        replace(criteria, ' ', ', ') as criteria_text
    from rules
    where standing = '*'

),

linked as (

    select
        links.person_id,
        candidates.*,
        -- Spellings that differ in capitals or accents are the same value.
        hash(upper(strip_accents(candidates.value))) as meaning,
        try_cast(rules.trust as integer) as trust,
        rules.source_bit,
        epoch_us(candidates.observed_at) as observed_us,
        coalesce(
            candidates.objection,
            if(rules.trust = 'never', 'not asked of this source', null),
            if(links.is_doubted, 'linked too weakly', null)
        ) as final_objection
    from candidates
    inner join links on candidates.mention_id = links.mention_id
    inner join rules on candidates.attribute = rules.attribute and candidates.standing = rules.standing
    where links.person_id is not null

),

compared as (

    select
        *,
        -- The number of different sources: each has its own bit.
        bit_count(bit_or(if(final_objection is null, source_bit, 0)) over (
            partition by person_id, attribute, meaning
        )) as agreeing_sources
    from linked

),

ranked as (

    select
        compared.*,
        criteria.criteria_text,
        row_number() over (
            partition by compared.person_id, compared.attribute
            order by
                compared.final_objection is not null,
                {{ worth_by_criterion(1) }} asc nulls last,
                {{ worth_by_criterion(2) }} asc nulls last,
                {{ worth_by_criterion(3) }} asc nulls last,
                {{ worth_by_criterion(4) }} asc nulls last,
                compared.value,
                compared.mention_id
        ) as mention_rank
    from compared
    inner join criteria on compared.attribute = criteria.attribute

),

best_of_value as (

    select
        *,
        count(*) over (partition by person_id, attribute, value) as mention_count
    from ranked
    qualify row_number() over (partition by person_id, attribute, value order by mention_rank) = 1

),

final as (

    select
        person_id,
        attribute,
        value,
        source,
        mention_id,
        observed_at,
        mention_count,
        -- Values that may not be golden are sorted last, so that ranks have no gaps.
        if(
            final_objection is null,
            row_number() over (partition by person_id, attribute order by mention_rank),
            null
        ) as rank,
        if(
            final_objection is null,
            concat(standing, ', trust ', trust, '; by ', criteria_text, '; ', agreeing_sources, ' agree'),
            concat(standing, ', never: ', final_objection)
        ) as rule
    from best_of_value

)

select * from final
