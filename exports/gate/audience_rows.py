"""The gate of audiences: the consents and recipients that it accepts, computed once a night, and the check of a file.

`audiences.py` writes the files; the hub has the members of segments.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import Audiences
from exports.contracts.purposes import message_uses
from exports.gate.rows import GateError
from sources.base.sql import literal

# The consent of each person, purpose and service (`consent_state.py`), given by the end of the date.
_CONSENT_STATE = """
create or replace temp table consent_state as
select * replace (is_given and cast(since as date) <= {day} as is_given)
from leaving_consent_state
"""

# Recipients of messages about a child who died or is protected.
_BARRED_BY_CHILD = """
create or replace temp table barred_by_child as
select distinct members.segment, members.topic, members.person_id
from work.hub.segment_members as members
join leaving_persons as children on children.person_id = members.about_person_id
where not (children.is_deceased is false and children.is_protected is false)
"""

# Organisations with a protected administrator or representative: their seat may be that person's home.
_PROTECTED_ORGANISATIONS = """
create or replace temp table protected_organisations as
select distinct ties.related_organisation_id as organisation_id
from work.hub.relationships as ties
join leaving_persons as persons on persons.person_id = ties.person_id
where ties.related_organisation_id is not null and persons.is_protected is not false
"""

# Addresses that unsubscribed, until a person with the address consents again, for any purpose; in their written form.
_CLOSED_ADDRESSES = """
create or replace temp table closed_addresses as
with unsubscribed as (
    select address, max(occurred_at) as unsubscribed_at
    from leaving_campaign_events
    where event = 'unsubscribed' and address is not null
    group by address
),
given as (
    select attributes.value as address, max(consents.since) as given_at
    from (from work.hub.person_attributes where value in (select address from unsubscribed)) as attributes
    join temp.consent_state as consents on consents.person_id = attributes.person_id
    where consents.is_given and consents.purpose in ({consents_to_messages})
    group by attributes.value
)
select regexp_replace(unsubscribed.address, '^[+]', '00') as address
from unsubscribed left join given on given.address = unsubscribed.address
where not coalesce(given.given_at > unsubscribed.unsubscribed_at, false)
"""

# Addresses where a message bounced permanently since the hub's date, in their written form.
_BOUNCED_SINCE = """
create or replace temp table bounced_since as
select regexp_replace(address, '^[+]', '00') as address from leaving_bounced_since
"""

# A decision on the segment's service wins over one on the whole purpose. Who refuses communications gets no survey
# without their consent, either. A segment without a purpose for messages has no rows here.
_DECISIVE = """
    select
        written.*,
        segments.bases as segment_bases,
        case
            when no_message.person_id is not null then false
            when of_service.person_id is null then of_all.is_given
            else of_service.is_given
        end as is_given,
        if(of_service.person_id is null, of_all.refused_at, of_service.refused_at) as refused_at,
        if(of_service.person_id is null, of_all.is_refused_some_time, of_service.is_refused_some_time)
            as is_refused_some_time
    from written
    join work.hub.segments as segments on segments.segment = written.segment
    join (values {message_uses}) as uses(purpose, consent) on uses.purpose = segments.purpose
    left join temp.consent_state as of_all
        on of_all.person_id = written.recipient_id and of_all.purpose = uses.consent and of_all.service is null
    left join temp.consent_state as of_service
        on of_service.person_id = written.recipient_id and of_service.purpose = uses.consent
        and of_service.service = segments.service
    left join temp.consent_state as no_message
        on no_message.person_id = written.recipient_id and written.basis = 'public_task'
        and uses.consent <> 'communications' and no_message.purpose = 'communications'
        and no_message.service is null and not no_message.is_given
"""

_ADMITTED = """
    select written.place
    from decisive as written
    left join leaving_persons as persons on persons.person_id = written.recipient_id
    where list_contains([{bases}], written.basis) and list_contains(written.segment_bases, written.basis)
        and (
            (
                persons.is_deceased is false and persons.is_protected is false
                and (written.basis = 'request' or coalesce(persons.confidence >= {minimum_confidence}, false))
                and (written.addressee = 'family' or coalesce(
                    persons.birth_date <= {day} - interval {minimum_age} year,
                    persons.birth_year <= year({day}) - {minimum_age} - 1,
                    list_contains([{unknown_age}]::varchar[], written.basis)
                ))
            )
            or (
                written.basis = 'request'
                and written.recipient_id in (
                    from (select organisation_id from work.hub.organisations)
                    except from temp.protected_organisations
                )
            )
        )
        and not exists (
            select 1 from temp.barred_by_child as barred
            where barred.segment = written.segment and barred.topic = written.topic
                and barred.person_id = written.recipient_id
        )
        -- A letter to a child's family, whatever the recipient's age.
        and (
            written.addressee is distinct from 'family'
            or (list_contains([{families}]::varchar[], written.basis) and coalesce(written.channel = 'letter', true))
        )
        and coalesce(written.address not in (select address from temp.bounced_since), true)
        and (
            written.basis = 'request' or written.address is null
            or written.address not in (select address from temp.closed_addresses)
        )
        and case written.basis
            when 'consent' then coalesce(written.is_given, false)
            when 'public_task' then coalesce(written.is_given, true)
            else coalesce(written.is_refused_some_time, false) is false and exists (
                select 1
                from leaving_requests as requests
                where coalesce(requests.organisation_id, requests.person_id) = written.recipient_id
                    and requests.segment = written.segment and requests.is_active
                    and coalesce(requests.request_id = written.request_id, true)
                    and coalesce(regexp_replace(requests.address, '^[+]', '00') = written.address, true)
                    and coalesce(written.refused_at <= requests.asked_at, true)
            )
        end
"""


def questions(business_date: date) -> tuple[str, ...]:
    """The statements that write the gate's temporary tables from a hub."""
    closed = _CLOSED_ADDRESSES.format(consents_to_messages=_list([use.consent for use in message_uses()]))
    return (
        _CONSENT_STATE.format(day=_day(business_date)),
        _BARRED_BY_CHILD,
        _PROTECTED_ORGANISATIONS,
        closed,
        _BOUNCED_SINCE,
    )


def prepare_gate(connection: duckdb.DuckDBPyConnection, business_date: date) -> None:
    """Write the gate's tables, once for all audiences of a night and the checks of their files.

    Reads: `work.hub` and the views of `leaving.show_leaving`.
    Writes: `consent_state`, one row per person, purpose and service; `barred_by_child`, one row per segment, topic and
    person; `protected_organisations`, one row per organisation; `closed_addresses` and `bounced_since`, one row per
    address.
    """
    for question in questions(business_date):
        connection.execute(question)


def with_admitted(source: str, rules: Audiences, business_date: date) -> str:
    """The CTEs `written` (rows of audiences with their `place`) and `admitted` (the places that may leave).

    Args:
        source: what follows `select *`: rows with place, segment, topic, recipient_id, addressee, basis, channel,
            address and request_id (null if any request of the segment is enough).
        rules: of the contract.
        business_date: of the night, after `prepare_gate`.
    """
    uses = ", ".join(f"({literal(use.purpose)}, {literal(use.consent)})" for use in message_uses())
    admitted = _ADMITTED.format(
        day=_day(business_date), minimum_age=rules.minimum_age, minimum_confidence=rules.minimum_confidence,
        bases=_list(rules.bases), unknown_age=_list(rules.admits_unknown_age),
        families=_list(rules.admits_families),
    )  # fmt: skip
    decisive = _DECISIVE.format(message_uses=uses)
    return f"with written as materialized (select * {source}), decisive as ({decisive}), admitted as ({admitted})"


def check_audience(connection: duckdb.DuckDBPyConnection, path: Path, rules: Audiences, business_date: date) -> int:
    """Read a written audience back and check the legal basis of every row; return the number of rows.

    Raises:
        GateError: a row's recipient may not receive it, or has two rows; in a segment with one message per reference,
            two rows of one reference.
    """
    source = f"""
        from (
            select row_number() over () as place, *, cast(null as varchar) as request_id
            from read_csv({literal(str(path))}, header = true, all_varchar = true)
        )"""
    [(rows, refused, repeated)] = connection.execute(f"""
        {with_admitted(source, rules, business_date)}
        select
            (select count(*) from written),
            (select count(*) from written anti join admitted on admitted.place = written.place),
            (
                select count(*) - count(distinct (
                    segment, topic, recipient_id, if(segments.one_per = 'reference', written.reference, null)
                ))
                from written left join work.hub.segments as segments using (segment)
            )
        """).fetchall()
    if refused or repeated:
        raise GateError(
            f"{path.name} was withheld: {refused} of its {rows} rows are of recipients who may not receive it on "
            f"{business_date}, {repeated} rows repeat one; expected none. It was not delivered; correct the segment, "
            "the consents or the requests and run the night again.",
            {"rows": rows, "rows of recipients who may not be told": refused, "rows that repeat a recipient": repeated},
        )
    return int(rows)


def _day(business_date: date) -> str:
    return f"date '{business_date:%Y-%m-%d}'"


def _list(values: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in values)
