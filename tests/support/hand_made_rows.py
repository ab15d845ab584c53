"""Rows written by hand, each with its trap: the raw tables that dbt starts from, and what a linkage makes of them."""

HABITANTS = """
    insert into work.raw.padro__habitants by name
    select nia, nia as _source_key, n as _line_number, date '2026-05-01' as _extract_date, fvar, cvar, cauv,
        '01' as dist, '003' as secc, 'CALLE' as tvia, 'BALMES' as nvia, '0012' as numer, '08007' as cpos,
        nhop, nomb, part1, ape1, ape2, sexo, fnac, '108' as naci, tide, iden, '20100101' as falta,
        '07' as barri, '043000050' as x_etrs89, '0458200000' as y_etrs89
    from (values
        (1, 'N1', '20200101', 'A', 'AC', 'H1', 'MARIA', 'DE LA', 'PUIG', 'SOLER', '6', '19800101', '1', '00000014Z'),
        (2, 'N2', '20260401', 'B', 'BD', 'H1', 'PERE', null, 'MAS', null, '1', '19300000', '1', '01234567L'),
        (3, 'N3', '20140101', 'A', 'AN', 'H1', 'ONA', null, 'MAS', 'PUIG', '6', '20130602', '0', null),
        (4, 'N4', '20220101', 'A', 'AC', 'H2', 'JUAN', null, 'ROCA', null, '1', '19900101', '1', '12345678Z')
    ) as t(n, nia, fvar, cvar, cauv, nhop, nomb, part1, ape1, ape2, sexo, fnac, tide, iden)
"""

ATENCIONS = """
    insert into work.raw.atencions__atencions by name
    select id, id as _source_key, n as _line_number, date '2026-05-04' as _extract_date, data_hora, '010' as canal,
        tipus_document, document, nom, cognom_1, adreca, '12 bis' as numero, '8007' as codi_postal, email, telefon,
        'ca' as idioma, 'INFO' as motiu, 'RESOLT' as resultat, integracio as consentiment_integracio,
        comunicacions as consentiment_comunicacions, '2026-1-ca' as versio_text
    from (values
        (1, 'A1', '2026-05-03T10:00:00', 'DNI', '14.z', 'Mari', 'Puig-Solà', 'C/ d''Aragó', ' M@Example.org',
            '93 412 34 56', 'S', 'S'),
        (2, 'A2', '2026-05-04T10:00:00', 'DNI', '00.000.014-z', 'Maria', 'Puig', null, null, '010', null, 'N'),
        (3, 'A3', '2026-05-05T00:00:00', null, null, 'Maria', 'Puig', null, null, null, 'N', null),
        (4, 'A4', '2026-05-04T10:00:00', null, null, 'Ona', 'Mas', null, null, null, 'S', 'N'),
        (5, 'A5', '2026-05-04T10:00:00', null, null, null, null, null, null, '900226226', 'S', null),
        (6, 'A6', '2026-05-04T10:00:00', null, null, 'Pere', 'Mas', null, null, null, 'S', null),
        (7, 'A7', '2026-05-04T10:00:00', null, null, 'Qui', 'Sap', null, 'qui@example.org', null, 'S', null),
        (8, 'A8', '2026-05-04T20:00:00', 'DNI', '00000014Z', null, null, null, 'no@example.com', null, null, 'S')
    ) as t(n, id, data_hora, tipus_document, document, nom, cognom_1, adreca, email, telefon, integracio, comunicacions)
    union all by name
    select 'S' || i as id, 'S' || i as _source_key, 10 + i as _line_number, date '2026-05-04' as _extract_date,
        '2026-05-04T11:00:00' as data_hora, 'OAC' as canal, 'Nom' || i as nom, 'Cognom' as cognom_1,
        'escola@example.org' as email, 'INFO' as motiu, 'RESOLT' as resultat
    from range(6) as shared(i)
"""

IRIS = """
    insert into work.raw.iris__fitxes by name
    select id as fitxa_id, id as _source_key, n as _line_number, date '2026-05-04' as _extract_date, tipus, suport,
        estat, sollicitant, '2026' as any_data_alta, '04' as mes_data_alta, '28' as dia_data_alta,
        tancament[1] as any_data_tancament, tancament[2] as mes_data_tancament, tancament[3] as dia_data_tancament,
        nom, 'Vila' as cognom_1, document, email
    from (values
        (1, 'F1', 'ISSUE', 'MÒBIL', '4', 'C', ['2026', '05', '01'], 'Núria', 'ND', 'Nuria.Vila@example.org'),
        (2, 'F2', 'QUEIXA', 'WEB', '2', 'A', null, null, null, null)
    ) as t(n, id, tipus, suport, estat, sollicitant, tancament, nom, document, email);
    insert into work.raw.iris__fitxes by name
    select id as fitxa_id, id as _source_key, date '2026-05-04' as _extract_date, 'QUEIXA' as tipus, 'WEB' as suport,
        '2' as estat, 'E' as sollicitant, '2026' as any_data_alta, '04' as mes_data_alta, '28' as dia_data_alta,
        cif, rao_social
    from (values
        ('E1', 'es-P0801900b', 'Ajuntament de Barcelona'),
        ('E2', 'B 12345674', 'Fustes Pujol, S.L.U.'),
        ('E3', 'B12345675', 'Fustes Pujol Societat Limitada'),
        ('E4', 'ND', 'Associació de Veïns del Coll'),
        ('E5', null, null)
    ) as t(id, cif, rao_social)
"""

TAXES = """
    insert into work.raw.contribuents__contribuents by name
    select '7' as codi_contribuent, '7' as _source_key, 1 as _line_number, date '2026-05-04' as _extract_date,
        'F' as tipus_persona, '00000014Z' as nif, 'DE LA PUIG SOLER, MARIA' as cognoms_nom,
        'CL BALMES 12 Pl:1 Pt:2 08007 BARCELONA' as domicili_fiscal, '20100101' as data_alta;
    insert into work.raw.contribuents__contribuents by name
    select key as codi_contribuent, key as _source_key, date '2026-05-04' as _extract_date, kind as tipus_persona,
        nif, company as rao_social, who as representant_nif, name as representant_nom, '20110101' as data_alta
    from (values
        ('8', 'J', 'B12345674', 'FUSTES PUJOL SL', '00000014Z', 'DE LA PUIG SOLER, MARIA'),
        ('9', 'E', 'H08123457', 'COMUNITAT DE PROPIETARIS BALMES 12', 'B12345674', 'FUSTES PUJOL, S.L.')
    ) as t(key, kind, nif, company, who, name);
    insert into work.raw.objectes_tributaris__objectes by name
    select * from (values
        ('H1', 'H1', 'IBI', '0000000993 0DF30158ML', '7', 'PR', '50,00', 'V'),
        ('H2', 'H2', 'IVTM', '1234BCD', '8', null, '100,00', null)
    ) as t(codi_objecte, _source_key, impost, referencia, codi_contribuent, dret, percentatge, us);
"""

QUARANTINED = """
    insert into work.raw.atencions__atencions_quarantined by name
    select id, id as _source_key, n as _line_number, date '2026-05-04' as _extract_date, _reason, data_hora,
        '010' as canal, document, nom, cognom_1, data_naixement, email, integracio as consentiment_integracio,
        comunicacions as consentiment_comunicacions
    from (values
        (90, 'B1', 'unknown_code:idioma', '2026-05-04T12:00:00', '1.234.567-l', null, null, null, null, 'S', 'N'),
        (91, 'A6', 'duplicate_key', '2026-05-04T12:00:00', null, null, null, null, null, 'N', null),
        (92, null, 'missing:id', 'ahir', null, 'Oneta', 'Mas', '2013-06-02', null, 'N', 'N'),
        (93, 'B4', 'repeated_field', '2026-05-04T12:00:00', null, null, null, null, 'QUI@example.org', 'S', null),
        (94, 'B5', 'unknown_code:canal', '2026-05-04T12:00:00', '00000014Z', null, null, null, null, 'S', 'S'),
        (95, 'B6', 'bad_json', null, null, null, null, null, null, null, null)
    ) as t(n, id, _reason, data_hora, document, nom, cognom_1, data_naixement, email, integracio, comunicacions)
"""
# The full register before had PAU for ONA's brother; the directory knows two streets and an old name of one.
BEFORE = """
    insert into work.raw.padro__habitants_previous by name
    select * replace (date '2026-04-01' as _extract_date) from work.raw.padro__habitants where nia != 'N4';
    insert into work.raw.padro_variacions__variacions by name
    select * replace (date '2026-04-15' as _extract_date, 'CANVIAT' as ape1, 'V1' as _source_key)
    from work.raw.padro__habitants where nia = 'N1'
    union all by name
    select * replace (date '2026-05-02' as _extract_date, 'B' as cvar, 'BD' as cauv, 'V3' as _source_key,
        1 as _line_number)
    from work.raw.padro__habitants where nia = 'N4'
    union all by name
    select * replace (date '2026-05-02' as _extract_date, 'M' as cvar, 'MD' as cauv, 'ARAGO' as nvia,
        '0014' as numer, 'V2' as _source_key, 2 as _line_number)
    from work.raw.padro__habitants where nia = 'N4'
    union all by name
    select * replace (date '2026-05-03' as _extract_date, 'N9' as nia, 'B' as cvar, 'BC' as cauv, 'V4' as _source_key,
        1 as _line_number)
    from work.raw.padro__habitants where nia = 'N4';
"""

STREETS = """
    insert into work.raw.carrers__vies by name
    select code as codi_via, code as _source_key, name as nom_oficial, short as nom_curt
    from (values
        ('000100', 'Carrer de Balmes', 'C Balmes'), ('000200', 'Carrer d''Aragó', 'C Aragó'),
        ('000300', 'Gran Via de les Corts Catalanes', 'GV Corts Catalanes'),
        ('000400', 'Rambla de Guipúscoa', 'Rbla Guipúscoa'), ('000500', 'Carrer de Guipúscoa', 'C Guipúscoa')
    ) as t(code, name, short);
    insert into work.raw.adreces__punts by name
    select street || number as _source_key, street as codi_carrer, number[:4] as numpost,
        nullif(number[5:], '') as llepost, if(number[5:] = 'B', '05', '02') as districte, '07' as barri,
        '081' as secc_cens, post as dist_post, '430000' as x_ed50, '430093.7' as x_etrs89, '4580000' as y_etrs89
    from (values
        ('000100', '0012', '07'), ('000200', '0012', '07'), ('000200', '0020', '07'), ('000300', '0100', '11'),
        ('000400', '0008', '20'), ('000500', '0008', '20'), ('000500', '0030', '20'), ('000500', '0030B', '20')
    ) as t(street, number, post);
    insert into work.raw.activitats_estiu__inscripcions by name
    select key as num_inscripcio, key as _source_key, date '2026-05-04' as _extract_date, '2026' as any,
        'CASAL' as tipus_activitat, 'ADMES' as estat, '2026-04-01' as data_sollicitud, 'Ona' as infant_nom,
        'Mas' as infant_cognom_1, '2013-06-02' as infant_data_naixement, '00000014Z' as infant_document,
        'Maria' as tutor_nom, 'Puig' as tutor_cognom_1, '00000014Z' as tutor_nif, street as adreca, number as numero,
        post as codi_postal
    from (values
        ('I1', 'Avenida de José Antonio', '100', '08011'), ('I2', 'C/ Balmas', '12', '08007'),
        ('I3', 'Aragó', '18', '08007'), ('I4', 'Aragó', '999', '08007'), ('I5', 'Inexistent', '1', '08001'),
        ('I6', 'Guipúscoa', '8', '08020'), ('I9', 'Rbla. Guipúscoa', '8', '08020'),
        ('IA', 'Calle de Guipúscoa', '8', null), ('IB', 'C/ Rambla de Guipúscoa', '8', '08020'),
        ('IC', 'C. Guipúscoa', '30 B', '08020'), ('ID', 'C. Guipúscoa', '30bis', '08020'),
        ('IE', 'C. Guipúscoa', '30, 2n 1a', '08020'), ('I7', 'Balmes', '12', '08902'), ('I8', 'Aragó', '12', '08013')
    ) as t(key, street, number, post);
"""

LINKAGE = """
    create schema work.linkage;
    create table work.linkage.mention_links as
    select mention_id,
        case
            when source_key = 'A7' then null
            when source_key in ('N1', 'A1', 'A2', 'A3', 'A8', '7', '8#representant', 'AV1') then 'P1'
            when source_key in ('N3', 'A4') or source_key like 'I_' then 'P3'
            when source_key like 'I_#tutor' then 'P1'
            when source_key like 'C1_' then 'PC1'
            when source_key in ('N2', 'A6') then 'P2'
            else 'P' || source_key
        end as person_id,
        case source_key when 'A7' then null when 'A1' then 0.97654321 else 1.0 end as confidence,
        case source_key when 'A7' then 0.0 when 'A1' then 0.9234567 else 1.0 end as cluster_confidence,
        if(source_key = 'A7', 'in_review', 'singleton') as method, source_key = 'A7' as is_in_review
    from work.intermediate.int_person_mentions;
    create table work.linkage.absent_links (mention_id varchar, person_id varchar);
    create table work.linkage.organisation_links as
    select mention_id, if(legal_name = 'FUSTES PUJOL', 'OF', 'O' || source_key) as organisation_id, 1.0 as confidence,
        1.0 as cluster_confidence, 'probabilistic' as method, false as is_in_review
    from work.intermediate.int_organisation_mentions;
    create table work.linkage.sent_messages as
    select * from (values ('ME7', 'PZ', null), ('ME8', 'PZ', null), ('ME9', 'OF', 'N1'))
        as sent(message_id, recipient_id, reference);
    create table work.linkage.nights as select unnest(range(timestamp '2026-04-30', timestamp '2026-05-05',
        interval 1 day))::date as business_date;
    create table work.linkage.organisation_events as
    select 'minted' as event, []::varchar[] as ids_before, ['OF'] as ids_after, 'first seen' as cause,
        date '2026-05-04' as business_date;
    create table work.linkage.person_events as
    select * from (values
        ('minted', []::varchar[], ['P1'], 'first seen', date '2026-05-01'),
        ('minted', [], ['P2'], 'first seen', date '2026-05-01'),
        ('minted', [], ['P3'], 'first seen', date '2026-05-01'),
        ('minted', [], ['PZ'], 'first seen', date '2026-05-01'),
        ('retired', ['P3'], [], 'no mention left', date '2026-05-02'),
        ('reassigned', ['P3'], ['P3'], 'seen again after it was retired', date '2026-05-03'),
        ('split', ['PZ'], ['PY', 'PZ'], 'found to be several: decision d1', date '2026-05-03'),
        ('merged', ['PZ', 'P1'], ['P1'], 'found to be one person: one valid document on a and b', date '2026-05-04'),
        ('reassigned', ['PY'], ['P2'], 'mentions moved between persons: link between c and d', date '2026-05-04'),
        ('retired', ['PRETIRED'], [], 'in review: nobody''s until a steward decides', date '2026-05-04'),
        ('minted', [], ['PRETIRED'], 'first seen', date '2026-05-01')
    ) as told(event, ids_before, ids_after, cause, business_date);
    create table work.linkage.review_cases as
    with cases(kind, one, other, match_weight, is_in_review_l, register_entries_l) as (values
        ('borderline', 'N3', 'N2', 7.5, false, 1), ('disputed', 'A7', 'N1', 12.25, true, 0),
        ('borderline', 'N2', 'N1', 9.5, false, 1)
    ),
    sided as (select cases.*, l.mention_id as mention_id_l, r.mention_id as mention_id_r from cases
        inner join work.intermediate.int_person_mentions as l on one = l.source_key
        inner join work.intermediate.int_person_mentions as r on other = r.source_key)
    select kind, 'why' as reason, mention_id_l, mention_id_r, match_weight, [mention_id_l] as mention_ids_l,
        [mention_id_r] as mention_ids_r, is_in_review_l, false as is_in_review_r, register_entries_l,
        9::bigint as register_entries_r, 0::bigint as valid_documents_l, 0::bigint as valid_documents_r
    from sided;
    create table work.linkage.linkage_metrics as select date '2026-05-04' as business_date, 'person' as entity,
        'linked_share' as measure, 'padro' as cut, 0.5 as value, 2::bigint as base;
    create table work.linkage.models as select 'person' as entity, '2026-1' as version, 'abc' as sha256;
    create table work.linkage.organisation_review_cases as from work.linkage.review_cases limit 0;
"""

COMMUNICATION = """
    insert into work.raw.consentiments__esdeveniments by name
    select id, id as _source_key, n as _line_number, date '2026-05-04' as _extract_date, moment as data_hora,
        'WEB' as origen, finalitat, servei, estat, atorgant, '2026-1-ca' as versio_text, 'Clara' as nom,
        'Fons' as cognom_1, naixement as data_naixement, 'ca' as idioma
    from (values
        (1, 'C1a', '2026-05-01T09:00:00', 'COMUNICACIONS', null, 'DONAT', 'TITULAR', '1980-01-01'),
        (2, 'C1b', '2026-05-02T09:00:00', 'COMUNICACIONS', 'BUS', 'DONAT', 'TITULAR', '1980-01-01'),
        (3, 'C1c', '2026-05-03T09:00:00', 'COMUNICACIONS', null, 'RETIRAT', 'TITULAR', '1980-01-01'),
        (4, 'C1d', '2026-05-02T09:00:00', 'ENQUESTES', null, 'DONAT', 'TITULAR', '1980-01-01'),
        (5, 'C1e', '2026-05-02T09:00:00', 'INTEGRACIO', 'OBRES', 'RETIRAT', 'TITULAR', '1980-01-01'),
        (6, 'C1f', '2026-05-03T09:00:00', 'INTEGRACIO', null, 'DONAT', 'TITULAR', '1980-01-01'),
        (7, 'CK', '2026-05-01T09:00:00', 'INTEGRACIO', null, 'DONAT', 'TUTOR', '2016-03-01'),
        (8, 'CT', '2026-04-01T09:00:00', 'INTEGRACIO', null, 'DONAT', 'TUTOR', '2012-05-01')
    ) as t(n, id, moment, finalitat, servei, estat, atorgant, naixement);
    insert into work.raw.consentiments__esdeveniments_quarantined by name
    select 'C9' as _source_key, 95 as _line_number, date '2026-05-04' as _extract_date,
        'unknown_code:origen' as _reason,
        '2026-05-04T08:00:00' as data_hora, 'FINALITAT_NOVA' as finalitat, 'RETIRAT' as estat,
        'Ser@example.org' as email
    union all by name
    select 'C8' as _source_key, 96 as _line_number, date '2026-05-04' as _extract_date,
        'bad_date:data_naixement' as _reason,
        'COMUNICACIONS' as finalitat, 'DONAT' as estat, 'ser@example.org' as email;
    insert into work.raw.consentiments__esdeveniments by name
    select id, id as _source_key, date '2026-05-04' as _extract_date, '2026-05-02T09:00:00' as data_hora,
        'WEB' as origen, 'COMUNICACIONS' as finalitat, estat, 'TITULAR' as atorgant, '2026-1-ca' as versio_text,
        nom, email
    from (values
        ('CX', 'DONAT', 'Xènia', 'xenia@example.org'), ('CY', 'RETIRAT', null, 'Xenia@example.org'),
        ('CZ', 'DONAT', 'Zoe', 'zoe@example.org'), ('CU', 'DONAT', 'Una', 'una@example.org')
    ) as t(id, estat, nom, email);
    insert into work.raw.consentiments__esdeveniments_quarantined by name
    select 'C7' as _source_key, 97 as _line_number, date '2026-05-04' as _extract_date,
        'bad_date:data_hora' as _reason, '1026-05-05T10:00:00' as data_hora, 'COMUNICACIONS' as finalitat,
        'RETIRAT' as estat, 'una@example.org' || chr(8203) as email;
    insert into work.raw.campanyes__esdeveniments_quarantined by name
    select 'E9' as _source_key, 9 as _line_number, date '2026-05-04' as _extract_date,
        'unknown_code:canal' as _reason, 'BAIXA' as esdeveniment, 'Zoe@example.org' as adreca;
    insert into work.raw.subscripcions__subscripcions by name
    select id as id_subscripcio, id as _source_key, date '2026-05-04' as _extract_date, servei, bloc, butlleti,
        'EMAIL' as canal, 'ser@example.org' as email, 'Sergi' as nom, 'de la Torre Vila' as cognoms,
        '2026-05-01' as data_alta, fins as data_baixa
    from (values
        ('SUB1', 'BUTLLETI', null, 'D05', null), ('SUB2', 'BUTLLETI', null, 'CULTURA', '2026-05-03'),
        ('SUB3', 'PREINSCRIPCIO', 'BATXILLERAT', null, '2026-05-09')
    ) as t(id, servei, bloc, butlleti, fins)
    union all by name
    select 'SUB4' as id_subscripcio, 'SUB4' as _source_key, date '2026-05-04' as _extract_date, 'BUTLLETI' as servei,
        'ESPORTS' as butlleti, 'EMAIL' as canal, 'Sub4@example.org' as email, 'Quima' as nom, 'Roig' as cognoms,
        '2026-05-01' as data_alta;
    insert into work.raw.campanyes__esdeveniments by name
    select id as id_esdeveniment, id as _source_key, date '2026-05-04' as _extract_date, 'M' || id as id_missatge,
        'c' as campanya, persona as id_persona, 'EMAIL' as canal, adreca, que as esdeveniment,
        '2026-05-04T10:00:00' as moment, if(id = 'E10', 'butlletins', null) as segment,
        if(id = 'E10', 'D05', null) as tema
    from (values
        ('E1', 'PZ', 'old@example.org', 'ENVIAT'), ('E2', null, 'M@example.org', 'OBERT'),
        ('E3', null, 'nobody@example.org', 'REBOT_DUR'), ('E4', 'PCT', null, 'BAIXA'),
        ('E5', 'PGONE', 'm@example.org', 'ENVIAT'), ('E6', null, 'sub4@example.org', 'BAIXA'),
        ('E7', null, 'nobody@example.org', 'ENVIAT'), ('E8', 'P3', 'nobody@example.org', 'ENVIAT'),
        ('E9', null, 'nobody@example.org', 'ENVIAT'), ('E10', null, 'ser@example.org', 'ENVIAT'),
        ('E11', null, 'ser@example.org', 'ENVIAT'), ('E12', null, 'qui@example.org', 'ENVIAT')
    ) as t(id, persona, adreca, que);
    insert into work.raw.enquestes__respostes by name
    select id as id_resposta, id as _source_key, date '2026-05-04' as _extract_date, '2026-05-04' as data,
        'PADRO' as servei, canal, atencio as id_atencio, '9' as p1, comentari
    from (values ('R1', '010', 'A1', 'Molt bé'), ('R2', 'WEB', null, null)) as t(id, canal, atencio, comentari);
    insert into work.raw.avisos__avisos by name
    select codi, codi as _source_key, servei, tema, districte, codi as titol_ca, codi as titol_es,
        '2026-05-04' as data_inici, '2026-05-10' as data_fi, destinataris, canals, estat
    from (values
        ('OBRES-Z1', 'OBRES', 'Z1', null, 'TOTS', 'EMAIL,CARTA', 'VIGENT'),
        ('BUS-H4', 'BUS', 'H4', null, 'VEINS', null, 'RETIRAT'),
        ('BUTLLETI-D05', 'BUTLLETI', 'D05', null, 'SUBSCRITS', null, 'VIGENT'),
        ('BUTLLETI-CULTURA', 'BUTLLETI', 'CULTURA', null, 'SUBSCRITS', null, 'VIGENT'),
        ('URBANISME-D02', 'PARTICIPACIO', 'URBANISME', '02', 'SUBSCRITS', null, 'VIGENT'),
        ('URBANISME', 'PARTICIPACIO', 'URBANISME', null, 'SUBSCRITS', null, 'VIGENT')
    ) as t(codi, servei, tema, districte, destinataris, canals, estat);
    insert into work.raw.zones__zones by name
    select 'Z1' as codi, 'Z1' as _source_key, 'Glòries' as nom, 'OBRES' as tipus, '2026-05-01' as data_inici,
        'BUS,COTXE' as mitjans, '200' as radi_m, '07,08' as barris,
        '{"type": "Polygon", "coordinates": [[[430400, 4582000], [430450, 4582000], [430450, 4582100],
            [430400, 4582000]]]}'
            as geometria;
    insert into work.raw.linies_bus__elements by name
    select 'H4-01' as codi, 'H4-01' as _source_key, 'Parada' as nom, 'PARADA' as tipus, 'H4,V11' as linies,
        '{"type": "Point", "coordinates": [430000, 4582000]}' as geometria;
"""

# MARIA parks here; of RITA only the bicycles know.
TRAVELLERS = """
    insert into work.raw.area_verda__distintius by name
    select key as num_distintiu, key as _source_key, date '2026-05-04' as _extract_date, document as nif, name as nom,
        'Puig' as cognom_1, 'Carrer d''Aragó' as adreca, '20' as numero, '08007' as codi_postal,
        'rodes@example.org' as email, '600777888' as telefon, '7777LLL' as matricula, 'T' as tipus_vehicle,
        '9' as zona, '20260101' as data_alta, '20271231' as data_caducitat, 'V' as estat
    from (values ('AV1', '00000014Z', 'Mariona')) as t(key, document, name);
    insert into work.raw.bicing__abonaments by name
    select 'BI1' as id_abonament, 'BI1' as _source_key, date '2026-05-04' as _extract_date, '87654321X' as document,
        'Rita' as nom, 'Roda Llarga' as cognoms, 'rita@example.org' as email, '600777999' as mobil,
        'TARIFA_PLANA' as modalitat, '2026-02-01' as data_alta, '2027-01-31' as data_fi, 'ACTIU' as estat;
"""

RAW = (HABITANTS, ATENCIONS, IRIS, TAXES, QUARANTINED, BEFORE, STREETS, COMMUNICATION, TRAVELLERS)
