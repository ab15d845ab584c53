-- The candidates who get a message, with the variables of its text. What is known of the family and the child is there
-- only while the agreement of the Padró allows messages; which segment's file has it, the segment declares.
with

all_candidates as (

    select * from {{ ref('segment_candidates') }}

),

persons as not materialized (

    select * from {{ ref('persons') }}

),

households as (

    select * from {{ ref('households') }}

),

notices as (

    select * from {{ ref('notices') }}

),

agreements as (

    select * from {{ ref('agreements') }}

),

padro as (

    select coalesce(bool_or(is_in_force), false) as is_allowed
    from agreements
    where source = 'padro' and purpose = 'communicate'

),

candidates as (

    select * from all_candidates
    where reason_out is null

),

homes as (

    select
        household_id,
        member_count,
        case
            when minor_count >= {{ var('large_family_children') }} then 'NOMBROSA'
            when minor_count >= 1 and member_count - minor_count = 1 then 'MONOPARENTAL'
            when minor_count >= 1 then 'AMB_INFANTS'
            else 'SENSE_INFANTS'
        end as family_kind
    from households
    cross join padro
    where padro.is_allowed and member_count <= {{ var('largest_home') }}

),

children as (

    select
        persons.person_id,
        {{ born_at_latest() }} as born_at_latest
    from persons
    cross join padro
    where padro.is_allowed

),

final as (

    select
        -- With name and address in it, so that nobody who does not know them can find a recipient in it.
        'F' || left(md5(concat_ws(
            '|', candidates.run_date, candidates.candidate_id, candidates.recipient_name, candidates.address
        )), 24) as message_id,
        candidates.segment,
        candidates.topic,
        candidates.run_date,
        candidates.person_id,
        candidates.organisation_id,
        candidates.about_person_id,
        candidates.channel,
        candidates.language,
        candidates.reason,
        candidates.basis,
        candidates.content,
        candidates.content_source,
        candidates.reference,
        candidates.addressee,
        candidates.recipient_name,
        candidates.address,
        candidates.address_lines,
        candidates.district_code,
        candidates.barri_code,
        -- In both languages if the recipient's is not known.
        case candidates.language
            when 'es' then notices.title_es
            when 'ca' then notices.title_ca
            else nullif(concat_ws(' / ', notices.title_ca, notices.title_es), '')
        end as title,
        notices.link,
        cast(date_sub('year', children.born_at_latest, candidates.run_date) as integer) as about_age,
        cast(homes.member_count as integer) as family_size,
        homes.family_kind
    from candidates
    left join notices on candidates.segment = notices.segment and candidates.topic = notices.notice_code
    left join persons on candidates.person_id = persons.person_id
    left join homes on persons.household_id = homes.household_id
    left join children on candidates.about_person_id = children.person_id

)

select * from final
