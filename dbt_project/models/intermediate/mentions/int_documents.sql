-- Every possible reading of a raw document, checked by its control letter; the best one is kept.
with

records as (

    select * from {{ ref('int_source_mentions') }}

),

placeholders as (

    select * from {{ ref('placeholder_documents') }}

),

written as (

    select distinct
        document_raw,
        coalesce(document_declared_type, 'NONE') as declared_type
    from records
    where document_raw is not null

),

compacted as (

    select
        document_raw,
        declared_type as key_type,
        -- Without a declared type, the words around the number give it.
        if(declared_type = 'NONE', coalesce({{ named_document_type('document_raw') }}, 'NONE'), declared_type)
            as declared_type,
        {{ compact_document('document_raw') }} as compact_text
    from written

),

stripped as (

    -- 'ES' before or after a number is a country, but in a passport it may be part of the number.
    select
        document_raw,
        key_type,
        declared_type,
        case
            when declared_type = 'PASSPORT' then compact_text
            else
                coalesce(
                    nullif(
                        regexp_extract(
                            compact_text, '^(?:ES)?([0-9]{5,8}[A-Z]?|[XYZKLM][0-9]{7,8}[A-Z]?)(?:ESP|ES)?$', 1
                        ),
                        ''
                    ),
                    compact_text
                )
        end as compact_text
    from compacted

),

usable as (

    select
        stripped.document_raw,
        stripped.key_type,
        stripped.declared_type,
        -- Until about 2000 a NIE had eight digits, and the first was 0.
        regexp_replace(stripped.compact_text, '^([XYZ])0([0-9]{7}[A-Z]?)$', '\1\2') as number
    from stripped
    anti join placeholders on stripped.compact_text = placeholders.placeholder
    where replace(stripped.compact_text, '0', '') != ''

),

readings as (

    select
        *,
        'DNI' as document_type,
        number as reading,
        false as is_repaired,
        false as must_check,
        1 as priority
    from usable
    where regexp_full_match(number, '[0-9]{8}[A-Z]')
    union all
    select
        *,
        if(left(number, 1) in ('K', 'L', 'M'), 'NIF_' || left(number, 1), 'NIE') as document_type,
        number as reading,
        false as is_repaired,
        false as must_check,
        2 as priority
    from usable
    where regexp_full_match(number, '[XYZKLM][0-9]{7}[A-Z]')
    union all
    select
        *,
        'DNI' as document_type,
        lpad(number, 9, '0') as reading,
        true as is_repaired,
        false as must_check,
        3 as priority
    from usable
    where regexp_full_match(number, '[0-9]{5,7}[A-Z]')
    union all
    select
        *,
        'DNI' as document_type,
        lpad(number, 8, '0') || {{ control_letter('number') }} as reading,
        true as is_repaired,
        false as must_check,
        4 as priority
    from usable
    where regexp_full_match(number, '[0-9]{7,8}') and declared_type != 'NIE'
    union all
    select
        *,
        'NIE' as document_type,
        number || {{ expected_letter('number') }} as reading,
        true as is_repaired,
        false as must_check,
        5 as priority
    from usable
    where regexp_full_match(number, '[XYZ][0-9]{7}')
    union all
    select
        usable.*,
        'NIE' as document_type,
        initials.initial || usable.number as reading,
        true as is_repaired,
        true as must_check,
        6 as priority
    from usable
    cross join (values ('X'), ('Y'), ('Z')) as initials (initial)
    where regexp_full_match(usable.number, '[0-9]{7}[A-Z]') and usable.declared_type = 'NIE'
    union all
    select
        *,
        'DNI' as document_type,
        {{ undo_misread('left(number, 8)') }} || right(number, 1) as reading,
        true as is_repaired,
        true as must_check,
        7 as priority
    from usable
    where regexp_full_match(number, '[0-9OISB]{8}[A-Z]') and not regexp_full_match(number, '[0-9]{8}[A-Z]')
    union all
    select
        *,
        'NIE' as document_type,
        left(number, 1) || {{ undo_misread('substr(number, 2, 7)') }} || right(number, 1) as reading,
        true as is_repaired,
        true as must_check,
        8 as priority
    from usable
    where
        regexp_full_match(number, '[XYZ][0-9OISB]{7}[A-Z]')
        and not regexp_full_match(number, '[XYZ][0-9]{7}[A-Z]')
    union all
    select
        *,
        'CIF' as document_type,
        number as reading,
        false as is_repaired,
        true as must_check,
        9 as priority
    from usable
    where regexp_full_match(number, '[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]')
    union all
    select
        *,
        'PASSPORT' as document_type,
        number as reading,
        false as is_repaired,
        false as must_check,
        case when declared_type = 'PASSPORT' then 0 else 10 end as priority
    from usable
    where
        (
            declared_type = 'PASSPORT'
            and regexp_full_match(number, '[A-Z0-9]{5,15}')
            and regexp_matches(number, '[0-9]{4}')
        )
        or {{ is_passport_number('number') }}
    union all
    select
        *,
        'OTHER' as document_type,
        number as reading,
        false as is_repaired,
        false as must_check,
        11 as priority
    from usable
    where regexp_full_match(number, '[A-Z0-9]{6,20}') and regexp_matches(number, '[0-9]{4}')

),

checked as (

    select
        *,
        case
            when document_type in ('DNI', 'NIE', 'NIF_K', 'NIF_L', 'NIF_M')
                then right(number, 1) = right(reading, 1) and right(reading, 1) = {{ expected_letter('reading') }}
            when document_type = 'CIF'
                then {{ has_cif_control('reading') }}
            else false
        end as has_good_control
    from readings

),

eligible as (

    select checked.*
    from checked
    anti join placeholders on checked.reading = placeholders.placeholder
    where
        (checked.has_good_control or not checked.must_check)
        and (checked.declared_type = 'PASSPORT' or not {{ is_filler_number('checked.number') }})
        -- A passport is read as another type only if the control letter is correct.
        and (
            checked.declared_type != 'PASSPORT'
            or checked.document_type in ('PASSPORT', 'OTHER')
            or (checked.document_type in ('DNI', 'NIE') and checked.has_good_control and not checked.is_repaired)
        )

),

final as (

    select
        document_raw,
        key_type as declared_type,
        document_type,
        reading as document,
        -- A repaired number is evidence, but alone it neither links nor separates.
        has_good_control and not is_repaired as is_document_valid,
        is_repaired as is_document_repaired
    from eligible
    qualify
        row_number() over (
            partition by document_raw, key_type
            order by has_good_control desc, document_type = declared_type desc, priority asc, reading asc
        ) = 1

)

select * from final
