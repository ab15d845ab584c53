-- The marts that segments read, of $population made-up people on $day. `share(text, n)` is a number from 0 to n - 1, the same
-- for the same text.
create schema if not exists work.hub;
create schema if not exists work.intermediate;
create schema if not exists work.staging;
create or replace macro share(text, n) as cast(hash(text) % n as integer);
create table work.intermediate.int_business_date as select date '$day' as business_date;
create table work.hub.persons as
with people as (select i, 'P' || lpad(i::varchar, 8, '0') as person_id from range($population) as numbers(i))
select
    person_id, 'Nom' || share(person_id || 'n', 900) as given_name, 'Cognom' || share(person_id || 's', 5000) as surname_1,
    cast(null as varchar) as surname_2, given_name || ' ' || surname_1 as full_name,
    if(share(person_id || 'u', 50) = 0, null, date '$day' - (if(i % 100 = 0, 10, share(person_id || 'b', 33000)))::integer)
        as birth_date,
    if(share(person_id || 'u', 100) = 0, null, year(coalesce(birth_date, date '1980-01-01'))::integer) as birth_year,
    ['ca', 'es', 'en', null][1 + share(person_id || 'l', 4)] as language,
    lpad((1 + share('H' || i // 3, 10))::varchar, 2, '0') as district_code,
    lpad((1 + share('H' || i // 3, 73))::varchar, 2, '0') as barri_code,
    -- Some ten people a door.
    if(share(person_id || 'x', 40) = 0, null, 420000 + share('X' || i // 9, 16000)) as x_etrs89,
    if(share(person_id || 'x', 40) = 0, null, 4574000 + share('Y' || i // 9, 16000)) as y_etrs89,
    'H' || lpad((i // 3)::varchar, 8, '0') as household_id,
    share(person_id || 'protected', 150) = 0 as is_protected,
    share(person_id || 'd', 100) = 0 as is_deceased,
    not is_deceased and share(person_id || 'r', 30) > 0 as is_resident,
    birth_date > date '$day' - interval 18 year as is_minor,
    if(share(person_id || 'c', 50) = 0, 0.9, 1.0)::double as confidence
from people;
-- What is reserved stands in none of the marts.
update work.hub.persons
set district_code = null, barri_code = null, x_etrs89 = null, y_etrs89 = null, household_id = null
where is_protected;
create table work.hub.households as
select household_id, count(*) as member_count, count(*) filter (where is_minor) as minor_count
from work.hub.persons where household_id is not null and is_resident group by household_id;
create table work.hub.agreements as
select source, purpose, true as is_in_force, false as is_public_task
from (values ('padro', 'communicate'), ('atencions', 'communicate'), ('atencions', 'survey'), ('area_verda', 'mobility'),
    ('bicing', 'mobility')) as agreed(source, purpose);
create table work.hub.person_attributes as
select person_id, attribute, value, source, 'M' || person_id as mention_id, timestamp '2026-01-01' as observed_at,
    1::bigint as rank
from (
    select person_id, 'name' as attribute, full_name as value, 'padro' as source from work.hub.persons
    union all select person_id, 'language', language, 'atencions' from work.hub.persons where language is not null
    union all select person_id, 'email', person_id || '@example.org', if(share(person_id || 's', 20) = 0, 'iris', 'atencions')
    from work.hub.persons where share(person_id || 'e', 3) > 0
    union all select person_id, 'phone', '+34' || (600000000 + share(person_id || 'p', 180000000)), 'atencions'
    from work.hub.persons where share(person_id || 'm', 3) > 0
    union all select person_id, 'address', 'BALMES 1', 'padro' from work.hub.persons where is_resident
)
where attribute not in ('email', 'phone', 'address')
    or person_id not in (select person_id from work.hub.persons where is_protected);
create table work.intermediate.int_reserved_contacts as
select person_id || '@example.org' as address from work.hub.persons where is_protected;
create table work.intermediate.int_person_links as
select person_id, 'M' || person_id as mention_id, false as is_doubted from work.hub.persons;
-- One in ten has a parking permit, one in ten a bicycle; some of them ended.
create table work.staging.stg_area_verda__distintius as
select 'AV' || person_id as record_id, date '$day' - share(person_id || 'since', 500) as valid_from,
    valid_from + if(share(person_id || 'over', 5) = 0, 0, 730) - 1 as valid_to,
    if(share(person_id || 'back', 20) = 0, date '$day', null) as ended_on, person_id
from work.hub.persons where share(person_id || 'parks', 10) = 0;
create table work.staging.stg_bicing__abonaments as
select 'BI' || person_id as record_id, date '$day' - share(person_id || 'rides since', 300) as valid_from,
    valid_from + if(share(person_id || 'rode', 5) = 0, 0, 365) - 1 as valid_to,
    ['SUSPES', 'BAIXA', 'ACTIU'][1 + least(2, share(person_id || 'state', 10))] as status_code, person_id
from work.hub.persons where share(person_id || 'rides', 10) = 0;
insert into work.intermediate.int_person_links (person_id, mention_id, is_doubted)
select person_id, record_id, share(record_id || 'doubted', 30) = 0
from (select person_id, record_id from work.staging.stg_area_verda__distintius
    union all select person_id, record_id from work.staging.stg_bicing__abonaments);
create table work.intermediate.int_padro_inscriptions as
select 'M' || person_id as record_id, 'CALLE BALMES' as street, share(person_id || 'z', 300)::varchar as street_number,
    '08007' as postcode, '00' || share(person_id || 'f', 9) || ' 0001' as dwelling, is_resident as is_live, birth_date,
    if(is_resident, if(share(person_id || 'v', 9) = 0, 'MD', if(birth_date >= date '$day' - 60, 'AN', 'AC')), 'BD')
        as variation_cause,
    coalesce(if(birth_date >= date '$day' - 60, birth_date, null), date '$day' - share(person_id || 'w', 3000))
        as entered_date
from work.hub.persons;
create table work.intermediate.int_mention_addresses as
select record_id as mention_id, street_number as address_id from work.intermediate.int_padro_inscriptions;
create table work.intermediate.int_consent_state (
    person_id varchar, purpose varchar, service varchar, state varchar, since timestamp,
    is_refused_by_address boolean default false, is_given boolean generated always as (state = 'given')
);
insert into work.intermediate.int_consent_state (person_id, purpose, service, state, since)
select person_id, purpose, cast(null as varchar) as service,
    case when share(person_id || purpose, 12) = 0 then 'withdrawn' when share(person_id || purpose, 12) = 1 then 'refused'
        else 'given' end as state,
    timestamp '2026-04-01' + to_days(share(person_id || 'when', 30)) as since
from work.hub.persons, (values ('communications'), ('surveys'), ('integration')) as purposes(purpose)
where share(person_id || purpose || 'asked', 4) = 0
union all
select person_id, 'communications', 'OBRES', if(share(person_id || 'obres', 3) = 0, 'withdrawn', 'given'),
    timestamp '2026-04-15' from work.hub.persons where share(person_id || 'service', 60) = 0;
create table work.hub.relationships as
select 'guardian_of' as type, adults.person_id, children.person_id as related_person_id,
    if(share(children.person_id, 40) = 0, 'activitats_estiu', 'padro') as source, false as is_doubted
from work.hub.persons as children
inner join work.hub.persons as adults
    on children.household_id = adults.household_id and not adults.is_minor and children.is_minor;
create table work.hub.subscriptions as
select 'S' || person_id || service || topic as subscription_id, person_id, cast(null as varchar) as organisation_id, service, topic,
    if(share(person_id, 5) = 0, 'SMS', 'EMAIL') as channel,
    if(share(person_id, 5) = 0, '+34600' || lpad(share(person_id, 900000)::varchar, 6, '0'), 'sub' || person_id || '@example.org')
        as address,
    ['ca', 'es', null][1 + share(person_id || 'sl', 3)] as language,
    ['BUS', 'A_PEU', 'COTXE', null][1 + share(person_id || 'st', 4)] as transport,
    date '2026-01-01' + share(person_id || 'on', 124) as subscribed_on, share(person_id || 'off', 10) > 0 as is_active,
    if(share(person_id || 'off', 20) = 0, date '2026-04-30', null) as unsubscribed_on
from work.hub.persons, (values
    ('OBRES', 'Z' || share(person_id || 'zone', 12)), ('PREINSCRIPCIO', 'BATXILLERAT'),
    ('PREINSCRIPCIO', 'FP_GRAU_SUPERIOR'), ('VOLUNTARIAT', 'EDUCATIU'), ('JOVENTUT', 'TREBALL'),
    ('PARTICIPACIO', 'PRESSUPOSTOS'), ('BUTLLETI', 'JOVES'), ('BUTLLETI', 'EDUCACIO'), ('BUS', 'L' || share(person_id || 'line', 6)),
    ('BUTLLETI', lpad((1 + share(person_id || 'news', 10))::varchar, 2, '0'))
) as services(service, topic)
where share(person_id || service || topic, 300) = 0
union all
select 'SO' || i, null, 'O' || i, 'PARTICIPACIO', 'URBANISME', 'EMAIL', 'entitat' || i || '@example.org', 'ca', null,
    date '$day' - 90, i > 3, null
from range(50) as numbers(i);
create table work.hub.works_zones as
select 'Z' || i as zone_code, 'Zona ' || i as name, 'works' as kind,
    date '$day' - 30 + (i * 7)::integer as begins_on, if(i = 0, date '$day' - 1, date '$day' + 90) as ends_on,
    if(i % 2 = 0, ['BUS', 'COTXE'], []::varchar[]) as transports, (100 + 50 * i)::integer as radius_m,
    if(i = 1, ['05'], []::varchar[]) as barri_codes,
    '{"type": "Polygon", "coordinates": [[[' || (421000 + i * 1200) || ', 4576000], [' || (422000 + i * 1200)
    || ', ' || (4576500 + i * 400) || '], [' || (421600 + i * 1200) || ', 4578000], [' || (421000 + i * 1200)
    || ', 4576000]]]}' as geometry_json
from range(12) as numbers(i);
create table work.hub.bus_network as
select 'L' || i as element_code, 'line' as kind, 'Línia ' || i as name, ['L' || i] as bus_lines,
    date '$day' + if(i < 3, 10, 400) as begins_on, cast(null as date) as ends_on,
    '{"type": "LineString", "coordinates": [[420000, ' || (4575000 + i * 2000) || '], [428000, '
    || (4576500 + i * 2000) || '], [436000, ' || (4574500 + i * 2000) || ']]}' as geometry_json
from range(6) as numbers(i);
-- Z0 is over, Z9 is not yet sent, Z10 is withdrawn; Z11, L3 to L5 and the newsletters 09 and 10 have no notice.
create table work.staging.stg_avisos__notices as
with notices as (
    select 'OBRES-Z' || i as notice_code, 'OBRES' as service, 'Z' || i as subject, i != 7 as is_for_subscribers,
        i != 8 as is_for_neighbours, if(i = 6, ['email'], null) as channels, cast(null as varchar) as district_code,
        case i when 0 then date '$day' - 10 when 9 then date '$day' + 1 else date '$day' - 5 end as sent_from,
        case i when 0 then date '$day' - 1 when 9 then date '$day' + 9 else date '$day' end as sent_until,
        i = 10 as is_withdrawn
    from range(11) as numbers(i)
    union all by name
    select 'BUS-L' || i as notice_code, 'BUS' as service, 'L' || i as subject, true as is_for_neighbours
    from range(3) as numbers(i)
    union all by name
    select if(subject < 'A', 'BUTLLETI-19-D', 'BUTLLETI-19-') || subject as notice_code, 'BUTLLETI' as service, subject
    from (values ('JOVES'), ('EDUCACIO'), ('01'), ('02'), ('03'), ('04'), ('05'), ('06'), ('07'), ('08')) as of(subject)
    union all by name
    select * from (values
        ('PRESSUPOSTOS-CIUTAT', 'PARTICIPACIO', 'PRESSUPOSTOS', null), ('PRESSUPOSTOS-D03', 'PARTICIPACIO', 'PRESSUPOSTOS', '03'),
        ('URBANISME-CIUTAT', 'PARTICIPACIO', 'URBANISME', null), ('URBANISME-D02', 'PARTICIPACIO', 'URBANISME', '02'),
        ('URBANISME-D05', 'PARTICIPACIO', 'URBANISME', '05')
    ) as processes(notice_code, service, subject, district_code)
)
select * replace (
        coalesce(is_for_subscribers, true) as is_for_subscribers, coalesce(is_for_neighbours, false) as is_for_neighbours,
        coalesce(sent_from, date '$day') as sent_from, coalesce(sent_until, date '$day' + 2) as sent_until,
        coalesce(is_withdrawn, false) as is_withdrawn
    ),
    notice_code || ' ca' as title_ca, notice_code || ' es' as title_es,
    'https://ajuntament.barcelona.cat/' || lower(notice_code) as link, []::varchar[] as transports
from notices;
create table work.hub.campaign_events as
select 'M' || person_id || n as message_id, person_id, cast(null as varchar) as organisation_id, if(n = 1, 'afectacions', null) as segment,
    if(n = 1, 'OBRES-Z' || share(person_id || 'told', 12), null) as topic, 'EMAIL' as channel,
    person_id || '@example.org' as address, event, timestamp '2026-04-20' + to_days(n::integer) as occurred_at
from work.hub.persons, range(1, 5) as numbers(n),
    (values ('sent'), ('delivered'), ('opened'), ('bounced_hard')) as events(event)
where share(person_id || 'mailed', 12) = 0
    and case event when 'sent' then true when 'bounced_hard' then share(person_id || 'bounce', 10) = 0
        when 'delivered' then share(person_id || 'bounce', 10) > 0
        else share(person_id || 'bounce', 10) > 0 and share(person_id || n, 2) = 0 end;
create table work.staging.stg_campanyes__events as
select *, address as email, cast(null as varchar) as phone, [address] as addresses,
    cast(occurred_at as date) as told_on
from work.hub.campaign_events;
-- Nobody unsubscribed, and no clock is wrong.
create table work.staging.stg_campanyes__quarantined as from work.staging.stg_campanyes__events limit 0;
create table work.intermediate.int_consent_extracts as
select 'campanyes' as source, told_on as extract_date, lag(told_on) over (order by told_on) as extract_before
from (select distinct told_on from work.staging.stg_campanyes__events);
create table work.intermediate.int_shared_contacts as select 'email' as kind, '' as value where false;
create table work.intermediate.int_unsubscriptions as
select cast(null as varchar) as address, cast(null as timestamp) as counts_from where false;
create table work.intermediate.int_unsubscribed_persons as
select cast(null as varchar) as person_id, channel, false as is_of_address, cast(null as timestamp) as counts_from
from work.hub.campaign_events limit 0;
create table work.staging.stg_linkage__sent_messages (message_id varchar, recipient_id varchar, reference varchar);
create table work.hub.survey_answers as
select 'R' || person_id as survey_answer_id, person_id, 'PADRO' as service, date '2026-03-01' as answered_on,
    cast(null as varchar) as interaction_id, cast(null as varchar) as language
from work.hub.persons where share(person_id || 'answered', 400) = 0;
create table work.hub.addresses as
select i::varchar as address_id, 'Carrer de Balmes' as official_name
from range(300) as numbers(i);
create table work.hub.organisations as
select 'O' || i as organisation_id, 'Entitat ' || i as legal_name, '08001' as postcode,
    if(i % 10 = 0, '05', null) as district_code
from range(50) as numbers(i);
create table work.hub.interactions as
select md5('A' || person_id) as interaction_id, if(share(person_id || 'nobody', 5) = 0, null, person_id) as person_id,
    'atencions' as source, 'A' || person_id as source_key, ['010', 'OAC'][1 + share(person_id || 'ch', 2)] as channel,
    ['PADRO', 'TRIBUTS', 'INFORMACIO'][1 + share(person_id || 'sv', 3)] as service,
    if(share(person_id || 'ab', 20) = 0, 'ABANDONAT', 'RESOLT') as status,
    timestamp '$day' + to_hours(8 + share(person_id || 'h', 10)) - to_days(share(person_id || 'ago', 3)) as occurred_at
from work.hub.persons
where share(person_id || 'attended', 200) = 0;
create table work.staging.stg_atencions__atencions as
select interaction_id as record_id, source_key, occurred_at, 'ca' as language,
    ['ALTA_PADRO', 'TARGETA_ROSA', 'BONIF_IVTM'][1 + share(source_key, 3)] as service,
    share(source_key || 'promised', 3) = 0 as is_information_promised,
    if(share(source_key || 'e', 2) = 0, source_key || '@example.net', null) as email, cast(null as varchar) as phone
from work.hub.interactions;
insert into work.intermediate.int_person_links (person_id, mention_id)
select person_id, interaction_id from work.hub.interactions;
create table work.staging.stg_activitats_estiu__inscripcions as
select 'E' || related_person_id as record_id, 'E' || related_person_id as source_key, 'CAMPUS_OLIMPIA' as activity_kind,
    2026 as season, 'CEM ' || share(related_person_id, 2) as place, 1 + share(related_person_id || 't', 2) as turn,
    date '$day' - 40 as applied_on, if(share(related_person_id, 30) = 0, 'BAIXA', 'SOLLICITUD') as status_code,
    related_person_id as child, min(person_id) as guardian
from work.hub.relationships
where share(related_person_id || 'applies', 60) = 0
group by related_person_id;
create table work.staging.stg_activitats_estiu__tutors as
select 'T' || record_id as record_id, record_id as child_record_id, lpad(share(guardian, 99999999)::varchar, 8, '0') || 'X'
    as document_raw, guardian || '@example.com' as email, cast(null as varchar) as phone, guardian
from work.staging.stg_activitats_estiu__inscripcions;
insert into work.intermediate.int_person_links (person_id, mention_id)
select child, record_id from work.staging.stg_activitats_estiu__inscripcions
union all
select guardian, record_id from work.staging.stg_activitats_estiu__tutors;
create table work.intermediate.int_protected_mentions as
select links.mention_id from work.intermediate.int_person_links as links
semi join (from work.hub.persons where is_protected) using (person_id);
create table work.intermediate.int_protected_organisations (mention_id varchar, organisation_id varchar);
create table work.staging.stg_run__draws as
select 2026 as season, source_key as application_number, date '$day' - 2 as drawn_on,
    row_number() over (order by sha256('123|' || source_key)) as draw_order,
    row_number() over (partition by place, turn order by sha256('123|' || source_key)) as place_in_turn,
    if(place_in_turn <= 2, 'drawn', 'waiting') as result
from work.staging.stg_activitats_estiu__inscripcions
where status_code != 'BAIXA';
