with

source as (

    select * from {{ source('raw', 'llicencies_via_publica__llicencies') }}

),

named as (

    {{ split_whole_name('source', 'titular') }}

),

typed as (

    select
        md5('llicencies_via_publica|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        tipus as licence_kind,
        cif as document_raw,
        titular as whole_name,
        -- Without a number, only a comma between surnames and given name shows that it is a person.
        coalesce({{ is_organisation('cif', 'titular') }}, not {{ is_written_as_person('titular') }}) as is_organisation,
        given_name,
        surname_1,
        surname_2,
        try_cast(data_explo as date) as valid_from,
        try_cast(vigencia as date) as valid_to,
        emplacament as place,
        ocupacio as occupied_part,
        ordenacio as ordinance,
        try_cast(taules as integer) as table_count,
        try_cast(cadires as integer) as chair_count,
        try_cast(replace(superficie_ocupada, ',', '.') as double) as surface_m2,
        try_cast(x_etrs89 as double) as x_etrs89,
        try_cast(y_etrs89 as double) as y_etrs89,
        codi_districte as district_code,
        codi_barri as barri_code
    from named

)

select * from typed
