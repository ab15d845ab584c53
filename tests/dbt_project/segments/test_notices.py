"""Segments that send notices: one message for each notice, on its days, to whom it is for; nothing without one."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.benchmarks.segments import DAY
from tests.support.made_up_segments import again, members, reached, rolled_back, table

NOTICES = "work.staging.stg_avisos__notices"
DRIVEN = ("afectacions", "butlletins", "participacio", "xarxa_bus")


@pytest.fixture
def hub(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with rolled_back(built) as connection:
        yield connection


def recipients_of(hub: duckdb.DuckDBPyConnection, topic: str) -> set[str]:
    """The people who get the message of a notice."""
    found = table(hub, "hub.segment_members").filter(topic=topic)
    return set(found["person_id"].drop_nulls()) | set(found["organisation_id"].drop_nulls())


def subscribed(hub: duckdb.DuckDBPyConnection, segment: str, topic: str) -> set[str]:
    """The people with a request in force that the funnel could answer."""
    return set(table(hub, "hub.requests").filter(segment=segment, topic=topic)["person_id"].drop_nulls())


def test_without_a_notice_of_today_nobody_is_written_to(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    assert {segment for segment, *_ in members(hub)} >= set(DRIVEN)
    hub.execute(f"delete from {NOTICES}")
    again(hub, built)
    assert not {segment for segment, *_ in members(hub)} & set(DRIVEN)
    for segment in DRIVEN:
        found = reached(hub, segment)
        assert set(found["basis"]) == {"request"} and "no_notice" in set(found["reason_out"])
        assert set(found["reason_out"]) <= {"no_notice", "protected", "deceased"}
        assert set(found["topic"]) <= set(table(hub, "hub.requests").filter(segment=segment)["topic"])


@pytest.mark.parametrize(
    ("notice", "zone", "change"),
    [
        ("OBRES-Z0", "Z0", f"sent_until = date '{DAY}'"),
        ("OBRES-Z9", "Z9", f"sent_from = date '{DAY}'"),
        ("OBRES-Z10", "Z10", "is_withdrawn = false"),
    ],
    ids=["over", "not yet begun", "withdrawn"],
)
def test_a_notice_is_sent_on_its_own_days_alone(
    hub: duckdb.DuckDBPyConnection, built: Path, notice: str, zone: str, change: str
) -> None:
    """Before, after, or withdrawn: its subscribers have the reason, its neighbours are not asked; else both get it."""
    hub.execute("update work.hub.subscriptions set topic = ? where service = 'OBRES'", [zone])
    again(hub, built)
    assert not recipients_of(hub, notice) and notice not in set(reached(hub, "afectacions")["topic"])
    silent = reached(hub, "afectacions").filter(topic=zone)
    assert "no_notice" in set(silent["reason_out"]) and silent["channel"].null_count() == silent.height
    hub.execute(f"update {NOTICES} set {change} where notice_code = ?", [notice])
    again(hub, built)
    assert set(reached(hub, "afectacions").filter(topic=notice)["basis"]) == {"request", "public_task"}
    assert recipients_of(hub, notice)


def test_a_notice_is_for_its_own_zone(hub: duckdb.DuckDBPyConnection) -> None:
    asked = reached(hub, "afectacions").filter(basis="request").select("request_id", "topic")
    zone_of = dict(table(hub, "hub.requests").select("request_id", "topic").rows())
    assert asked.height > 5
    assert all(topic in (zone_of[request], f"OBRES-{zone_of[request]}") for request, topic in asked.rows())


def sent(hub: duckdb.DuckDBPyConnection, person: str, notice: str, day: date) -> None:
    """Record a message of works as the campaign tool reports it."""
    hub.execute(
        "insert into work.hub.campaign_events by name select $1 || $2 as message_id, $1 as person_id, 'afectacions' as"
        " segment, $2 as topic, 'EMAIL' as channel, 'sent' as event, $3::timestamp as occurred_at",
        [person, notice, day],
    )


def test_each_notice_is_one_message(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """Who had this notice has had it, also when it is corrected; the next notice of the zone is another message."""
    hub.execute("update work.hub.segments set cap_messages = null")
    funnel = ("int_messages_sent", "int_segment_recipients", "int_segment_history", "segment_candidates",
              "segment_members", "segment_funnel")  # fmt: skip
    queries = ("notices", "int_notices_today", "int_notice_requests", "int_zone_neighbours", "segment_afectacions",
               "int_segment_candidates", "int_closed_contacts", "int_segment_reach")  # fmt: skip
    again(hub, built, funnel)
    person = min(recipients_of(hub, "OBRES-Z5"))
    sent(hub, person, "OBRES-Z5", DAY - timedelta(days=300))
    again(hub, built, funnel)
    assert person not in recipients_of(hub, "OBRES-Z5")
    hub.execute(
        f"update {NOTICES} set title_ca = 'Corregit', sent_until = sent_until + 30 where notice_code = 'OBRES-Z5'"
    )
    again(hub, built, (*queries, *funnel))
    mine = reached(hub, "afectacions").filter(person_id=person, topic="OBRES-Z5")
    assert set(mine["reason_out"]) == {"told_before"}
    assert table(hub, "hub.notices").filter(notice_code="OBRES-Z5")["title_ca"].to_list() == ["Corregit"]
    hub.execute(f"insert into {NOTICES} select * replace ('OBRES-Z5-2' as notice_code) from {NOTICES}"
                " where notice_code = 'OBRES-Z5'")  # fmt: skip
    again(hub, built, (*queries, *funnel))
    assert person in recipients_of(hub, "OBRES-Z5-2") and person not in recipients_of(hub, "OBRES-Z5")


def test_a_notice_is_for_subscribers_or_neighbours_as_it_says(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """Z7 is for neighbours alone, Z8 for subscribers alone."""
    hub.execute(
        "update work.hub.subscriptions set topic = if(person_id < 'P00002', 'Z7', 'Z8') where service = 'OBRES'"
    )
    again(hub, built)
    found = reached(hub, "afectacions")
    assert set(found.filter(topic="OBRES-Z7")["basis"]) == {"public_task"}
    assert set(found.filter(topic="OBRES-Z8")["basis"]) == {"request"}
    assert "no_notice" in set(found.filter(topic="Z7")["reason_out"])


def test_a_notice_goes_through_its_own_channels(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """Z6 is sent by e-mail alone: no text message, no letter, and no e-mail to who asked for text messages."""
    of_zone = table(hub, "hub.segment_members").filter(topic="OBRES-Z6")
    assert set(of_zone["channel"]) == {"email"}
    assert "no_address" in set(reached(hub, "afectacions").filter(topic="OBRES-Z6")["reason_out"])
    hub.execute(f"update {NOTICES} set channels = null where notice_code = 'OBRES-Z6'")
    again(hub, built)
    assert "letter" in set(table(hub, "hub.segment_members").filter(topic="OBRES-Z6")["channel"])


def test_a_process_of_a_district_is_for_its_people(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """Entities and people whose district is unknown get the processes of the whole city alone."""
    district = dict(table(hub, "hub.persons").select("person_id", "district_code").rows())
    here = {one for one in subscribed(hub, "participacio", "PRESSUPOSTOS") if district[one] == "03"}
    found = reached(hub, "participacio")
    assert set(found.filter(topic="PRESSUPOSTOS-D03")["person_id"]) == here != set()
    everybody = subscribed(hub, "participacio", "PRESSUPOSTOS")
    assert set(found.filter(topic="PRESSUPOSTOS-CIUTAT")["person_id"]) == everybody
    assert found.filter(pl.col("organisation_id").is_not_null(), topic="URBANISME-D02").is_empty()
    hub.execute("update work.intermediate.int_person_links set is_doubted = true")
    hub.execute("insert into work.intermediate.int_person_links select person_id, subscription_id, true"
                " from work.hub.subscriptions where service = 'PARTICIPACIO'")  # fmt: skip
    again(hub, built, ("requests", "int_notice_requests", "segment_participacio"))
    topics = hub.execute("select distinct topic from work.intermediate.segment_participacio").fetchall()
    assert ("PRESSUPOSTOS-D03",) not in topics and ("PRESSUPOSTOS-CIUTAT",) in topics


def test_near_a_line_is_near_what_changes_of_it_or_else_the_whole_line(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    hub.execute(
        f"insert into {NOTICES} select * replace ('BUS-L5' as notice_code, 'L5' as subject) from {NOTICES} "
        "where notice_code = 'BUS-L1';"
        "insert into work.hub.bus_network select * replace ('L1-01' as element_code, ['L1', 'L5'] as bus_lines,"
        ' \'{"type": "Point", "coordinates": [1, 1]}\' as geometry_json, date \'2018-01-01\' as begins_on)'
        " from work.hub.bus_network where element_code = 'L1'"
    )
    again(hub, built, ("notices", "int_notices_today", "int_bus_changes"))
    parts = hub.execute("select bus_line, len(geometries_json) from work.intermediate.int_bus_changes").fetchall()
    assert dict(parts) == {"L0": 1, "L1": 1, "L2": 1, "L5": 2}
