"""Who is left out of a segment over made-up marts, at which step, and what one change changes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from exports.gate.small_cells import shown_count, shown_sum
from orchestration.benchmarks.segments import DAY
from orchestration.outgoing.segment_counts import preview
from orchestration.outgoing.segments import explain
from tests.support.made_up_segments import again, members, reached, rolled_back, table


@pytest.fixture
def hub(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with rolled_back(built) as connection:
        yield connection


def test_nobody_who_is_protected_is_written_to_whatever_they_asked_for(hub: duckdb.DuckDBPyConnection) -> None:
    protected = set(table(hub, "hub.persons").filter("is_protected")["person_id"])
    candidates = table(hub, "hub.segment_candidates").filter(
        pl.col("person_id").is_in(protected) | pl.col("about_person_id").is_in(protected)
    )
    assert {"request", "consent"} <= set(candidates["basis"])
    assert set(candidates["reason_out"]) == {"protected"}
    assert not protected & {who for _, _, who in members(hub)}
    assert set(candidates.filter(reason_out="protected")["step"]) == {"not_protected"}


def test_no_entity_is_written_to_that_a_protected_person_answers_for(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    found = "select distinct organisation_id from work.hub.segment_members where organisation_id is not null order by 1"
    who, *others = (str(row[0]) for row in hub.execute(found).fetchall())
    hub.execute("insert into work.intermediate.int_protected_organisations values ('M', ?)", [who])
    again(hub, built)
    candidates = table(hub, "hub.segment_candidates").filter(organisation_id=who)
    assert set(candidates["reason_out"]) == {"protected"} and candidates["reference"].null_count() == candidates.height
    assert [row[0] for row in hub.execute(found).fetchall()] == others


def test_one_message_a_person_and_topic_and_a_letter_a_household(hub: duckdb.DuckDBPyConnection) -> None:
    told = table(hub, "hub.segment_members").filter(pl.col("person_id").is_not_null())
    assert told.select("segment", "topic", "person_id").is_duplicated().sum() == 0
    letters = told.filter(pl.col("channel") == "letter").join(table(hub, "hub.persons"), on="person_id")
    assert letters.height and letters.select("segment", "topic", "household_id").is_duplicated().sum() == 0
    assert letters["address_lines"].list.len().unique().to_list() == [3]
    lines = letters["address_lines"].list.get(1)
    assert lines.str.contains(r"^Carrer de Balmes, \d+, \d 1$").all()
    assert letters["address_lines"].list.get(2).unique().to_list() == ["08007 BARCELONA"]


def test_nobody_has_more_messages_than_the_segment_allows(hub: duckdb.DuckDBPyConnection) -> None:
    capped = table(hub, "hub.segments").filter(pl.col("cap_messages").is_not_null())
    tonight = table(hub, "hub.segment_members").join(capped, on="segment").filter(pl.col("person_id").is_not_null())
    sent = (
        table(hub, "hub.campaign_events")
        .filter(pl.col("event") == "sent", pl.col("occurred_at") > DAY - timedelta(days=29))
        .select("person_id", "message_id")
        .unique()
    )
    had = sent.group_by("person_id").agg(had=pl.len())
    both = tonight.join(had, on="person_id", how="left").with_columns(pl.col("had").fill_null(0))
    totals = both.group_by("person_id").agg(tonight=pl.len(), had=pl.first("had"), most=pl.max("cap_messages"))
    assert totals.filter(pl.col("tonight") + pl.col("had") > pl.col("most")).is_empty()
    reasons = set(table(hub, "hub.segment_candidates")["reason_out"])
    assert {"over_cap", "other_message_first", "told_before"} <= reasons


def test_nobody_is_asked_twice_in_ninety_days_and_a_share_of_each_stratum_is(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    hub.execute("""
        insert into work.intermediate.int_consent_state by name
        select person_id, 'surveys' as purpose, 'given' as state, timestamp '2026-04-01' as since from work.hub.persons
        where person_id not in (select person_id from work.intermediate.int_consent_state where purpose = 'surveys');
        update work.hub.interactions set person_id = 'P' || lpad((1000 + hash(interaction_id) % 2500)::varchar, 8, '0'),
            occurred_at = timestamp '2026-05-04 10:00:00'
    """)
    again(hub, built)
    asked = reached(hub, "enquesta_satisfaccio")
    standing = asked.filter(pl.col("reason_out").is_null() | (pl.col("reason_out") == "not_sampled"))
    strata = table(hub, "intermediate.int_segment_candidates").select("candidate_id", "stratum")
    sizes = (
        standing.join(strata, on="candidate_id")
        .group_by("stratum")
        .agg(all=pl.len(), drawn=pl.col("reason_out").is_null().sum())
    )
    assert sizes["drawn"].to_list() == [-(-size // 4) for size in sizes["all"]] and sizes.height > 1
    recent = table(hub, "hub.survey_answers")["person_id"].implode()
    assert not asked.filter(pl.col("reason_out").is_null(), pl.col("person_id").is_in(recent)).height
    before = members(hub)
    again(hub, built)
    assert members(hub) == before


_STATE = "work.intermediate.int_consent_state"
_REFUSE = f"insert into {_STATE} (person_id, purpose, service, state, since) values"
CHANGES: list[tuple[str, str]] = [
    ("preinscripcio", f"delete from {_STATE} where person_id = '{{person}}'"),
    ("preinscripcio", f"update {_STATE} set state = 'withdrawn' where person_id = '{{person}}'"),
    (
        "benvingut_barcelona",
        _REFUSE + " ('{person}', 'communications', null, 'withdrawn', '2026-05-04')",
    ),
    (
        "butlletins",
        _REFUSE + " ('{person}', 'communications', 'BUTLLETI', 'refused', '2026-05-04')",
    ),
    (
        "butlletins",
        "update work.hub.subscriptions set unsubscribed_on = '2026-05-04', is_active = false "
        "where person_id = '{person}'",
    ),
    ("xarxa_bus", "update work.hub.persons set is_deceased = true, is_resident = false where person_id = '{person}'"),
]  # fmt: skip


@pytest.mark.parametrize(("segment", "change"), CHANGES)
def test_one_word_takes_one_person_out_and_nobody_else(
    hub: duckdb.DuckDBPyConnection, built: Path, segment: str, change: str
) -> None:
    before = members(hub)
    basis = "consent" if segment == "preinscripcio" else None
    (person,) = hub.execute(
        "select min(person_id) from work.hub.segment_members where segment = ? and basis = coalesce(?, basis) "
        # Of a household in which nobody takes their place.
        "and channel != 'letter' and about_person_id is null = (? is null)",
        [segment, basis, basis],
    ).fetchone() or ("",)
    hub.execute(change.format(person=person))
    again(hub, built)
    after = members(hub)
    gone = before - after
    assert {who for _, _, who in gone} == {person}
    assert {name for name, _, _ in gone} >= {segment}
    reasons = reached(hub, segment).filter(pl.col("person_id") == person)["reason_out"]
    assert reasons.null_count() == 0
    # Who was told for another reason, or where there was no room before, may come in: the person alone never does.
    assert not [one for one in after - before if one[2] == person]


def test_a_hard_bounce_is_followed_by_another_address_and_reading_by_the_first(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    """After six unread messages in a row, another channel is preferred, until a message is opened."""
    (person,) = hub.execute("""
        select min(members.person_id) from work.hub.segment_members as members
        join work.hub.person_attributes as attributes on attributes.person_id = members.person_id
        where segment = 'benvingut_barcelona' and channel = 'email' and attribute = 'phone'
            and members.person_id not in (select person_id from work.hub.campaign_events)
    """).fetchone() or ("",)

    def channel() -> object:
        again(hub, built)
        row = hub.execute(
            "select channel from work.hub.segment_members where segment = 'benvingut_barcelona' and person_id = ?",
            [person],
        ).fetchone()
        return row[0] if row else None

    def told(event: str, day: int) -> None:
        hub.execute(
            "insert into work.staging.stg_campanyes__events by name select 'X' || $day as message_id, $event as event, "
            "'EMAIL' as channel, $person || '@example.org' as email, "
            "timestamp '2026-04-01' + to_days($day) as occurred_at",
            {"day": day, "event": event, "person": person},
        )

    assert channel() == "email"
    for day in range(5):
        told("delivered", day)
    assert channel() == "email"
    told("delivered", 5)
    assert channel() == "sms"
    told("opened", 5)
    assert channel() == "email"
    told("bounced_hard", 6)
    assert channel() == "sms"
    told("delivered", 7)
    assert channel() == "email"
    for day in (8, 9, 10):
        told("bounced_soft", day)
    assert channel() == "sms"


def test_why_a_person_is_in_and_what_may_be_shown(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{built.with_name('copy.duckdb')}' as published")
        connection.execute("create schema published.hub")
        for name in ("segments", "segment_funnel", "segment_members", "segment_candidates", "segment_steps"):
            rows = table(hub, f"hub.{name}").to_arrow()
            connection.register("told", rows)
            connection.execute(f"create or replace table published.hub.{name} as select * from told")
        # Withheld as a whole: everybody is previewed.
        connection.execute("create table published.hub.deliveries (target varchar, file varchar, recipient_id varchar)")
        connection.execute(
            "insert into published.hub.deliveries values ('campaigns', 'audience.preinscripcio.withheld', null)"
        )
        candidates = table(hub, "hub.segment_candidates")
        out = candidates.filter(pl.col("reason_out") == "no_consent").row(0, named=True)
        (shown,) = explain(connection, out["segment"], out["person_id"])
        assert ["no_consent", "Never consented to the purpose, nor to the service"] in [row[-2:] for row in shown.rows]
        tables = preview(connection, "preinscripcio", None)
        left = candidates.filter(pl.col("segment") == "preinscripcio", pl.col("reason_out").is_null())
        of_topics = [shown_count(count, 5) for count in left.group_by("topic").len()["len"]]
        assert tables[0].rows[-1][2] == f"{shown_sum(of_topics):,}"
        assert any(".." in row for one in tables for row in one.rows)
        assert not {row[-1] for one in tables[1:] for row in one.rows} & {"1", "2", "3", "4"}
