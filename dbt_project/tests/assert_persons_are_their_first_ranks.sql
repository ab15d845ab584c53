-- A person's golden columns are equal to the attributes of rank 1.
with

persons as (

    select
        person_id,
        full_name as name,
        cast(birth_date as varchar) as birth_date,
        sex,
        nationality_code,
        language,
        nullif(concat_ws(' ', document_type, document_country, document), '') as document,
        nullif(concat_ws(', ', nullif(concat_ws(' ', street, street_number), ''), postcode), '') as address,
        household_id,
        email,
        phone
    from {{ ref('persons') }}

),

golden_columns as (

    unpivot persons
    on name, birth_date, sex, nationality_code, language, document, address, household_id, email, phone
    into name attribute value value

),

golden as (

    select
        person_id,
        attribute,
        value
    from {{ ref('person_attributes') }}
    where rank = 1 and attribute != 'birth_year'

)

(
    select
        person_id,
        attribute,
        value
    from golden_columns
    except
    select * from golden
)
union all
(
    select * from golden
    except
    select
        person_id,
        attribute,
        value
    from golden_columns
)
