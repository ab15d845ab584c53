"""Every segment over made-up marts: whom it names, at which step each one leaves, and what a change of mind changes.

Who should be in is computed here from the marts alone, in Polars and shapely.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
import shapely

from exports.gate.small_cells import shown_count, shown_sum
from orchestration.benchmarks.segments import DAY
from orchestration.outgoing.segment_counts import preview
from orchestration.outgoing.segments import explain
from tests.support.made_up_segments import NEW, again, built_segments, members, rolled_back, table


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_segments(tmp_path_factory)


@pytest.fixture
def hub(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with rolled_back(built) as connection:
        yield connection


def reached(hub: duckdb.DuckDBPyConnection, segment: str) -> pl.DataFrame:
    return table(hub, "hub.segment_candidates").filter(pl.col("segment") == segment)


def test_a_new_segment_builds_as_it_is_written(hub: duckdb.DuckDBPyConnection) -> None:
    """It names the residents of a district, of whom those of age who consented are told."""
    people = table(hub, "hub.persons")
    district = people.filter("is_resident", pl.col("district_code") == "01")
    assert set(reached(hub, NEW)["person_id"]) == set(district["person_id"])
    told = table(hub, "hub.segment_members").filter(pl.col("segment") == NEW)
    given = table(hub, "intermediate.int_consent_state").filter(
        pl.col("purpose") == "communications", pl.col("state") == "given"
    )
    assert told.height > 5 and told.join(given, on="person_id", how="anti").is_empty()
    assert told.join(people, on="person_id").filter("is_minor").is_empty()


def test_who_lives_in_or_near_a_polygon_is_found_to_the_person(hub: duckdb.DuckDBPyConnection) -> None:
    people = table(hub, "hub.persons").filter("is_resident")
    doors = people.filter(pl.col("x_etrs89").is_not_null())
    points = shapely.points(doors["x_etrs89"].to_numpy(), doors["y_etrs89"].to_numpy())
    expected = set()
    for zone in table(hub, "hub.works_zones").iter_rows(named=True):
        polygon = shapely.from_geojson(zone["geometry_json"])
        near = doors.filter(pl.Series(shapely.dwithin(points, polygon, zone["radius_m"])))
        expected |= {(zone["zone_code"], one, "lives_near") for one in near["person_id"]}
        barri = people.filter(pl.col("barri_code").is_in(zone["barri_codes"])).join(near, on="person_id", how="anti")
        expected |= {(zone["zone_code"], one, "lives_in_barri") for one in barri["person_id"]}
    found = hub.execute("select zone_code, person_id, reason from work.intermediate.int_zone_neighbours").fetchall()
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert {reason for _, _, reason in expected} == {"lives_near", "lives_in_barri"}


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


def test_who_lives_near_a_line_that_changes_is_found_to_the_person(hub: duckdb.DuckDBPyConnection) -> None:
    doors = table(hub, "hub.persons").filter("is_resident", pl.col("x_etrs89").is_not_null())
    points = shapely.points(doors["x_etrs89"].to_numpy(), doors["y_etrs89"].to_numpy())
    expected = set()
    for line in (
        table(hub, "hub.bus_network").filter(pl.col("begins_on") < DAY + timedelta(days=31)).iter_rows(named=True)
    ):
        near = doors.filter(pl.Series(shapely.dwithin(points, shapely.from_geojson(line["geometry_json"]), 250)))
        expected |= {(line["element_code"], one) for one in near["person_id"]}
    found = hub.execute("select bus_line, person_id from work.intermediate.int_bus_neighbours").fetchall()
    assert len(found) == len(set(found)) > 50
    assert set(found) == expected


def test_zones_count_from_two_weeks_before_they_begin_until_they_end(hub: duckdb.DuckDBPyConnection) -> None:
    zones = table(hub, "hub.works_zones").filter(
        pl.col("begins_on") <= DAY + timedelta(days=14), pl.col("ends_on") >= DAY
    )
    told = set(reached(hub, "afectacions")["topic"])
    assert told <= set(zones["zone_code"])
    assert zones.height < table(hub, "hub.works_zones").height and told


def said_no(hub: duckdb.DuckDBPyConnection, service: str | None) -> pl.DataFrame:
    """What people last said of messages: of the service where they did, else of all."""
    said = table(hub, "intermediate.int_consent_state").filter(pl.col("purpose") == "communications")
    of_service = said.filter(pl.col("service") == service) if service else said.clear()
    of_all = said.filter(pl.col("service").is_null()).join(of_service, on="person_id", how="anti")
    return pl.concat([of_service, of_all]).select("person_id", "state", "since")


def aged(born: pl.Expr, years: int) -> pl.Expr:
    return born <= date(DAY.year - years, DAY.month, DAY.day)


def test_newborns_families_are_told_once_each(hub: duckdb.DuckDBPyConnection) -> None:
    """Of each household with a living newborn, one of those who answer for it, unless all of them said no."""
    people = table(hub, "hub.persons")
    entries = table(hub, "intermediate.int_padro_inscriptions").with_columns(
        person_id=pl.col("record_id").str.strip_prefix("M")
    )
    lately = pl.col("entered_date").is_between(DAY - timedelta(days=29), DAY)
    just_born = pl.col("birth_date").is_between(pl.col("entered_date") - timedelta(days=60), pl.col("entered_date"))
    is_birth = (pl.col("variation_cause") == "AN") | (~pl.col("variation_cause").is_in(["AC", "AO"]) & just_born)
    babies = entries.filter(lately, is_birth).select(baby="person_id")
    alive = people.filter(~pl.col("is_deceased"), "is_resident").select(baby="person_id")
    guardians = (
        table(hub, "hub.relationships")
        .filter(pl.col("source") == "padro")
        .select("person_id", baby="related_person_id")
        .join(babies.join(alive, on="baby"), on="baby")
        .join(
            people.filter(pl.col("confidence") >= 0.99).select(
                "person_id", "birth_date", "birth_year", "is_deceased", "household_id"
            ),
            on="person_id",
        )
        .filter(~pl.col("is_deceased"), aged(pl.coalesce("birth_date", pl.date("birth_year", 12, 31)), 16))
        .join(said_no(hub, None).filter(pl.col("state") != "given"), on="person_id", how="anti")
    )
    reach = table(hub, "intermediate.int_segment_reach").filter(pl.col("purpose") == "communicate")
    open_ = reach.filter(pl.col("email").is_not_null() | pl.col("letter_lines").is_not_null())
    homes = set(guardians.join(open_, on="person_id", how="semi")["household_id"])
    told = table(hub, "hub.segment_members").filter(pl.col("segment") == "benvingut_nado")
    households = told.join(people, on="person_id")["household_id"].to_list()
    assert sorted(households) == sorted(homes) and len(homes) > 20
    dead = people.filter("is_deceased").join(babies, left_on="person_id", right_on="baby", how="semi")["person_id"]
    assert len(dead) and not set(dead) & set(told["about_person_id"])


def test_subscribers_are_told_where_they_asked_to_be_unless_they_said_no_since(hub: duckdb.DuckDBPyConnection) -> None:
    people = table(hub, "hub.persons")
    asked = table(hub, "hub.subscriptions").filter(pl.col("service") == "BUTLLETI")
    born = pl.coalesce("birth_date", pl.date("birth_year", 12, 31))
    no = said_no(hub, "BUTLLETI").filter(pl.col("state") != "given")
    expected = (
        asked.filter("is_active")
        .join(people.select("person_id", "birth_date", "birth_year", "is_deceased", "is_protected"), on="person_id")
        .filter(~pl.col("is_deceased"), ~pl.col("is_protected"), aged(born, 14).fill_null(True))
        .join(no, on="person_id", how="left")
        .filter(pl.col("since").is_null() | (pl.col("since") <= pl.col("subscribed_on").cast(pl.Datetime)))
    )
    told = table(hub, "hub.segment_members").filter(pl.col("segment") == "butlletins")
    assert set(told.select("topic", "person_id", "address").rows()) == set(
        expected.select("topic", "person_id", "address").rows()
    )
    assert told.height > 20
    assert set(told["language"]) <= {"ca", "es", "en"}


def test_every_member_by_consent_gave_it(hub: duckdb.DuckDBPyConnection) -> None:
    told = table(hub, "hub.segment_members").filter(pl.col("basis") == "consent")
    for segment, purpose in (("preinscripcio", "communications"), ("enquesta_satisfaccio", "surveys")):
        given = table(hub, "intermediate.int_consent_state").filter(
            pl.col("purpose") == purpose, pl.col("state") == "given"
        )
        who = told.filter(pl.col("segment") == segment)
        assert who.join(given, on="person_id", how="anti").is_empty()
    assert told.filter(pl.col("segment") == "preinscripcio").height > 20


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


def test_entities_take_part_without_an_age(hub: duckdb.DuckDBPyConnection) -> None:
    told = table(hub, "hub.segment_members").filter(pl.col("organisation_id").is_not_null())
    assert set(told["topic"]) == {"URBANISME-CIUTAT"} and told.height == 46  # four have ended
    assert told["recipient_name"].str.starts_with("Entitat").all()


def test_drawn_and_waiting_are_told_with_the_number_of_their_application(hub: duckdb.DuckDBPyConnection) -> None:
    told = table(hub, "hub.segment_members").filter(pl.col("segment") == "campus_olimpia")
    results = table(hub, "hub.draw_results")
    joined = told.join(results, left_on="reference", right_on="application_number", suffix="_drawn")
    assert joined.height == told.height > 5
    assert (joined["reason"] == joined["result"]).all()
    assert set(joined.select("result", "topic").rows()) == {("drawn", "ADMESOS-2026"), ("waiting", "ESPERA-2026")}


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
    """Six unread messages in a row, and another channel is preferred; one that is opened, and it is as before."""
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
