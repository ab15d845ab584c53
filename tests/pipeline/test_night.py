"""Whole nights in Dagster on hand-written extracts: what is published, what is refused, and that no log leaks."""

import csv
import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.support.nights import (
    ATTENDED,
    DAY,
    ENTERED,
    PEOPLE,
    assert_no_leak,
    assert_the_same,
    audiences,
    deliver,
    delivered,
    document,
    email,
    fil,
    ids,
    inscription,
    kill_when_begun,
    nightly,
    payloads,
    person,
    published,
)


def test_the_first_night(first_night: Path) -> None:
    assert published(first_night, "select count(*) from persons") == [(PEOPLE,)]
    linked = published(
        first_night, "select count(*) from mentions where source = 'atencions' and person_id is not null"
    )
    assert linked == [(ATTENDED,)]
    assert (first_night / "published" / "current").readlink() == Path(DAY)
    lines = payloads(first_night)
    assert len(lines["attention.jsonl"].splitlines()) == ATTENDED
    assert len(lines["campaigns.csv"].splitlines()) - 1 == ATTENDED - ATTENDED // 3
    # Who was entered lately, unless they refuse messages, is told where they are reached.
    welcomed = audiences(first_night)["audience.benvingut_barcelona.BENVINGUT.csv"].decode()
    told = {line["address"] for line in csv.DictReader(welcomed.splitlines())}
    assert told == {email(number) for number in ENTERED if number % 3}


def test_the_state_is_private(first_night: Path) -> None:
    for path in first_night.rglob("*"):
        if not path.is_symlink() and "inbox" not in path.parts:
            assert path.stat().st_mode & 0o077 == 0, path.relative_to(first_night)


@pytest.mark.long
def test_past_nights_run_again_from_landing_alone_and_a_rejected_padro_leaves_the_last_good_one_in_use(
    first_night: Path, home: Path
) -> None:
    """Two in one go, after one was killed as it published, and all but the originals and the journals was lost."""
    assert not [path for path in (home / "inbox").rglob("*") if path.is_file()]
    kill_when_begun(home, "publication")
    assert_the_same(home, first_night)
    for place in ("raw", "quarantine", "exports/*/[!.]*", "work.duckdb", "registry.duckdb"):
        for path in home.glob(place):
            path.unlink() if path.is_file() or path.is_symlink() else shutil.rmtree(path)
    bad = b"".join(inscription(number, sex=b"9") for number in range(PEOPLE))
    deliver(home, "padro", "padro_habitants_20260505.txt", bad)
    result = nightly(home, until="2026-05-05")
    assert result.returncode == 0, result.stderr
    assert [line.split(" published")[0] for line in result.stdout.splitlines()] == [
        "Night 2026-05-04",
        "Night 2026-05-05",
    ]
    assert_the_same(home, first_night)
    assert [path for place in ("published", "exports", "history") for path in (home / place).rglob(".*")] == []
    rejection = json.loads((home / "landing" / "padro" / "2026-05-05" / "rejected.json").read_text())
    assert f"unknown_code:sexo {PEOPLE}" in rejection["reason"]
    assert "warning: padro: the extract of 2026-05-05 was rejected" in result.stderr
    assert (home / "published" / "current").readlink() == Path("2026-05-05")
    assert ids(home) == ids(first_night)
    assert published(home, "select count(*) from person_events") == [(PEOPLE,)]
    # No new extract counts, so what leaves is what left the day before.
    assert payloads(home, "2026-05-05") == payloads(first_night)
    past = home / "past" / "fil.duckdb"
    past.parent.mkdir()
    result = fil(home, "as-of", "--date", DAY, "--output", str(past))
    assert result.returncode == 0, result.stderr
    with duckdb.connect(str(past), read_only=True) as connection:
        assert connection.sql("from hub.persons").fetchall() == published(first_night, "from persons")
    assert_delivered_again(first_night, home)
    assert_no_leak(home, result.stdout, result.stderr)


def assert_delivered_again(first_night: Path, home: Path) -> None:
    """The same files from the history alone; where they are there and whole, nothing is written."""
    for place in ("exports", f"published/{DAY}"):
        shutil.rmtree(home / place)
    again = ("was rebuilt", "was rebuilt", "already exists, unchanged")
    for target, state in zip(("attention", "campaigns", "campaigns"), again, strict=True):
        result = fil(home, "export", "--target", target, "--date", DAY)
        assert result.returncode == 0 and f"Delivery to {target} of {DAY} {state}: " in result.stdout, result.stderr
        assert "were left out" not in result.stdout
    assert delivered(home) == delivered(first_night)
    journal = (home / "registry" / "journal" / "deliveries.jsonl").read_text().splitlines()
    assert [json.loads(line)["target"] for line in journal] == ["attention", "campaigns"]


def test_a_person_is_looked_at_for_a_reason_that_is_kept(home: Path) -> None:
    """Card, history and the lines that the golden values come from; by document, unseen by the shell's history."""
    signed = ("--who", "agent 7", "--why", "called back")
    given, first, second, born = person(7)
    shown = fil(home, "person", "show", "-", *signed, "--json", stdin=f"{document(7).lower()}\n")
    assert shown.returncode == 0, shown.stderr
    card = json.loads(shown.stdout.splitlines()[-1])
    golden = {row["attribute"]: row for row in card["Identity and contact, the golden values"]}
    assert golden["name"]["value"] == f"{given} {first} {second}" and golden["name"]["source"] == "padro"
    assert golden["email"]["value"] == email(7) and golden["email"]["source"] == "atencions"
    assert {row["source"] for row in card["Where it comes from"]} == {"padro", "atencions"}
    history = fil(home, "person", "history", card["person_id"], *signed)
    assert f"birth_date        {born[:4]}-{born[4:6]}-{born[6:]}" in history.stdout and "minted" in history.stdout
    traced = fil(home, "person", "trace", card["person_id"], *signed)
    assert (
        f"padro_habitants_20260504.txt, line {8}" in traced.stdout and inscription(7).decode().strip() in traced.stdout
    )
    assert f"email: {home / 'landing' / 'atencions'}" in traced.stdout
    for refused in (("-", *signed), ("NOBODY", *signed), (card["person_id"], "--who", " ", "--why", "x")):
        result = fil(home, "person", "show", *refused, stdin="nobody at all")
        assert result.returncode in (1, 2) and result.stdout == "" and "Traceback" not in result.stderr
    log = (home / "registry" / "journal" / "accesses.jsonl").read_text()
    assert [json.loads(line)["what"] for line in log.splitlines()] == ["person show", "person history", "person trace"]
    assert document(7) not in log and given not in log


def test_a_stale_source_publishes_nothing_and_is_named(first_night: Path, home: Path) -> None:
    result = nightly(home, "2026-05-12")
    assert result.returncode == 1
    assert "atencions" in result.stderr and "no good extract within the 7 days" in result.stderr
    assert "Traceback" not in result.stderr
    assert (home / "published" / "current").readlink() == Path(DAY)
    assert payloads(home) == payloads(first_night)
    assert_no_leak(home, result.stdout, result.stderr)


def test_a_blocking_check_publishes_nothing_and_is_named(first_night: Path, home: Path) -> None:
    header = (
        "codi_contribuent|tipus_persona|nif|motiu_sense_nif|cognoms_nom|rao_social|domicili_fiscal|domiciliacio|email|"
        "telefon|representant_nif|representant_nom|data_alta|data_baixa\n"
    )
    names = (f"{number}|F|||{person(number)[1]}, {person(number)[0]}||||||||20200101|\n" for number in range(40))
    deliver(home, "contribuents", "contribuents_20260504.csv", (header + "".join(names)).encode(), rows=40)
    result = nightly(home)
    assert result.returncode == 1
    assert "arrivals of raw/contribuents__contribuents: has_nif (observed 40, expected rows" in result.stderr
    assert payloads(home) == payloads(first_night)
    assert_no_leak(home, result.stdout, result.stderr)


@pytest.mark.parametrize("day", ["2019-12-31", "2999-01-01", "yesterday"])
def test_a_date_that_is_no_closed_day_is_refused(tmp_path: Path, day: str) -> None:
    result = nightly(tmp_path, day)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
