"""A night in which three segments fail, each in another way: each withholds itself alone, until it is mended."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from dagster import DagsterInstance

from exports.contracts.contract import Audiences
from orchestration.outgoing.segments import write_skeleton
from tests.orchestration.conftest import serving_webhook
from tests.support import forked
from tests.support.nights import (
    ENTERED,
    ROOT,
    assert_no_leak,
    attention,
    deliver,
    environment,
    fil,
    kill_when_begun,
    payloads,
    published,
)

pytestmark = pytest.mark.long

NEXT = "2026-05-05"
WITHDRAWS = ENTERED[0]
_CANDIDATES = Path("models") / "marts" / "segments" / "candidates"
_EVERYBODY = """
select 'GENERAL' as topic, person_id, 'consent' as basis, 'is_known' as reason
from {{ ref('persons') }}
"""


class Nights(NamedTuple):
    """The home after the faulty night, and after the mended one, and what the faulty one printed and sent."""

    faulty: Path
    mended: Path
    told: subprocess.CompletedProcess[str]
    alerts: list[dict[str, str]]


def good_project(directory: Path) -> Path:
    """The project with two segments more."""
    project = directory / "good"
    shutil.copytree(ROOT / "dbt_project", project, ignore=shutil.ignore_patterns("target"))
    for name in ("veins", "dol"):
        write_skeleton(name, name, project)
        (project / _CANDIDATES / f"segment_{name}.sql").write_text(_EVERYBODY)
    for path in (project / _CANDIDATES).glob("segment_[vd]*.yml"):
        path.write_text(path.read_text().replace("        cap: {messages: 3, days: 30}\n", ""))
    return project


def faulty_project(good: Path) -> Path:
    """The same, with a segment whose query fails on a row, and the marts repeating a person of another."""
    project = Path(shutil.copytree(good, good.with_name("faulty")))
    path = project / _CANDIDATES / "segment_enquesta_satisfaccio.sql"
    path.write_text(f"select * replace (error('no topic of ' || person_id) as topic) from (\n{path.read_text()}\n)")
    path = project / "models" / "marts" / "segments" / "segment_members.sql"
    once = path.read_text()
    repeated = f"select * from (\n{once}\n) where segment = 'benvingut_barcelona' order by person_id limit 1"
    path.write_text(f"{once}\nunion all\nselect * from (\n{repeated}\n)\n")
    return project


def build_from(directory: Path) -> None:
    """In a night's process: another project."""
    from orchestration.dbt import project

    project.DBT_PROJECT_DIR = directory


def build_from_while_somebody_dies(directory: Path) -> None:
    """The same, and somebody dies between the writing of a file and its check."""
    build_from(directory)
    from exports.delivery import audiences

    check = audiences.check_audience

    def check_with_death(connection: duckdb.DuckDBPyConnection, path: Path, rules: Audiences, day: date) -> int:
        if not path.name.startswith("audience.dol."):
            return check(connection, path, rules, day)
        first = f"select min(recipient_id) from read_csv('{path}', all_varchar = true)"
        connection.execute("begin")
        connection.execute(f"update work.hub.persons set is_deceased = true where person_id = ({first})")
        try:
            return check(connection, path, rules, day)
        finally:
            connection.execute("rollback")

    audiences.check_audience = check_with_death


def run(home: Path, prepare: Callable[[], object], alerts: str = "") -> subprocess.CompletedProcess[str]:
    told = environment(home, None) | {"FIL_ALERT_WEBHOOK": alerts}
    return forked.run(["nightly", "--date", NEXT], told, ROOT, prepare=prepare)


@pytest.fixture(scope="module")
def nights(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    directory = tmp_path_factory.mktemp("withheld")
    home = Path(shutil.copytree(first_night, directory / "faulty-home", symlinks=True))
    good = good_project(directory)
    faulty = faulty_project(good)
    deliver(home, "atencions", "atencions_20260505.jsonl", withdrawal(WITHDRAWS))
    with serving_webhook() as webhook:
        in_faulty = partial(build_from_while_somebody_dies, faulty)
        kill_when_begun(home, "candidates", NEXT, in_faulty)
        assert not (home / "published" / NEXT).exists()
        told = run(home, in_faulty, webhook.url)
    mended = Path(shutil.copytree(home, directory / "mended-home", symlinks=True))
    then = run(mended, partial(build_from, good))
    assert then.returncode == 0, then.stderr
    return Nights(home, mended, told, webhook.received)


def withdrawal(number: int) -> bytes:
    told = {"id": "W1", "data_hora": f"{NEXT}T10:00:00", "consentiment_comunicacions": "N"}
    return attention(number, **told)


def files(home: Path, target: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "exports" / target / NEXT).iterdir()}


WITHHELD = (
    "audience.benvingut_barcelona.BENVINGUT.withheld.json",
    "audience.dol.GENERAL.withheld.json",
    "audience.enquesta_satisfaccio.withheld.json",
)


def test_each_segment_that_fails_withholds_itself_alone(nights: Nights) -> None:
    assert "Traceback" not in nights.told.stderr
    found, mended = files(nights.faulty, "campaigns"), files(nights.mended, "campaigns")
    assert sorted(name for name in found if "withheld" in name) == sorted(WITHHELD), nights.told.stderr
    assert not [name for name in mended if "withheld" in name]
    lost = ("audience.benvingut_barcelona.", "audience.dol.", "audience.enquesta_satisfaccio.")
    kept = {name for name in mended if not name.startswith(lost)}
    assert {name for name in found if not name.startswith(lost)} == kept
    assert {"audience.veins.GENERAL.csv", "audience.veins.GENERAL.funnel.csv", "campaigns.csv"} < kept
    same = kept - {"manifest.json", "removals.csv"}
    assert [name for name in same if found[name] != mended[name]] == []
    cards = payloads(nights.faulty, NEXT)
    assert cards == payloads(nights.mended, NEXT)
    assert {name.split(".csv")[0] for name in mended if name.startswith(lost) and "funnel" not in name} == {
        "audience.benvingut_barcelona.BENVINGUT", "audience.dol.GENERAL", "audience.enquesta_satisfaccio.INFORMACIO",
    }  # fmt: skip


def test_what_stands_in_their_place_counts_and_names_nobody(nights: Nights) -> None:
    told = {
        name: json.loads(content) for name, content in files(nights.faulty, "campaigns").items() if name in WITHHELD
    }
    counted = {name: {one["check"]: one["observed"] for one in content["reasons"]} for name, content in told.items()}
    assert counted["audience.dol.GENERAL.withheld.json"]["rows of recipients who may not be told"] == 1
    assert list(counted["audience.benvingut_barcelona.BENVINGUT.withheld.json"].values()) == [1]
    assert "segment_enquesta_satisfaccio.sql" in told["audience.enquesta_satisfaccio.withheld.json"]["remedy"]
    people = {str(row[0]) for row in published(nights.faulty, "select person_id from persons")}
    assert not [one for one in people if one in json.dumps(told)]
    assert_no_leak(nights.faulty, nights.told.stdout, nights.told.stderr, json.dumps(told))


def test_the_night_is_published_and_people_are_told_once_by_name(nights: Nights) -> None:
    assert (nights.faulty / "published" / "current").readlink() == Path(NEXT)
    assert nights.told.returncode == 1 and f"Night {NEXT} published" in nights.told.stdout
    assert len([line for line in nights.told.stderr.splitlines() if line.startswith(f"withheld on {NEXT}: ")]) == 3
    (alert,) = nights.alerts
    stems = [name.removesuffix(".withheld.json") for name in WITHHELD]
    assert all(stem in alert["text"] for stem in stems), alert
    listed = fil(nights.faulty, "deliveries", "list").stdout
    rows = [words for line in listed.splitlines() if (words := line.split())[:1] == [NEXT]]
    assert sorted(row[2] for row in rows if row[3] == "withheld") == sorted(f"{stem}.withheld" for stem in stems)
    mended = fil(nights.mended, "deliveries", "list").stdout
    assert NEXT in mended and "withheld" not in mended


def test_dagster_sees_a_good_run_with_failed_checks_that_block_nothing(nights: Nights) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIL_DAGSTER_DIR", str(nights.faulty / "dagster"))
        patch.setenv("DAGSTER_HOME", str(ROOT))
        with DagsterInstance.get() as instance:
            run = instance.get_runs(limit=1)[0]
            events = [one.dagster_event for one in instance.all_logs(run.run_id) if one.dagster_event]
    assert run.status.value == "SUCCESS"
    checks = [one.event_specific_data for one in events if one.event_type_value == "ASSET_CHECK_EVALUATION"]
    failed = {f"{one.asset_key.to_user_string()} {one.check_name}" for one in checks if not one.passed}
    assert {"deliveries/campaigns delivered_whole", "intermediate/segment_enquesta_satisfaccio built"} < failed
    assert "deliveries/attention delivered_whole" not in failed
    built = {one.asset_key.to_user_string() for one in events if one.is_step_materialization and one.asset_key}
    assert {"hub/segment_members", "hub/segment_funnel", "hub/persons"} < built


def test_who_withdrew_is_removed_from_what_its_receiver_still_has(nights: Nights) -> None:
    person = published(nights.faulty, f"select person_id from mentions where source_key = 'A{WITHDRAWS}'")[0][0]
    rows = list(csv.DictReader(files(nights.faulty, "campaigns")["removals.csv"].decode().splitlines()))
    told = {row["file"] for row in rows if row["recipient_id"] == person}
    # Of the survey nothing was withdrawn, and its last file stays right.
    assert told == {"campaigns", "audience.benvingut_barcelona.BENVINGUT"}
    assert {row["recipient_id"] for row in rows} == {person}


def test_history_and_hub_hold_what_was_delivered(nights: Nights) -> None:
    with duckdb.connect(str(nights.faulty / "published" / NEXT / "hub.duckdb"), read_only=True) as hub:
        rows = hub.execute("select file, count(recipient_id) from hub.hub.deliveries group by all").fetchall()
        empty = hub.execute("select count(*) from hub.hub.segment_members where segment = 'enquesta_satisfaccio'")
        assert empty.fetchall() == [(0,)]
    withheld = {name.removesuffix(".json") for name in WITHHELD}
    assert {str(file): int(people) for file, people in rows if file in withheld} == dict.fromkeys(withheld, 0)
    assert {file for file, _ in rows} - withheld == {"attention", "campaigns", "audience.veins.GENERAL"}
