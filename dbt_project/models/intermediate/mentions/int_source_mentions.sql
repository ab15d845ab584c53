{%- set place = ['street', 'street_number', 'postcode'] -%}
{%- set contact = ['email', 'phone'] -%}
-- Every source's say on whom its records name, in one shape; the models from here on know no source.
with

padro as (

    select * from {{ ref('int_padro_inscriptions') }}

),

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

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

visites as (

    select * from {{ ref('stg_cita_previa__visites') }}

),

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

inscripcions as (

    select * from {{ ref('stg_activitats_estiu__inscripcions') }}

),

tutors as (

    select * from {{ ref('stg_activitats_estiu__tutors') }}

),

decisions as (

    select * from {{ ref('stg_consentiments__decisions') }}

),

subscripcions as (

    select * from {{ ref('stg_subscripcions__subscripcions') }}

),

countries as (

    select * from {{ ref('ine_countries') }}

),

registers as (

    select * from {{ ref('stg_run__registers') }}

),

records as (

    select
        padro.record_id as mention_id,
        'padro' as source,
        if(padro.is_live, 'padro', 'padro_left') as standing,
        padro.source_key,
        true as is_register,
        cast(coalesce(padro.variation_date, padro.entered_date, padro.extract_date) as timestamp) as observed_at,
        coalesce(padro.entered_date, padro.variation_date, padro.extract_date) as first_seen_date,
        if(padro.is_live, padro.extract_date, coalesce(padro.variation_date, padro.extract_date)) as last_seen_date,
        padro.is_live,
        'padro' as entry_of,
        cast(null as varchar) as form_of,
        coalesce(padro.entered_date, padro.variation_date, padro.extract_date) as born_until,
        cast(null as date) as born_from,
        padro.is_deceased,
        padro.document_raw,
        padro.document_declared_type,
        countries.iso2 as document_country,
        padro.given_name,
        padro.surname_1,
        padro.surname_2,
        padro.birth_date,
        padro.birth_year,
        padro.sex,
        padro.nationality_code,
        cast(null as varchar) as language,
        padro.street,
        padro.street_number,
        padro.postcode,
        padro.district_code,
        padro.barri_code,
        padro.census_section,
        padro.x_etrs89,
        padro.y_etrs89,
        padro.household_id,
        cast(null as varchar) as email,
        cast(null as varchar) as phone,
        true as gives_contact
    from padro
    left join countries on padro.nationality_code = countries.ine_code
    union all by name
    select
        record_id as mention_id,
        'atencions' as source,
        'atencions' as standing,
        source_key,
        false as is_register,
        coalesce(occurred_at, cast(extract_date as timestamp)) as observed_at,
        cast(coalesce(occurred_at, extract_date) as date) as first_seen_date,
        cast(coalesce(occurred_at, extract_date) as date) as last_seen_date,
        cast(occurred_at as date) as born_until,
        false as is_live,
        'atencions' as entry_of,
        false as is_deceased,
        document_raw,
        document_declared_type,
        document_country,
        given_name,
        surname_1,
        surname_2,
        birth_date,
        cast(year(birth_date) as integer) as birth_year,
        sex,
        language,
        street,
        street_number,
        postcode,
        email,
        phone,
        -- Who tells a document alone may be anybody who knows the number: nobody's card takes their contact data.
        coalesce(given_name, surname_1, surname_2) is not null as gives_contact
    from atencions
    union all by name
    select
        record_id as mention_id,
        'contribuents' as source,
        'contribuents' as standing,
        source_key,
        false as is_register,
        cast(coalesce(entered_on, extract_date) as timestamp) as observed_at,
        coalesce(entered_on, extract_date) as first_seen_date,
        coalesce(left_on, extract_date) as last_seen_date,
        false as is_live,
        if(coalesce(left_on > extract_date, true), 'contribuents', null) as entry_of,
        -- Of older days the register's dates stand for "unknown", too.
        if(year(entered_on) >= {{ var('oldest_tax_entry') }}, entered_on, null) as born_until,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        street,
        street_number,
        postcode,
        email,
        phone,
        true as gives_contact
    from contribuents
    where taxpayer_type = 'PERSON'
    union all by name
    -- Who answers for a taxpayer today may not have been born when the taxpayer was entered.
    {{ mention_in_channel(
        'contribuents', 'representatives', 'entered_on', until='left_on', where='not is_organisation', is_entry=false,
        is_seen=false
    ) }}
    union all by name
    {{ mention_in_channel(
        'iris', 'iris', 'opened_on', where='is_citizen',
        columns=['document_declared_type', 'birth_year', 'sex', 'language'] + place + contact
    ) }}
    union all by name
    {{ mention_in_channel(
        'tramits', 'tramits', 'begun_at', until='coalesce(ended_at, begun_at)', columns=contact,
        where='is_citizen'
    ) }}
    union all by name
    {{ mention_in_channel('cita_previa', 'visites', 'occurred_at', columns=contact) }}
    union all by name
    {{ mention_in_channel(
        'tramits_hisenda', 'tax_procedures', 'begun_on', until='coalesce(ended_on, begun_on)',
        where='not is_organisation'
    ) }}
    union all by name
    {{ mention_in_channel(
        'tramits_hisenda', 'tax_representatives', 'begun_on', until='coalesce(ended_on, begun_on)',
        where='not is_organisation', is_entry=false
    ) }}
    union all by name
    {{ mention_in_channel('llicencies_via_publica', 'llicencies', 'valid_from', where='not is_organisation') }}
    union all by name
    {{ mention_in_channel(
        'activitats_estiu', 'inscripcions', 'applied_on', oldest=var('oldest_child'),
        columns=['birth_date', 'cast(year(birth_date) as integer) as birth_year', 'record_id as form_of'] + place
    ) }}
    union all by name
    {{ mention_in_channel(
        'activitats_estiu', 'tutors', 'applied_on', youngest=var('youngest_parent'), is_entry=false,
        columns=['child_record_id as form_of'] + place + contact
    ) }}
    union all by name
    -- Whoever decides on a purpose leaves an address to be reached at, unless the name is missing.
    {{ mention_in_channel(
        'consentiments', 'decisions', 'decided_at',
        columns=[
            'document_declared_type', 'document_country', 'birth_date',
            'cast(year(birth_date) as integer) as birth_year', 'language'
        ] + contact,
        gives_contact='coalesce(given_name, surname_1, surname_2) is not null and not is_by_guardian'
    ) }}
    union all by name
    {{ mention_in_channel(
        'subscripcions', 'subscripcions', 'subscribed_on', until='coalesce(ended_on, subscribed_on)',
        columns=['language'] + contact, where='legal_name is null'
    ) }}

)

-- Which sources list each person once is for their contracts to say.
select records.* replace (registers.source as entry_of)
from records
left join registers on records.entry_of = registers.source
