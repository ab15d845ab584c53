"""Candidates of a few people, laid into the made-up marts for the models of the funnel."""

from dataclasses import dataclass

import duckdb
import polars as pl

FUNNEL = ("int_segment_recipients", "int_segment_history", "segment_candidates", "segment_members", "segment_funnel")
PERSONS = ("P1", "P2", "P3", "P4")
ENTITIES = ("E1",)
SEGMENTS = ("afectacions", "butlletins")
TOPICS = ("T1", "T2")


@dataclass(frozen=True)
class Home:
    """Household of a person and the addresses at which they may be reached."""

    household: str | None
    open: frozenset[str]


@dataclass(frozen=True)
class Rules:
    """What a segment declares about the units that it counts."""

    one_per: str
    channels: tuple[str, ...]
    across_topics: bool
    sample_share: float | None
    cap: int | None


@dataclass(frozen=True)
class Named:
    """A candidate, as a segment's query names it."""

    segment: str
    topic: str
    recipient: str
    about: str | None
    basis: str
    preference: int | None
    asked_by: str


def lay(hub: duckdb.DuckDBPyConnection, homes: dict[str, Home], rules: dict[str, Rules], named: list[Named]) -> None:
    """Write the generated city into the tables that the funnel reads."""
    for person, home in homes.items():
        hub.execute("update work.hub.persons set household_id = ? where person_id = ?", [home.household, person])
    for name, rule in rules.items():
        hub.execute(
            "update work.hub.segments set one_per = $1, channels = $2, is_repeat_across_topics = $3, sample_share = $4,"
            " cap_messages = $5, cap_days = 30, bases = ['request', 'consent', 'public_task'], age_from = 18,"
            " age_to = null, least_confidence = 0, resident_bases = []::varchar[] where segment = $6",
            [rule.one_per, list(rule.channels), rule.across_topics, rule.sample_share, rule.cap, name],
        )
    reach = pl.DataFrame(
        [
            {
                "person_id": person,
                "purpose": "communicate",
                "full_name": person,
                "language": "ca",
                "email": f"{person}@example.org" if "email" in home.open else None,
                "is_email_unread": False,
                "mobile": f"+34600{person[1]}00000" if "mobile" in home.open else None,
                "letter_lines": ["Carrer de Balmes, 1", "08007 BARCELONA"] if "letter_lines" in home.open else None,
                "has_bounced": False,
            }
            for person, home in homes.items()
        ],
        schema_overrides={"email": pl.String, "mobile": pl.String, "letter_lines": pl.List(pl.String)},
    ).to_arrow()
    hub.register("reach", reach)
    hub.execute("create or replace table work.intermediate.int_segment_reach as from reach")
    rows = [
        {
            "candidate_id": str(place),
            "segment": one.segment,
            "topic": one.topic,
            "person_id": one.recipient if one.recipient in PERSONS else None,
            "organisation_id": one.recipient if one.recipient in ENTITIES else None,
            "about_person_id": one.about,
            "basis": "request" if one.recipient in ENTITIES else one.basis,
            "request_id": str(place) if one.basis == "request" or one.recipient in ENTITIES else None,
            "preference": one.preference,
            "asked_by": one.asked_by,
        }
        for place, one in enumerate(named)
    ]
    texts = ("person_id", "organisation_id", "about_person_id", "request_id")
    candidates = pl.DataFrame(
        rows, schema_overrides=dict.fromkeys(texts, pl.String) | {"preference": pl.Int32}
    ).to_arrow()
    hub.register("candidates", candidates)
    hub.execute("""
        create or replace table work.intermediate.int_segment_candidates as
        select * exclude (asked_by), 'generated' as reason, null::varchar as content, null::varchar as content_source,
            null::varchar as reference, null::varchar as stratum, null::boolean as is_doubted,
            null::boolean as has_notice, null::varchar[] as notice_channels, 'person' as addressee
        from candidates;
        insert into work.hub.requests by name
        select request_id, 'subscription' as kind, segment, topic, person_id, organisation_id, asked_by as channel,
            'asked' || request_id as address, timestamp '2026-01-01' as asked_at, true as is_active
        from candidates where request_id is not null
    """)
    hub.execute("insert into work.intermediate.int_consent_state by name select person_id, 'communications' as purpose,"
                " 'given' as state, timestamp '2026-01-01' as since from work.hub.persons")  # fmt: skip
