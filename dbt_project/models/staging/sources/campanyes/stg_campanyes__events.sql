with

source as (

    select
        esdeveniments.*,
        coalesce(first_told._extract_date, esdeveniments._extract_date) as _told_on
    from {{ source('raw', 'campanyes__esdeveniments') }} as esdeveniments
    left join {{ source('raw', 'campanyes__esdeveniments_first_told') }} as first_told
        on esdeveniments._source_key = first_told._source_key

),

typed as (

    select
        md5('campanyes|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        _told_on as told_on,
        id_missatge as message_id,
        campanya as campaign,
        segment,
        -- A district's newsletter, as the subscriptions have it.
        if(segment = 'butlletins', regexp_replace(tema, '^D([0-9]{2})$', '\1'), tema) as topic,
        id_persona as exported_person_id,
        canal as channel,
        {{ normalise_email('adreca') }} as email,
        {{ normalise_phone('adreca') }} as phone,
        {{ addresses_meant('adreca') }} as addresses,
        case esdeveniment
            when 'ENVIAT' then 'sent' when 'LLIURAT' then 'delivered'
            when 'OBERT' then 'opened' when 'CLIC' then 'clicked'
            when 'REBOT_DUR' then 'bounced_hard' when 'REBOT_TOU' then 'bounced_soft' when 'BAIXA' then 'unsubscribed'
            when 'STOP' then 'unsubscribed'
        end as event,
        try_cast(moment as timestamp) as occurred_at
    from source

)

select * from typed
