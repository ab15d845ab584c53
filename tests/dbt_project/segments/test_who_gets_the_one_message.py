"""Who gets the one message of a home, an address, an application or a survey, and who does not get it again."""

from pathlib import Path

import duckdb
import pytest

from tests.support.laid_funnel import FUNNEL, PERSONS, SEGMENTS, TOPICS, Home, Named, Rules, lay
from tests.support.made_up_segments import again, table


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
