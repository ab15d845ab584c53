with

source as (

    select * from {{ source('raw', 'avisos__avisos') }}

),

typed as (

    select
        codi as notice_code,
        servei as service,
        if(tema similar to 'D[0-9]{2}' and servei = 'BUTLLETI', right(tema, 2), tema) as subject,
        districte as district_code,
        titol_ca as title_ca,
        titol_es as title_es,
        enllac as link,
        try_cast(data_inici as date) as sent_from,
        try_cast(data_fi as date) as sent_until,
        destinataris in ('TOTS', 'SUBSCRITS') as is_for_subscribers,
        destinataris in ('TOTS', 'VEINS') as is_for_neighbours,
        list_transform(
            string_split(canals, ','),
            lambda one: case one when 'EMAIL' then 'email' when 'SMS' then 'sms' when 'CARTA' then 'letter' end
        ) as channels,
        coalesce(string_split(mitjans, ','), []) as transports,
        estat = 'RETIRAT' as is_withdrawn
    from source

)

select * from typed
