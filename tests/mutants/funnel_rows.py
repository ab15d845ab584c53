"""Rows put before the funnel's models, of each predicate one on either side: what no raw row needs to tell."""

# Where a candidate is reached: a letter, no e-mail, one that is not read, bounces, a household, an organisation.
REACHED = """
insert into work.hub.segments by name
select segments.* replace ('llar' as segment, ['letter', 'email'] as channels, 'household' as one_per)
from work.hub.segments where segment = 'escola'
union all by name
select segments.* replace ('cartes' as segment, ['letter', 'sms'] as channels)
from work.hub.segments where segment = 'escola';
insert into work.intermediate.int_segment_candidates by name
select candidates.* replace (md5(candidate_id || told.segment) as candidate_id, told.segment as segment)
from work.intermediate.int_segment_candidates as candidates, (values ('llar'), ('cartes'), ('cap')) as told(segment)
where candidates.segment = 'escola' and person_id between 'N000' and 'N012';
insert into work.intermediate.int_segment_candidates by name
select 'O9' as candidate_id, 'butlletins' as segment, topic, organisation_id, 'request' as basis, 'why' as reason,
    request_id
from work.hub.requests where organisation_id = 'O9';
insert into work.hub.organisations values ('O9', 'ENTITAT'), ('O8', 'REFUGI');
-- Somebody protected answers for O8, which asked for the same.
insert into work.intermediate.int_segment_candidates by name
select * replace ('O8' as candidate_id, 'O8' as organisation_id)
from work.intermediate.int_segment_candidates where candidate_id = 'O9';
insert into work.intermediate.int_protected_organisations (organisation_id) values ('O8');
update work.intermediate.int_segment_reach set letter_lines = ['C 1', '08001 BARCELONA']
where person_id in ('N000', 'N001', 'N002', 'N005');
update work.intermediate.int_segment_reach set email = null where person_id in ('N001', 'N006');
update work.intermediate.int_segment_reach set is_email_unread = true where person_id in ('N002', 'N003');
update work.intermediate.int_segment_reach set mobile = null where person_id = 'N003';
update work.intermediate.int_segment_reach set email = 'other@example.org'
where person_id = 'N004' and purpose = 'survey';
update work.intermediate.int_segment_reach set full_name = null where person_id = 'N004';
update work.hub.persons set household_id = null where person_id = 'N005';
insert into work.intermediate.int_bounced_contacts by name
select address, told.hard::timestamp as bounced_hard_at, told.soft::timestamp as bounced_soft_at
from work.hub.requests inner join (values
    ('N006', '2026-05-01', null), ('N007', '2026-01-01', null), ('N008', null, '2026-05-01'),
    ('N009', null, '2026-01-01')) as told(person_id, hard, soft) using (person_id)
where segment = 'butlletins';
insert into work.intermediate.int_consent_state (person_id, purpose, service, state, is_given, since)
values ('N011', 'surveys', 'OBRES', 'refused', false, '2026-05-01');
"""
# Each a candidate of its own: what its row of recipients has otherwise, then when it was told before and how often.
_CONSENT: dict[str, str] = {
    "alive, as far as known": "null::boolean as is_deceased",
    "about somebody dead": "null::boolean as is_deceased, true as is_about_deceased",
    "dead": "true as is_deceased",
    "protected": "true as is_protected",
    "protected, and a message tells where": "true as is_protected, 'afectacions' as segment",
    "protected, and a newsletter tells where": "true as is_protected, 'butlletins' as segment, 'CULTURA-05' as topic",
    "protected, and a topic is written so": "true as is_protected, 'CULTURA-05' as topic",
    "protected, with a reference": "true as is_protected, 'R1' as reference",
    "with a reference": "'R2' as reference",
    "moved away": "false as is_resident, ['consent'] as resident_bases",
    "perhaps a resident": "null::boolean as is_resident, ['consent'] as resident_bases",
    "moved away, which does not matter": "false as is_resident",
    "nobody": "null as person_id",
    "an organisation": "null as person_id, 'OV' as organisation_id, null::date as born_at_latest",
    "a child's age": "(run_date - to_years(14))::date + 1 as born_at_latest",
    "of age today": "(run_date - to_years(14))::date as born_at_latest",
    "an unknown age": "null::date as born_at_latest",
    "a request of unknown age": "null::date as born_at_latest, 'request' as basis, true as is_request_active",
    "a request of unknown age for the young":
        "null::date as born_at_latest, 'request' as basis, true as is_request_active, 30 as age_to",
    "too old today": "(run_date - to_years(31))::date as born_at_earliest, 30 as age_to",
    "too old tomorrow": "(run_date - to_years(31))::date + 1 as born_at_earliest, 30 as age_to",
    "unsure": "0.4 as confidence, 'request' as basis, true as is_request_active",
    "just sure": "0.5 as confidence, 'request' as basis, true as is_request_active",
    "unsure for a message": "0.98 as confidence",
    "just sure for a message": "0.99 as confidence",
    "silent": "null as consent_state",
    "silent, a public task": "null as consent_state, 'public_task' as basis",
    "refused": "'refused' as consent_state",
    "ended": "'request' as basis, false as is_request_active",
    "unsubscribed": "'request' as basis, false as is_request_active, date '2026-05-01' as unsubscribed_on",
    "perhaps active": "'request' as basis, null::boolean as is_request_active",
    "objects": "'public_task' as basis, 'refused' as consent_state",
    "objects since": "'request' as basis, true as is_request_active, 'refused' as consent_state, "
        "timestamp '2026-05-02' as consent_since, timestamp '2026-05-01' as asked_at",
    "objected before": "'request' as basis, true as is_request_active, 'refused' as consent_state, "
        "timestamp '2026-05-01' as consent_since, timestamp '2026-05-01' as asked_at",
    "said yes since": "'request' as basis, true as is_request_active, 'given' as consent_state, "
        "timestamp '2026-05-02' as consent_since, timestamp '2026-05-01' as asked_at",
    "bounced": "null as channel, true as has_bounced, false as is_request_bounced",
    "without address": "null as channel, false as has_bounced, true as is_request_bounced",
    "bounced where asked":
        "null as channel, false as has_bounced, true as is_request_bounced, 'x@example.org' as request_address",
    "asked, and no address":
        "null as channel, true as has_bounced, false as is_request_bounced, 'x@example.org' as request_address",
    "unsubscribed everywhere": "null as channel, true as has_unsubscribed",
    "unsubscribed everywhere, but asked":
        "null as channel, true as has_unsubscribed, 'x@example.org' as request_address",
    "of a record that may be another's": "true as is_doubted",
    "told lately": "10 as repeat_after_days",
    "told long ago": "10 as repeat_after_days",
    "told on the first day that does not count": "10 as repeat_after_days",
    "told once and for all": "null::integer as repeat_after_days",
    "had enough": "3 as cap_messages",
    "has room for one": "3 as cap_messages, 'VX' as person_id",
    "has room for one, the same person": "3 as cap_messages, 'enquesta' as segment, 5 as priority, 'VX' as person_id",
    "has room for one, of another segment": "3 as cap_messages, 'VX' as person_id",
    "has room for one beside one that asks for none": "3 as cap_messages, 'VU' as person_id, 1 as preference",
    "asks for no room": "'VU' as person_id, 'enquesta' as segment, 1 as priority",
    "has room, and is told otherwise": "3 as cap_messages, 'VU' as person_id, 9 as preference, 1 as priority",
    "bounced elsewhere": "true as has_bounced",
    "a letter": "['NOM', 'C 1'] as address_lines",
    "a letter to somebody dead": "['NOM', 'C 1'] as address_lines, true as is_deceased",
    "a home of two twice, one": "'U3' as unit, 'V-D' as person_id, 1 as preference",
    "a home of two twice, one again": "'U3' as unit, 'V-D' as person_id, 9 as preference",
    "a home of two twice, another": "'U3' as unit, 'V-E' as person_id, 2 as preference",
    "a home of two twice, another again": "'U3' as unit, 'V-E' as person_id, 3 as preference",
    "twice, wanted": "'VY' as person_id, 2 as preference",
    "twice, wanted more": "'VY' as person_id, 1 as preference, 'sms' as channel",
    "twice, asked": "'VZ' as person_id, 'request' as basis, true as is_request_active, 'sms' as channel",
    "twice, consented": "'VZ' as person_id",
    "twice, by another topic": "'VZ' as person_id, 'ALTRE' as topic",
    "twice across topics": "'VW' as person_id, true as is_repeat_across_topics, 'sms' as channel",
    "twice across topics, other": "'VW' as person_id, true as is_repeat_across_topics, 'ALTRE' as topic",
    "a home, one": "'U1' as unit, 'V-A' as person_id",
    "a home, another": "'U1' as unit, 'V-B' as person_id, 'sms' as channel",
    "a home, a second candidate of the other":
        "'U2' as unit, 'V-B' as person_id, 'sms' as channel, 9 as preference",
    "a home of another segment": "'U1' as unit, 'V-C' as person_id, 'avisos' as segment",
} | {f"a share of a stratum, {place}": "0.5 as sample_share, 'S' as stratum" for place in range(5)} | {
    f"a share of another stratum, {place}": "0.5 as sample_share, 'S2' as stratum" for place in range(3)
} | {"a share of a stratum, dead": "0.5 as sample_share, 'S' as stratum, true as is_deceased"}  # fmt: skip
_TOLD = {
    "told lately": ("date '2026-05-01'", 0), "told long ago": ("date '2026-01-01'", 0),
    "told on the first day that does not count": ("date '2026-04-25'", 0),
    "told once and for all": ("date '2020-01-01'", 0), "has room for one beside one that asks for none": ("null", 2),
    "has room, and is told otherwise": ("null", 2), "had enough": ("null", 3), "has room for one": ("null", 2),
    "has room for one, the same person": ("null", 2), "has room for one, of another segment": ("null", 2),
}  # fmt: skip


def judged() -> str:
    """The statements that put them into `int_segment_recipients` and `int_segment_history`."""
    found = []
    for place, (name, told) in enumerate(_CONSENT.items()):
        columns = {part.split(" as ")[-1] for part in told.split(", ")}
        own = {"person_id": f"'V{place}' as person_id", "unit": f"'V{place}' as unit", "topic": "'T' as topic"}
        replaced = ", ".join([*(value for key, value in own.items() if key not in columns), told])
        found.append(
            "insert into work.intermediate.int_segment_recipients by name "
            f"select recipients.* replace ({replaced}, 'V{place}' as candidate_id) "
            "from work.intermediate.int_segment_recipients as recipients "
            "where segment = 'escola' and person_id = 'N000' and channel is not null limit 1"
        )
        told_on, had = _TOLD.get(name, ("null", 0))
        found.append(f"insert into work.intermediate.int_segment_history values ('V{place}', {told_on}, {had})")
    return "; ".join(found)
