with

source as (

    select * from {{ source('raw', 'bicing__abonaments') }}

),

typed as (

    select
        md5('bicing|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        document as document_raw,
        nom as given_name,
        nullif({{ first_surname('cognoms') }}, '') as surname_1,
        nullif(trim(substr(trim(cognoms), length({{ first_surname('cognoms') }}) + 1)), '') as surname_2,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('mobil') }} as phone,
        modalitat as tariff,
        try_cast(data_alta as date) as valid_from,
        try_cast(data_fi as date) as valid_to,
        estat as status_code
    from source

)

select * from typed
