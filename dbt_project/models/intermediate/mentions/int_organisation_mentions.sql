{%- set place = ['street', 'street_number', 'postcode'] -%}
{%- set contact = ['email', 'phone'] -%}
with

contribuents as (

    select * from {{ ref('stg_contribuents__contribuents') }}

),

representatives as (

    select * from {{ ref('stg_contribuents__representatives') }}

),

iris as (

    select * from {{ ref('stg_iris__fitxes') }}

),

tax_representatives as (

    select * from {{ ref('stg_tramits_hisenda__representatives') }}

),

tax_procedures as (

    select * from {{ ref('stg_tramits_hisenda__expedients') }}

),

tramits as (

    select * from {{ ref('stg_tramits__expedients') }}

),

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

subscripcions as (

    select * from {{ ref('stg_subscripcions__subscripcions') }}

),

placeholders as (

    select * from {{ ref('placeholder_documents') }}

),

records as (

    select
        record_id as mention_id,
        'contribuents' as source,
        source_key,
        true as is_register,
        cast(coalesce(entered_on, extract_date) as timestamp) as observed_at,
        coalesce(entered_on, extract_date) as first_seen_date,
        coalesce(left_on, extract_date) as last_seen_date,
        document_raw,
        legal_name as legal_name_raw,
        street,
        street_number,
        postcode,
        email,
        phone
    from contribuents
    where taxpayer_type != 'PERSON'
    union all by name
    {{ organisation_in_channel(
        'contribuents', 'representatives', 'entered_on', 'whole_name', until='left_on', where='is_organisation'
    ) }}
    union all by name
    {{ organisation_in_channel(
        'iris', 'iris', 'opened_on', 'legal_name', document='organisation_document_raw', columns=place + contact,
        where='is_organisation'
    ) }}
    union all by name
    {{ organisation_in_channel(
        'tramits', 'tramits', 'begun_at', 'legal_name', until='coalesce(ended_at, begun_at)', columns=contact,
        where='not is_citizen'
    ) }}
    union all by name
    {{ organisation_in_channel(
        'tramits_hisenda', 'tax_procedures', 'begun_on', 'whole_name', until='coalesce(ended_on, begun_on)',
        where='is_organisation'
    ) }}
    union all by name
    {{ organisation_in_channel(
        'tramits_hisenda', 'tax_representatives', 'begun_on', 'whole_name', until='coalesce(ended_on, begun_on)',
        where='is_organisation'
    ) }}
    union all by name
    {{ organisation_in_channel(
        'llicencies_via_publica', 'llicencies', 'valid_from', 'whole_name', where='is_organisation'
    ) }}
    union all by name
    -- What an entity leaves for a subscription is for that alone.
    {{ organisation_in_channel(
        'subscripcions', 'subscripcions', 'subscribed_on', 'legal_name', until='coalesce(ended_on, subscribed_on)',
        where='legal_name is not null'
    ) }}

),

written as (

    select
        *,
        {{ normalise_text('legal_name_raw') }} as plain_name,
        nullif({{ compact_document('document_raw') }}, '') as compact_number
    from records

),

numbered as (

    select
        written.* exclude (compact_number),
        if(
            placeholders.placeholder is null,
            regexp_replace(written.compact_number, '^ES([A-Z][0-9])', '\1'),
            null
        ) as nif
    from written
    left join placeholders on written.compact_number = placeholders.placeholder

),

checked as (

    select
        *,
        coalesce(
            regexp_full_match(nif, '[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]')
            and {{ has_cif_control('nif') }},
            false
        ) as is_nif_valid
    from numbered

)

select
    mention_id,
    source,
    source_key,
    is_register,
    observed_at,
    first_seen_date,
    last_seen_date,
    document_raw,
    nif,
    is_nif_valid,
    legal_name_raw,
    {{ name_without_form('plain_name') }} as legal_name,
    {{ legal_form('plain_name') }} as legal_form,
    {{ normalise_street('street') }} as street,
    {{ street_type('street') }} as street_type,
    {{ normalise_street_number('street_number') }} as street_number,
    {{ street_letter('street_number') }} as street_letter,
    postcode,
    email,
    phone
from checked
where coalesce(nif, plain_name) is not null
