"""Within a segment and topic nobody is written to twice, whatever the candidates of one recipient count by.

Candidates are generated; the models from the recipients on are those that dbt compiled.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.made_up_segments import again, rolled_back, table

FUNNEL = ("int_segment_recipients", "int_segment_history", "segment_candidates", "segment_members", "segment_funnel")
PERSONS = ("P1", "P2", "P3", "P4")
ENTITIES = ("E1",)
SEGMENTS = ("afectacions", "butlletins")
TOPICS = ("T1", "T2")
ADDRESSES = ((), ("email",), ("letter_lines",), ("mobile", "letter_lines"))


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


HOMES = st.builds(Home, st.sampled_from((None, "H1", "H1")), st.sampled_from(ADDRESSES).map(frozenset))
RULES = st.builds(
    Rules,
    st.sampled_from(("person", "household")),
    st.permutations(("email", "sms", "letter")).map(tuple),
    st.booleans(),
    st.sampled_from((None, 0.5)),
    st.sampled_from((None, 1, 3)),
)
NAMED = st.builds(
    Named,
    st.sampled_from(SEGMENTS),
    st.sampled_from(TOPICS),
    st.sampled_from((*PERSONS, *ENTITIES)),
    st.sampled_from((None, "P3", "P4")),
    st.sampled_from(("request", "consent", "public_task")),
    st.sampled_from((None, 1, 2)),
    st.sampled_from(("EMAIL", "SMS")),
)
City = tuple[dict[str, Home], dict[str, Rules], list[Named]]
CITIES: st.SearchStrategy[City] = st.tuples(
    st.fixed_dictionaries(dict.fromkeys(PERSONS, HOMES)),
    st.fixed_dictionaries(dict.fromkeys(SEGMENTS, RULES)),
    st.lists(NAMED, min_size=8, max_size=16, unique_by=lambda one: (one.segment, one.topic, one.recipient, one.about,
                                                                      one.basis)),
)  # fmt: skip


@pytest.fixture(scope="module")
def empty(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts with only four adults and an entity."""
    with rolled_back(built) as hub:
        hub.execute("commit")
        for name in ("intermediate.int_consent_state", "hub.campaign_events", "hub.survey_answers"):
            hub.execute(f"delete from work.{name}")
        for place, person in enumerate(PERSONS):
            hub.execute(
                "insert into work.hub.persons by name select * replace ($person as person_id) from work.hub.persons"
                " where is_resident and not is_protected and not is_deceased and birth_date < '1990-01-01'"
                f" order by person_id limit 1 offset {place}",
                {"person": person},
            )
        hub.execute(f"delete from work.hub.persons where person_id not in {PERSONS}")
        for place, entity in enumerate(ENTITIES):
            hub.execute(
                "insert into work.hub.organisations by name select * replace ($entity as organisation_id)"
                f" from work.hub.organisations order by organisation_id limit 1 offset {place}",
                {"entity": entity},
            )
        hub.execute(f"delete from work.hub.organisations where organisation_id not in ('{ENTITIES[0]}')")
        hub.execute("delete from work.hub.requests")
        yield hub
        hub.execute("begin")


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


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(city=CITIES)
def test_nobody_is_written_to_twice(empty: duckdb.DuckDBPyConnection, built: Path, city: City) -> None:
    homes, rules, named = city
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        again(empty, built, FUNNEL)
        found = [
            (
                row["segment"],
                None if rules[row["segment"]].across_topics else row["topic"],
                row["person_id"] or row["organisation_id"],
                row["reason_out"],
                row["channel"],
            )
            for row in table(empty, "hub.segment_candidates").iter_rows(named=True)
        ]
        funnel = table(empty, "hub.segment_funnel")
    finally:
        empty.execute("rollback")
    assert len(found) == len(named)
    written = Counter((segment, topic, who) for segment, topic, who, reason, _ in found if reason is None)
    assert not [one for one, count in written.items() if count > 1]
    homes_written = Counter(
        (segment, topic, homes[who].household)
        for segment, topic, who, reason, _ in found
        if reason is None and who in homes and homes[who].household
    )
    letters = {
        (segment, topic, homes[who].household)
        for segment, topic, who, reason, channel in found
        if reason is None and channel == "letter"
    }
    assert not [one for one in letters if homes_written[one] > 1]
    assert_each_reason_is_true(found, homes)
    assert_sums_hold(funnel, found)


LATER = {None, "not_sampled", "other_message_first"}
Found = list[tuple[str, str | None, str, str | None, str | None]]


def assert_each_reason_is_true(found: Found, homes: dict[str, Home]) -> None:
    """Another candidate of the recipient, or of another person in the household, passed this step."""
    on = {(segment, topic, who) for segment, topic, who, reason, _ in found if reason in LATER}
    for segment, topic, who, reason, _ in found:
        if reason == "told_otherwise":
            assert (segment, topic, who) in on
        if reason == "household_told":
            assert (segment, topic, who) not in on
            mates = {mate for mate, home in homes.items() if home.household == homes[who].household}
            assert homes[who].household and any((segment, topic, mate) in on for mate in mates)


def assert_sums_hold(funnel: pl.DataFrame, found: Found) -> None:
    """Each step keeps the people of the step before, minus those who left. The last step has the recipients."""
    for (segment, _), steps in funnel.group_by("segment", "topic"):
        left = steps.group_by("step_number").agg(pl.first("people_left"), out=pl.sum("people_out")).sort("step_number")
        assert (left["people_left"][:-1] - left["people_left"][1:] == left["out"][1:]).all()
        assert segment in {one[0] for one in found}
    ends = funnel.filter(step="final").group_by("segment").agg(pl.sum("people_left"))
    written = Counter(segment for segment, _, _, reason, _ in found if reason is None)
    assert dict(ends.iter_rows()) == {segment: written.get(segment, 0) for segment in ends["segment"]}


def test_who_asked_by_email_and_lives_near_is_written_to_where_they_asked(
    empty: duckdb.DuckDBPyConnection, built: Path
) -> None:
    """The home gets one message: no letter to the other person there."""
    homes = {person: Home(None, frozenset()) for person in PERSONS} | {
        "P1": Home("H1", frozenset({"letter_lines"})),
        "P2": Home("H1", frozenset({"letter_lines"})),
    }
    rules = dict.fromkeys(SEGMENTS, Rules("person", ("email", "sms", "letter"), False, None, None))
    named = [
        Named("afectacions", "T1", "P1", None, "request", 1, "EMAIL"),
        Named("afectacions", "T1", "P1", None, "public_task", 2, "EMAIL"),
        Named("afectacions", "T1", "P2", None, "public_task", 2, "EMAIL"),
    ]
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        again(empty, built, FUNNEL)
        found = table(empty, "hub.segment_candidates").select("person_id", "basis", "channel", "reason_out")
        funnel = table(empty, "hub.segment_funnel").filter(people_out=1)
    finally:
        empty.execute("rollback")
    assert sorted(found.rows()) == [
        ("P1", "public_task", None, "told_otherwise"),
        ("P1", "request", "email", None),
        ("P2", "public_task", None, "household_told"),
    ]
    assert set(funnel["reason_out"]) == {"told_otherwise", "household_told"}


def test_an_address_that_had_the_message_is_not_written_to_again(empty: duckdb.DuckDBPyConnection, built: Path) -> None:
    """It is not known whose message it was: two people may share the address."""
    homes = {person: Home(None, frozenset({"email"})) for person in PERSONS}
    rules = dict.fromkeys(SEGMENTS, Rules("person", ("email",), False, None, None))
    named = [Named("afectacions", topic, "P1", None, "public_task", 2, "EMAIL") for topic in TOPICS]
    named += [Named("afectacions", "T1", "P2", None, "public_task", 2, "EMAIL")]
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        empty.execute("""
            insert into work.hub.campaign_events by name
            select 'M1' as message_id, 'afectacions' as segment, 'T1' as topic, 'EMAIL' as channel,
                'P1@example.org' as address, 'sent' as event, timestamp '2026-04-01 10:00:00' as occurred_at
        """)
        again(empty, built, ("int_messages_sent", *FUNNEL))
        found = table(empty, "hub.segment_candidates").select("person_id", "topic", "reason_out")
    finally:
        empty.execute("rollback")
    assert sorted(found.rows()) == [("P1", "T1", "told_before"), ("P1", "T2", None), ("P2", "T1", None)]


def test_an_entity_that_had_the_message_is_not_written_to_again(empty: duckdb.DuckDBPyConnection, built: Path) -> None:
    rules = dict.fromkeys(SEGMENTS, Rules("person", ("email",), False, None, None))
    named = [Named("afectacions", topic, "E1", None, "request", 1, "EMAIL") for topic in TOPICS]
    empty.execute("begin")
    try:
        lay(empty, {person: Home(None, frozenset()) for person in PERSONS}, rules, named)
        empty.execute("""
            insert into work.hub.campaign_events by name
            select 'M1' as message_id, 'E1' as organisation_id, 'afectacions' as segment, 'T1' as topic,
                'EMAIL' as channel, 'sent' as event, timestamp '2026-04-01 10:00:00' as occurred_at
        """)
        again(empty, built, ("int_messages_sent", *FUNNEL))
        found = table(empty, "hub.segment_candidates").select("topic", "reason_out")
    finally:
        empty.execute("rollback")
    assert sorted(found.rows()) == [("T1", "told_before"), ("T2", None)]


def test_everybody_in_a_home_who_asked_is_written_to_and_the_home_has_no_other_message(
    empty: duckdb.DuckDBPyConnection, built: Path
) -> None:
    homes = {person: Home("H1", frozenset({"email"})) for person in PERSONS}
    rules = dict.fromkeys(SEGMENTS, Rules("household", ("email",), False, None, None))
    named = [Named("afectacions", "T1", person, None, "request", 1, "EMAIL") for person in ("P1", "P2")]
    named += [Named("afectacions", "T1", "P3", None, "public_task", 2, "EMAIL")]
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        again(empty, built, FUNNEL)
        found = table(empty, "hub.segment_candidates").select("person_id", "reason_out")
    finally:
        empty.execute("rollback")
    assert sorted(found.rows()) == [("P1", None), ("P2", None), ("P3", "household_told")]


def test_two_people_with_one_address_get_one_message(empty: duckdb.DuckDBPyConnection, built: Path) -> None:
    homes = {person: Home(None, frozenset()) for person in PERSONS}
    rules = dict.fromkeys(SEGMENTS, Rules("person", ("email",), False, None, None))
    named = [Named("butlletins", "T1", person, None, "request", 1, "EMAIL") for person in ("P1", "P2", "P3")]
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        empty.execute("update work.hub.requests set address = 'both@example.org' where person_id in ('P1', 'P2')")
        again(empty, built, FUNNEL)
        found = table(empty, "hub.segment_candidates").select("person_id", "reason_out")
    finally:
        empty.execute("rollback")
    assert [reason for _, reason in sorted(found.rows())][2] is None
    assert {reason for person, reason in found.rows() if person != "P3"} == {None, "address_told"}


@pytest.mark.parametrize(("sent", "told"), [("R1", [None, "told_before"]), (None, ["told_before", "told_before"])])
def test_a_second_win_is_written_to_its_guardian(
    empty: duckdb.DuckDBPyConnection, built: Path, sent: str | None, told: list[str | None]
) -> None:
    """One message per application: that of R1 was sent. If it is not known of which it was, no other is sent."""
    homes = {person: Home(None, frozenset({"email"})) for person in PERSONS}
    rules = dict.fromkeys(SEGMENTS, Rules("reference", ("email",), False, None, None))
    named = [Named("afectacions", "T1", "P1", about, "request", 1, "EMAIL") for about in ("P3", "P4")]
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        empty.execute(
            "update work.intermediate.int_segment_candidates set reference = if(about_person_id = 'P3', 'R1', 'R2')"
        )
        again(empty, built, FUNNEL)
        assert table(empty, "hub.segment_candidates")["reason_out"].to_list() == [None, None]
        empty.execute("""
            insert into work.hub.campaign_events by name
            select 'M1' as message_id, 'P1' as person_id, 'afectacions' as segment, 'T1' as topic, 'sent' as event,
                timestamp '2026-04-01 10:00:00' as occurred_at
        """)
        sent_messages = "work.staging.stg_linkage__sent_messages"
        empty.execute(
            f"insert into {sent_messages} select 'M1', 'P1', $1::varchar where $1::varchar is not null", [sent]
        )
        again(empty, built, ("int_messages_sent", *FUNNEL))
        found = table(empty, "hub.segment_candidates").sort("about_person_id", descending=True)["reason_out"].to_list()
    finally:
        empty.execute("rollback")
    assert found == told


def test_a_survey_leaves_days_of_quiet_for_another_one(empty: duckdb.DuckDBPyConnection, built: Path) -> None:
    homes = {person: Home(None, frozenset({"email"})) for person in PERSONS}
    rules = dict.fromkeys(SEGMENTS, Rules("person", ("email",), True, None, None))
    named = [Named("afectacions", "T1", person, None, "consent", 1, "EMAIL") for person in ("P1", "P2", "P3")]
    empty.execute("begin")
    try:
        lay(empty, homes, rules, named)
        empty.execute(
            "update work.hub.segments set repeat_segments = ['butlletins'], repeat_after_days = 90"
            " where segment = 'afectacions'"
        )
        empty.execute("""
            insert into work.hub.campaign_events by name
            select 'M' || person_id as message_id, 'butlletins' as segment, 'T9' as topic, 'sent' as event, *
            from (values ('P1', timestamp '2026-04-30 10:00:00'), ('P2', timestamp '2026-01-01 10:00:00'))
                as t(person_id, occurred_at)
        """)
        again(empty, built, ("int_messages_sent", *FUNNEL))
        found = table(empty, "hub.segment_candidates").select("person_id", "reason_out")
    finally:
        empty.execute("rollback")
    assert sorted(found.rows()) == [("P1", "told_before"), ("P2", None), ("P3", None)]
