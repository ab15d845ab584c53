"""`fil segment` and `fil draw` on a published hub: counts that may be shown, look-ups on record, one draw a season."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.cli.terminal import account
from orchestration.home.access_log import accesses
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import DBT_PROJECT_DIR, ConfigurationError
from orchestration.home.work_database import create_work_database, work_database
from orchestration.outgoing.segments import declared_segments, write_skeleton
from sources.loading.lotteries import load_draws, lotteries
from tests.support.published_home import made_by_hand

RUN = CliRunner()
_HUB = """
create schema hub.hub;
use hub.hub;
create table segments as select 'obres' as segment, 5 as small_cell;
create table segment_steps as
select * from (values
    (1, 'eligible', null, 'Named'), (7, 'not_objected', 'objected', 'Said no'), (13, 'final', null, 'Leaves')
) as t(step_number, step, reason_out, description);
create table segment_funnel as
select 'obres' as segment, 'Z1' as topic, * from (values
    (1, 'eligible', 30, null, 0), (7, 'not_objected', 27, 'objected', 3), (13, 'final', 27, null, 0)
) as t(step_number, step, people_left, reason_out, people_out);
create table segment_members as
select 'obres' as segment, 'Z1' as topic, 'P' || i as person_id, 'email' as channel, if(i < 2, 'es', 'ca') as language,
    '01' as barri_code, 'lives_near' as reason
from range(27) as t(i);
create table segment_candidates as
select 'obres' as segment, 'Z1' as topic, 'PAAAAAAAAAA' as person_id, null::varchar as about_person_id,
    'public_task' as basis, 'lives_near' as reason, 7 as step_number, 'not_objected' as step,
    'objected' as reason_out, null::varchar as channel;
alter table segment_members add column organisation_id varchar;
create table campaign_results as
select * from (values
    ('segment', 'obres', null, 'EMAIL', null, 160, 150, 75, 10, null, 0, 0.5),
    ('segment', 'obres', null, 'SMS', null, 5, 5, null, null, 0, 0, null),
    ('campaign', 'obres', 'c1', 'EMAIL', null, 160, 150, 75, 10, null, 0, 0.5),
    ('campaign_barri', 'obres', 'c1', 'EMAIL', '01', 10, 10, null, 0, 0, 0, null),
    ('segment', 'bus', null, 'EMAIL', null, 10, 10, 10, 0, 0, 0, 1.0)
) as t(cut, segment, campaign, channel, barri_code, sent, delivered, opened, clicked, bounced, unsubscribed, open_rate);
create table deliveries as
select 'campaigns' as target, 'audience.obres.Z1' as file, person_id as recipient_id from segment_members;
create table persons as select 'PAAAAAAAAAA' as person_id;
create table organisations (organisation_id varchar);
create table identifiers as
select 'PAAAAAAAAAA' as person_id, null::varchar as organisation_id, '12345678Z' as number, 'DNI' as type,
    true as is_valid, true as is_current;
create table person_events (
    event varchar, ids_before varchar[], ids_after varchar[], cause varchar, business_date date
);
create table organisation_events as from person_events;
create table draw_applications as
select 'E' || i as application_number, 2026 as season, 'CEM' as place, 1 as turn, i != 3 as is_standing,
    '***4567**' as published_document, if(i = 8, 'E2', null) as drawn_as
from range(9) as t(i);
"""


@pytest.fixture
def hub(home: Path) -> Path:
    day = home / "published" / "2026-05-04"
    day.mkdir(parents=True)
    with made_by_hand(day / "hub.duckdb") as connection:
        connection.execute(_HUB)
    (day.parent / "current").symlink_to("2026-05-04", target_is_directory=True)
    return home


def told(*arguments: str) -> str:
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 0, result.output or result.exception
    return result.output


def test_results_are_shown_by_segment_campaign_and_barri(hub: Path) -> None:
    """A hidden count of e-mails is two dots; other channels have no opened messages."""
    lines = [line.split() for line in told("segment", "results").splitlines()]
    assert ["obres", "EMAIL", "160", "150", "75", "10", "..", "0", "50%"] in lines
    assert ["obres", "SMS", "5", "5", "0", "0"] in lines and ["bus", "EMAIL", *["10"] * 3, *["0"] * 3, "100%"] in lines
    of_one = told("segment", "results", "obres", "--by-barri")
    assert "bus" not in of_one
    lines = [line.split() for line in of_one.splitlines()]
    assert ["obres", "c1", "EMAIL", "01", "10", "10", "..", "0", "0", "0"] in lines
    found = json.loads(told("segment", "results", "obres", "--by-barri", "--json"))
    assert [row["open_rate"] for row in found["campaign"]] == [0.5] and found["campaign_barri"][0]["opened"] is None
    missing = RUN.invoke(app, ["segment", "results", "cap"])
    assert missing.exit_code != 0 and "fil segment list" in str(missing.exception)


def test_a_preview_hides_small_counts(hub: Path) -> None:
    lines = [line.split() for line in told("segment", "preview", "obres").splitlines()]
    assert ["7", "not_objected", "25", ".."] in lines and ["1", "eligible", "25", "0"] in lines
    assert ["14", "gate", "25", "0"] in lines and ["objected", ".."] in lines and ["ca", "25"] in lines
    assert ["lives_near", "25"] in lines
    assert not [line for line in lines if line[:1] == ["es"]]
    with pytest.raises(ConfigurationError, match="fil segment list"):
        RUN.invoke(app, ["segment", "preview", "cap"], catch_exceptions=False)
    assert "25" in told("segment", "preview", "obres", "--topic", "Z1")
    with pytest.raises(ConfigurationError, match="the segment obres has no topic 'Z2'"):
        RUN.invoke(app, ["segment", "preview", "obres", "--topic", "Z2"], catch_exceptions=False)


def test_a_preview_is_on_record_with_what_is_said_of_it(hub: Path) -> None:
    told("segment", "preview", "obres")
    told("segment", "preview", "obres", "--topic", "Z1", "--who", "Ona", "--why", "campanya de maig")
    first, second = accesses(Home(hub))
    assert (first["what"], first["who"], first["why"]) == ("segment preview obres", account(), "")
    expected = ("segment preview obres --topic Z1", "Ona", "campanya de maig", [])
    assert (second["what"], second["who"], second["why"], second["subjects"]) == expected


def test_of_a_withheld_audience_everybody_is_previewed(hub: Path) -> None:
    with made_by_hand(hub / "published" / "2026-05-04" / "hub.duckdb") as connection:
        connection.execute("delete from hub.hub.deliveries")
    assert ["14", "gate", "0", "25"] in [line.split() for line in told("segment", "preview", "obres").splitlines()]
    with made_by_hand(hub / "published" / "2026-05-04" / "hub.duckdb") as connection:
        connection.execute("insert into hub.hub.deliveries values ('campaigns', 'audience.obres.withheld', null)")
    assert ["14", "gate", "25", "0"] in [line.split() for line in told("segment", "preview", "obres").splitlines()]


def test_why_somebody_is_not_in_it_is_said_once_it_is_on_record(hub: Path) -> None:
    signature = ("--who", "Ona", "--why", "reclamació 7")
    output = told("segment", "explain", "obres", "12345678Z", *signature)
    assert "objected" in output and "Said no" in output
    (entry,) = accesses(Home(hub))
    assert (entry["what"], entry["subjects"], entry["who"]) == ("segment explain obres", ["PAAAAAAAAAA"], "Ona")
    with pytest.raises(ConfigurationError, match="--who or --why is empty"):
        RUN.invoke(
            app, ["segment", "explain", "obres", "12345678Z", "--who", " ", "--why", "x"], catch_exceptions=False
        )


def test_a_message_is_rendered_from_the_file_s_columns_once_it_is_on_record(hub: Path) -> None:
    """In the recipient's language or the one asked for; a hub of an earlier version lacks some columns."""
    with made_by_hand(hub / "published" / "2026-05-04" / "hub.duckdb") as connection:
        connection.execute("""
            alter table hub.hub.segments add column variables varchar[];
            alter table hub.hub.segment_members add column recipient_name varchar;
            alter table hub.hub.segment_members add column family_kind varchar;
            insert into hub.hub.segments values ('benvingut_nado', 5, ['family_kind']);
            insert into hub.hub.segment_members by name
            select 'benvingut_nado' as segment, 'BENVINGUT' as topic, 'PAAAAAAAAAA' as person_id, 'email' as channel,
                'ca' as language, '07' as barri_code, 'Ona Mas' as recipient_name, 'NOMBROSA' as family_kind""")
    signed = ("--to", "PAAAAAAAAAA", "--who", "Ona", "--why", "prova")
    output = told("segment", "message", "benvingut_nado", *signed)
    assert "Benvolgut/uda Ona Mas," in output and "Bonificació de l'IBI" in output
    # The segment does not declare the barri, so its file lacks it, and so does the message.
    assert "barris/07" not in output
    assert "Estimado/a Ona Mas:" in told("segment", "message", "benvingut_nado", *signed, "--language", "es")
    assert [(entry["what"], entry["subjects"]) for entry in accesses(Home(hub))] == [
        ("segment message benvingut_nado", ["PAAAAAAAAAA"])
    ] * 2
    with pytest.raises(ConfigurationError, match="fil segment explain butlletins"):
        RUN.invoke(app, ["segment", "message", "butlletins", *signed], catch_exceptions=False)


def test_the_list_has_every_segment(hub: Path) -> None:
    output = told("segment", "list")
    # A city may add its own.
    assert {one.name for one in declared_segments()} >= {
        "afectacions", "benvingut_barcelona", "benvingut_nado", "butlletins", "campus_olimpia", "enquesta_general",
        "enquesta_satisfaccio", "informacio_juvenil", "participacio", "preinscripcio", "seguiment_atencio",
        "voluntariat_educatiu", "xarxa_bus",
    }  # fmt: skip
    assert all(one.name in output for one in declared_segments())


def test_the_list_hides_what_a_preview_hides(hub: Path) -> None:
    with made_by_hand(hub / "published" / "2026-05-04" / "hub.duckdb") as connection:
        connection.execute("insert into hub.hub.segments values ('xarxa_bus', 5), ('butlletins', 5)")
        connection.execute(
            "insert into hub.hub.segment_members by name"
            " select segment, topic, 'P' || i as person_id, 'sms' as channel, 'ca' as language, '01' as barri_code"
            " from (values ('xarxa_bus', 'H4', 4), ('butlletins', 'D1', 5)) as t(segment, topic, people)"
            " cross join range(5) as r(i)"
            " where i < people;"
            "insert into hub.hub.segment_funnel select distinct segment, topic, 13, 'final', 0, null, 0"
            " from hub.hub.segment_members where segment <> 'obres';"
            "insert into hub.hub.deliveries select 'campaigns', 'audience.' || segment || '.' || topic, person_id"
            " from hub.hub.segment_members where segment <> 'obres'"
        )
        connection.execute("insert into hub.hub.segments values ('campus_olimpia', 5)")
    ends = {words[0]: words[-2:] for line in told("segment", "list").splitlines() if len(words := line.split()) > 2}
    assert (ends["xarxa_bus"], ends["butlletins"], ends["campus_olimpia"]) == (["1", ".."], ["1", "5"], ["0", "0"])


def test_a_segment_that_no_night_has_counted_is_not_shown_as_empty(hub: Path) -> None:
    lines = [line for line in told("segment", "list").splitlines() if line.split()[:1] == ["campus_olimpia"]]
    assert [line.endswith("not yet counted") for line in lines] == [True]


def test_somebody_outside_a_segment_gets_a_sentence(hub: Path) -> None:
    with made_by_hand(hub / "published" / "2026-05-04" / "hub.duckdb") as connection:
        connection.execute("delete from hub.hub.segment_candidates")
    output = told("segment", "explain", "obres", "12345678Z", "--who", "Ona", "--why", "reclamació 7")
    assert output.strip() == "PAAAAAAAAAA is not in obres: its query does not select this person."


def test_an_empty_funnel_hides_nothing(hub: Path) -> None:
    with made_by_hand(hub / "published" / "2026-05-04" / "hub.duckdb") as connection:
        connection.execute("insert into hub.hub.segments values ('butlletins', 5)")
    output = told("segment", "preview", "butlletins")
    assert "selects nobody" in output and "not shown" not in output


def test_without_a_night_the_list_says_what_to_run(home: Path) -> None:
    with pytest.raises(StepFailed, match="no night is published in"):
        RUN.invoke(app, ["segment", "list"], catch_exceptions=False)


def test_every_segment_declares_what_the_funnel_asks() -> None:
    for one in declared_segments():
        assert {"title", "purpose", "bases", "channels", "priority"} <= set(one.meta), one.name
        assert set(one.meta["bases"]) <= {"request", "consent", "public_task"}
        assert set(one.meta["channels"]) <= {"email", "sms", "letter"}
        assert set(one.meta.get("residents", [])) <= set(one.meta["bases"])
    files = {path.stem.removeprefix("segment_") for path in DBT_PROJECT_DIR.rglob("candidates/segment_*.sql")}
    assert files == {one.name for one in declared_segments()}


def test_a_new_segment_is_a_query_and_its_yaml_and_is_listed(tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    before = [one.name for one in declared_segments(project)]
    # A name that no city is likely to have, nor the README.
    query, *_ = write_skeleton("prova_de_segment", "Prova", project)
    assert "{{ ref('persons') }}" in query.read_text()
    declared = declared_segments(project)[-1]
    assert (declared.name, declared.meta["title"]) == ("prova_de_segment", "Prova")
    names = yaml.safe_load((project / "dbt_project.yml").read_text())["vars"]["segments"]
    assert names == [*before, "prova_de_segment"]
    for name in ("prova_de_segment", "Casals", "x; drop"):
        with pytest.raises(ConfigurationError):
            write_skeleton(name, "", project)


def test_a_season_is_drawn_once_and_the_night_knows_it(hub: Path) -> None:
    arguments = (
        "draw",
        "run",
        "--places",
        "3",
        "--season",
        "2026",
        "--date",
        "2026-05-04",
        "--who",
        "Ona",
        "--why",
        "acta 12",
    )
    named = "Application E8 gets the result of E2: same child and turn"
    assert named in told("draw", "list", "--places", "3", "--season", "2026")
    first_told = told(*arguments, "--seed", "4242")
    assert "8 applications drawn, from the night of 2026-05-04 on: 3 with a place" in first_told and named in first_told
    results = hub / "draws" / "campus_olimpia_2026" / "results.csv"
    first = results.read_bytes()
    assert "already drawn with the same result" in told(*arguments, "--seed", "4242") and results.read_bytes() == first
    assert "the seed gives this list" in told("draw", "verify", str(results), "4242")
    refused = RUN.invoke(app, [*arguments, "--seed", "4243"])
    assert refused.exit_code != 0 and "annulled" in str(refused.exception) and results.read_bytes() == first
    assert b"E3," not in first
    for day, rows in ((date(2026, 5, 3), 0), (date(2026, 5, 4), 8)):
        create_work_database(hub / "work.duckdb", None, day)
        with work_database(hub / "work.duckdb", None) as connection:
            assert load_draws(connection, hub, day) == rows
            found = connection.execute(
                "select application_number, draw_order, place_in_turn, result from work.raw.draws order by draw_order"
            ).fetchall()
    lines = [line.split(",") for line in first.decode().splitlines()[1:]]
    assert found == [(line[1], int(line[0]), int(line[5]), line[6]) for line in lines]
    told(*arguments, "--seed", "4243", "--again")
    assert results.read_bytes() != first
    journal = hub / "registry" / "journal" / "draws.jsonl"
    journal.write_bytes(journal.read_bytes() + journal.read_bytes().splitlines(keepends=True)[0])
    assert [one.seed for one in lotteries(hub)] == ["4242", "4243"], "the same line again is no new draw"
