"""Every segment over made-up marts: whom it names.

The expected people are computed here from the marts alone, in Polars and shapely.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
import shapely

from exports.delivery.unreached import unreached
from orchestration.benchmarks.segments import DAY
from tests.support.compiled_models import compiled_models
from tests.support.made_up_segments import AFTER, NEW, again, reached, rolled_back, table


@pytest.fixture
def hub(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with rolled_back(built) as connection:
        yield connection


def test_a_new_segment_builds_as_it_is_written(hub: duckdb.DuckDBPyConnection) -> None:
    """It names the residents of a district; the adults who consented get the message."""
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
    announced = notices_of_today(hub, "afectacions").filter("is_for_neighbours").select(zone_code="subject")
    zones = table(hub, "hub.works_zones")
    assert announced.height < zones.height
    for zone in zones.join(announced, on="zone_code", how="semi").iter_rows(named=True):
        polygon = shapely.from_geojson(zone["geometry_json"])
        near = doors.filter(pl.Series(shapely.dwithin(points, polygon, zone["radius_m"])))
        expected |= {(zone["zone_code"], one, "lives_near") for one in near["person_id"]}
        barri = people.filter(pl.col("barri_code").is_in(zone["barri_codes"])).join(near, on="person_id", how="anti")
        expected |= {(zone["zone_code"], one, "lives_in_barri") for one in barri["person_id"]}
    found = hub.execute("select zone_code, person_id, reason from work.intermediate.int_zone_neighbours").fetchall()
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert {reason for _, _, reason in expected} == {"lives_near", "lives_in_barri"}


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


def notices_of_today(hub: duckdb.DuckDBPyConnection, segment: str) -> pl.DataFrame:
    """The notices of a segment that are sent on the day, from the list alone."""
    return table(hub, "hub.notices").filter(
        pl.col("segment") == segment, pl.col("sent_from") <= DAY, pl.col("sent_until") >= DAY, ~pl.col("is_withdrawn")
    )


def said_no(hub: duckdb.DuckDBPyConnection, service: str | None) -> pl.DataFrame:
    """The last decision of each person about messages: about the service if there is one, else about all messages."""
    said = table(hub, "intermediate.int_consent_state").filter(pl.col("purpose") == "communications")
    of_service = said.filter(pl.col("service") == service) if service else said.clear()
    of_all = said.filter(pl.col("service").is_null()).join(of_service, on="person_id", how="anti")
    return pl.concat([of_service, of_all]).select("person_id", "state", "since")


def aged(born: pl.Expr, years: int) -> pl.Expr:
    return born <= date(DAY.year - years, DAY.month, DAY.day)


def test_newborns_families_are_told_once_each(hub: duckdb.DuckDBPyConnection) -> None:
    """In each household with a living newborn, one guardian gets the message, unless all guardians refused.

    Without any guardian the family gets it.
    """
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
    orphans = (
        babies.join(alive, on="baby")
        .join(table(hub, "hub.relationships"), left_on="baby", right_on="related_person_id", how="anti")
        .join(people.filter(pl.col("confidence") >= 0.99), left_on="baby", right_on="person_id")
        .filter(pl.col("household_id").is_not_null())
        .join(said_no(hub, None).filter(pl.col("state") != "given"), left_on="baby", right_on="person_id", how="anti")
        .join(reach.filter(pl.col("letter_lines").is_not_null()), left_on="baby", right_on="person_id", how="semi")
    )
    homes |= set(orphans["household_id"])
    told = table(hub, "hub.segment_members").filter(pl.col("segment") == "benvingut_nado")
    households = told.join(people, on="person_id")["household_id"].to_list()
    assert sorted(households) == sorted(homes) and len(homes) > 20
    families = told.filter(addressee="family").select("person_id", "about_person_id", "channel", "reason").rows()
    assert all(row[0] == row[1] and row[2:] == ("letter", "family_of_newborn") for row in families)
    assert {row[0] for row in families} <= set(orphans["baby"]) and len(families) > 1
    dead = people.filter("is_deceased").join(babies, left_on="person_id", right_on="baby", how="semi")["person_id"]
    assert len(dead) and not set(dead) & set(told["about_person_id"])


WELCOME = ("segment_benvingut_nado", *AFTER)


def welcomed(hub: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Newborns who had one guardian by the Padró, written to by letter, in the order of their ids."""
    ties = table(hub, "hub.relationships").filter(source="padro", type="guardian_of")
    single = ties.filter(pl.len().over("related_person_id") == 1).select(about_person_id="related_person_id")
    told = table(hub, "hub.segment_members").filter(segment="benvingut_nado", addressee="person", channel="letter")
    return told.join(single, on="about_person_id", how="semi").sort("about_person_id")


def test_a_likely_guardian_gets_a_letter_to_the_family_and_nothing_else(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    told = welcomed(hub)
    person, child = told.select("person_id", "about_person_id").row(0)
    before = table(hub, "hub.segment_candidates").filter(pl.col("about_person_id") == child)
    hub.execute("update work.hub.relationships set type = 'may_be_guardian_of' where related_person_id = ?", [child])
    again(hub, built, ("segment_preinscripcio", *WELCOME))
    row = table(hub, "hub.segment_members").filter(about_person_id=child).to_dicts()
    assert [(one["segment"], one["person_id"], one["addressee"], one["channel"]) for one in row] == [
        ("benvingut_nado", person, "family", "letter")
    ]
    name = hub.execute("select full_name from work.hub.persons where person_id = ?", [child]).fetchall()[0][0]
    assert row[0]["recipient_name"].startswith(("Família d", "Familia de ")) and row[0]["recipient_name"].endswith(name)
    assert row[0]["address_lines"][0] == row[0]["recipient_name"]
    assert row[0]["address_lines"][1:] == told["address_lines"][0][1:].to_list()
    # Every segment but the welcome needs a guardian who is certain.
    assert set(before["segment"]) >= {"benvingut_nado"}
    after = table(hub, "hub.segment_candidates").filter(pl.col("about_person_id") == child)
    assert set(after["segment"]) == {"benvingut_nado"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("select 1", None),
        ("update work.hub.persons set is_protected = true, household_id = null where person_id = $1", "protected"),
        ("update work.hub.persons set is_deceased = true where person_id = $1", "deceased"),
        ("update work.hub.persons set is_resident = false where person_id = $1", "not_resident"),
        ("update work.hub.persons set household_id = null where person_id = $1", "no_guardian"),
        ("update work.hub.households set member_count = 40 where household_id = (select household_id from"
         " work.hub.persons where person_id = $1)", "no_guardian"),
        ("update work.hub.persons set confidence = 0.9 where person_id = $1", "uncertain_identity"),
        ("insert into work.intermediate.int_consent_state by name select $1 as person_id, 'communications' as purpose,"
         " 'refused' as state, timestamp '2026-05-01' as since", "objected"),
        ("insert into work.intermediate.int_consent_state by name select $1 as person_id, 'communications' as purpose,"
         " 'withdrawn' as state, timestamp '2026-05-01' as since", "objected"),
        ("update work.intermediate.int_padro_inscriptions set street = null where record_id = 'M' || $1", "no_address"),
    ],
)  # fmt: skip
def test_a_family_passes_the_same_checks_as_a_person(
    hub: duckdb.DuckDBPyConnection, built: Path, change: str, reason: str | None
) -> None:
    child = welcomed(hub)["about_person_id"][0]
    hub.execute("delete from work.hub.relationships where related_person_id = ?", [child])
    hub.execute("delete from work.intermediate.int_consent_state where person_id = ?", [child])
    hub.execute(change, [child] if "$1" in change else [])
    again(hub, built, WELCOME)
    rows = reached(hub, "benvingut_nado").filter(about_person_id=child).to_dicts()
    assert [(row["reason_out"], row["addressee"]) for row in rows] == [(reason, "family")]
    assert rows[0]["channel"] == ("letter" if reason is None else None)


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
    issues = notices_of_today(hub, "butlletins").select("notice_code", topic="subject")
    assert set(told.select("topic", "person_id", "address").rows()) == set(
        expected.join(issues, on="topic").select("notice_code", "person_id", "address").rows()
    )
    assert not expected.join(issues, on="topic", how="anti").is_empty()
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


def test_entities_take_part_without_an_age(hub: duckdb.DuckDBPyConnection) -> None:
    """In the processes of the whole city, and in those of the district of their seat."""
    told = table(hub, "hub.segment_members").filter(pl.col("organisation_id").is_not_null())
    districts = dict(table(hub, "hub.organisations").select("organisation_id", "district_code").iter_rows())
    of_district = {
        one for one, topic in told.select("organisation_id", "topic").iter_rows() if topic == "URBANISME-D05"
    }
    assert set(told["topic"]) == {"URBANISME-CIUTAT", "URBANISME-D05"}
    assert of_district == {one for one in told["organisation_id"] if districts[one] == "05"}
    assert told["organisation_id"].n_unique() == 46  # four have ended
    assert told["recipient_name"].str.starts_with("Entitat").all()


def test_a_winner_who_cannot_be_written_to_is_a_case_with_its_reason(
    hub: duckdb.DuckDBPyConnection, built: Path
) -> None:
    """No guardian is known of one application, no address of another: the night warns, and the funnel has both."""
    before = set(reached(hub, "campus_olimpia")["reference"])
    first, second = hub.execute(
        "select application_number, guardian_person_id from work.hub.draw_results"
        " join work.hub.segment_members on reference = application_number order by 1 limit 2"
    ).fetchall()
    hub.execute("delete from work.intermediate.int_person_links where mention_id = $1", [f"T{first[0]}"])
    tutors = "work.staging.stg_activitats_estiu__tutors"
    hub.execute(f"update {tutors} set email = null where child_record_id = $1", [second[0]])
    hub.execute("delete from work.hub.person_attributes where person_id = $1 and attribute <> 'name'", [second[1]])
    compiled = compiled_models(built.parent / "target")
    for name in ("draw_applications", "draw_results"):
        hub.execute(f"create or replace table work.hub.{name} as {compiled[name].read_text()}")
    again(hub, built)
    found = reached(hub, "campus_olimpia")
    reasons = dict(found.select("reference", "reason_out").iter_rows())
    assert set(reasons) == before
    assert (reasons[first[0]], reasons[second[0]]) == ("no_guardian", "no_address")
    [warning] = unreached(hub)
    assert "campus_olimpia: the outcome of 2 applications" in warning


def test_drawn_and_waiting_are_told_with_the_number_of_their_application(hub: duckdb.DuckDBPyConnection) -> None:
    told = table(hub, "hub.segment_members").filter(pl.col("segment") == "campus_olimpia")
    results = table(hub, "hub.draw_results")
    joined = told.join(results, left_on="reference", right_on="application_number", suffix="_drawn")
    assert joined.height == told.height > 5
    assert (joined["reason"] == joined["result"]).all()
    assert set(joined.select("result", "topic").rows()) == {("drawn", "ADMESOS-2026"), ("waiting", "ESPERA-2026")}


# A service that people subscribe to, its segment, and a topic with a message on the day, as SQL.
SERVICES = (
    ("OBRES", "afectacions", "select 'Z1'"),
    ("BUS", "xarxa_bus", "select bus_line from work.intermediate.int_bus_changes"),
    ("PREINSCRIPCIO", "preinscripcio", "select split_part(topic, '-', 1) from work.hub.segment_members"
     " where segment = 'preinscripcio'"),
    ("BUTLLETI", "butlletins", "select 'JOVES'"), ("JOVENTUT", "informacio_juvenil", "select 'TREBALL'"),
    ("VOLUNTARIAT", "voluntariat_educatiu", "select 'SOCIAL'"),
)  # fmt: skip


def test_an_entity_is_written_to_wherever_it_asked(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    """Every request for which there is a message on the day ends as a member, or with a reason."""
    for service, segment, topics in SERVICES:
        hub.execute(
            f"""
            insert into work.hub.subscriptions by name
            select * replace ($1 as subscription_id, $2 as service, ({topics} order by 1 limit 1) as topic)
            from work.hub.subscriptions where subscription_id = 'SO9'
            """,
            [f"X{segment}", service],
        )
    again(hub, built)
    found = table(hub, "hub.segment_candidates").filter(pl.col("request_id").str.starts_with("X"))
    told = {segment: reason for segment, reason in found.select("segment", "reason_out").iter_rows()}
    # The cap keeps some messages for another night.
    assert told.keys() == {segment for _, segment, _ in SERVICES}
    assert set(told.values()) == {None, "other_message_first"}
    assert set(found["organisation_id"]) == {"O9"} and found.height == len(SERVICES)


def test_no_request_is_lost_before_the_funnel(hub: duckdb.DuckDBPyConnection, built: Path) -> None:
    rule = compiled_models(built.parent / "target")["assert_every_request_is_a_candidate"].read_text()
    assert hub.execute(rule).fetchall() == []
    candidates = "work.intermediate.int_segment_candidates"
    [(request,)] = hub.execute(
        f"select request_id from {candidates} where segment = 'butlletins' order by 1 limit 1"
    ).fetchall()
    hub.execute(f"delete from {candidates} where request_id = $1", [request])
    assert [lost for _, _, lost in hub.execute(rule).fetchall()] == [request]
