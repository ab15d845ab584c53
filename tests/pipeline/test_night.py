"""Whole nights in Dagster on hand-written extracts: what is published, what is refused, and that no log leaks."""

import csv
import json
import shutil
import subprocess
from datetime import datetime
from io import BytesIO
from itertools import product
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.pipeline.nights import (
    ATTENDED,
    DAY,
    ENTERED,
    FIL,
    PEOPLE,
    ROOT,
    assert_no_leak,
    assert_the_same,
    attention,
    audiences,
    deliver,
    delivered,
    document,
    email,
    environment,
    fil,
    fill_inbox,
    ids,
    inscription,
    nightly,
    payloads,
    person,
    published,
)


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a home is after its first night; tests that go on from here have it put back in its place."""
    home = tmp_path_factory.mktemp("first") / "home"
    fill_inbox(home)
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    assert_no_leak(home, result.stdout, result.stderr)
    return Path(shutil.copytree(home, home.with_name("kept"), symlinks=True))


@pytest.fixture
def home(first_night: Path) -> Path:
    """The home after its first night, in one place for all tests: elsewhere dbt parses its project anew."""
    home = first_night.with_name("home")
    shutil.rmtree(home, ignore_errors=True)
    return Path(shutil.copytree(first_night, home, symlinks=True))


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


def test_the_same_night_again_gives_the_same_bytes_and_no_new_id(first_night: Path, home: Path) -> None:
    """Its registry is lost, and rebuilt from its backup and the journal."""
    (home / "registry.duckdb").unlink()
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    assert_the_same(home, first_night)
    assert published(home, "select count(*) from person_events") == [(PEOPLE,)]


def test_past_nights_run_again_from_landing_alone_and_a_rejected_padro_leaves_the_last_good_one_in_use(
    first_night: Path, home: Path
) -> None:
    """Two nights in one go, after everything but the originals and the registry is lost."""
    assert not [path for path in (home / "inbox").rglob("*") if path.is_file()]
    for place in ("raw", "quarantine", "published", "exports", "work.duckdb"):
        shutil.rmtree(home / place) if (home / place).is_dir() else (home / place).unlink()
    bad = b"".join(inscription(number, sex=b"9") for number in range(PEOPLE))
    deliver(home, "padro", "padro_habitants_20260505.txt", bad)
    result = nightly(home, until="2026-05-05")
    assert result.returncode == 0, result.stderr
    assert [line.split(" published")[0] for line in result.stdout.splitlines()] == [
        "Night 2026-05-04",
        "Night 2026-05-05",
    ]
    assert_the_same(home, first_night)
    rejection = json.loads((home / "landing" / "padro" / "2026-05-05" / "rejected.json").read_text())
    assert f"unknown_code:sexo {PEOPLE}" in rejection["reason"]
    assert "warning: padro: the extract of 2026-05-05 was rejected" in result.stderr
    assert (home / "published" / "current").readlink() == Path("2026-05-05")
    assert ids(home) == ids(first_night)
    # No new extract counts, so what leaves is what left the day before.
    assert payloads(home, "2026-05-05") == payloads(first_night)
    past = home / "past" / "hub.duckdb"
    past.parent.mkdir()
    result = fil(home, "as-of", "--date", DAY, "--output", str(past))
    assert result.returncode == 0, result.stderr
    with duckdb.connect(str(past), read_only=True) as connection:
        assert connection.sql("from hub.hub.persons").fetchall() == published(first_night, "from persons")
    assert_delivered_again(first_night, home)
    assert_no_leak(home, result.stdout, result.stderr)


def assert_delivered_again(first_night: Path, home: Path) -> None:
    """The same files from the history alone; where they are there and whole, nothing is written."""
    for place in ("exports", f"published/{DAY}"):
        shutil.rmtree(home / place)
    again = ("delivered again", "delivered again", "is there already, the same")
    for target, state in zip(("attention", "campaigns", "campaigns"), again, strict=True):
        result = fil(home, "export", "--target", target, "--date", DAY)
        assert result.returncode == 0 and f"{target} of {DAY} {state}: " in result.stdout, result.stderr
        assert "did not go again" not in result.stdout
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


def test_a_withdrawal_shuts_the_gate_however_it_is_told(first_night: Path, home: Path) -> None:
    """In a refused row, in a correction of an attention, in the first minutes of the day to come, by a message."""
    day = "2026-05-05"
    refuses = {"consentiment_comunicacions": "N", "consentiment_integracio": "N"}
    told = [attention(number, id=f"B{number}", data_hora=f"{day}T10:00:00") for number in range(100, 130)]
    told += [
        attention(1, id="B1", data_hora=f"{day}T10:00:00", idioma="fr", **refuses),
        attention(2, **refuses),
        attention(4, id="B4", data_hora="2026-05-06T00:10:00", **refuses),
        attention(5, id="B5", data_hora=f"{day}T10:00:00", **refuses),
    ]
    deliver(home, "atencions", "atencions_20260505.jsonl", b"".join(told))
    before = payloads(first_night)
    exported = csv.DictReader(before["campaigns.csv"].decode().splitlines())
    (reader,) = [row["person_id"] for row in exported if row["email"] == email(7)]
    deliver(home, "campanyes", "campanyes_20260505.parquet", unsubscribed(reader), rows=1)
    joined = join_the_last_two_of_the_padro(home, day)
    approve_the_impact(home, day, before)
    deliver(home, "proteccions", "proteccions_20260505.csv", protections(), rows=3)
    result = nightly(home, day)
    assert result.returncode == 0, result.stderr
    assert "1 keys of earlier extracts came again with another content" in result.stderr
    after = payloads(home, day)
    for number in (1, 2, 4, 5):
        for name in ("attention.jsonl", "campaigns.csv"):
            assert email(number).encode() in before[name]
            assert email(number).encode() + b'"' not in after[name].replace(b",", b'"')
    joined_in = (
        "select count(distinct person_id), count(person_id) from mentions where source = 'padro' and source_key in"
    )
    assert published(home, f"{joined_in} {tuple(joined)}") == [(1, 2)]
    corrections = list(
        csv.DictReader((home / "exports" / "attention" / day / "corrections.csv").open(encoding="utf-8"))
    )
    assert len({one["recipient_id"] for one in corrections}) == len(corrections) == 24
    assert {(one["event"], one["file"], one["first_date"], one["last_date"]) for one in corrections} == {
        ("merged", "attention", DAY, DAY)
    }
    # Who unsubscribes from a message wants no more of them, and is attended as before.
    assert email(7).encode() in after["attention.jsonl"] and email(7).encode() not in after["campaigns.csv"]
    assert "warning: proteccions: 1 in force name nobody who is known" in result.stderr
    assert_reserved(home, day, 8, 10)
    # Nor do they leave with the night before, where that is delivered again.
    assert "did not go again" in fil(home, "export", "--target", "campaigns", "--date", DAY).stdout
    again = b"".join([payloads(home)["campaigns.csv"], *audiences(home).values()])
    assert [number for number in (1, 2, 4, 5, 7, 8, 10) if email(number).encode() in again] == []
    assert email(11).encode() in again
    assert_no_leak(home, result.stdout, result.stderr)


def protections() -> bytes:
    """By inscription; by document in a row that is refused; and of nobody who is known."""
    rows = (f"P1;{8:015d};;VIOLENCIA_GENERE;2026-05-05;", f"P2;;{document(10).lower()};CODI_NOU;2026-05-05;",
            "P3;;99999999R;ALTRES;2026-05-05;")  # fmt: skip
    return "\r\n".join(("ID_PROTECCIO;NIA;DOCUMENT;TIPUS;DATA_INICI;DATA_FI", *rows, "")).encode()


def assert_reserved(home: Path, day: str, *numbers: int) -> None:
    """Nothing that is published, of that night or before it, tells where these live or are reached."""
    past = home / "past" / "hub.duckdb"
    past.parent.mkdir()
    assert fil(home, "as-of", "--date", DAY, "--output", str(past)).returncode == 0
    hubs = [*home.glob("published/2026-*/hub.duckdb"), *home.glob("history/2026-*/changes.duckdb"), past]
    assert len(hubs) == 5
    for path in hubs:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach '{path}' as told (read_only); use told.hub")
            tables = connection.sql("select table_name from duckdb_tables()").fetchall()
            for (table,), number in product(tables, numbers):
                told = f"select 1 from {table} as one where contains(one::varchar, '{email(number)}')"
                assert connection.sql(told).fetchone() is None, (path, table)
            homes = "select count(street), count(x_etrs89), count(household_id) from persons where is_protected"
            assert connection.sql(homes).fetchall() == [(0, 0, 0)]
            of_protected = "mention_id in (select mention_id from mention_values where is_protected)"
            moves = f"from person_history where attribute = 'address' and {of_protected}"
            assert connection.sql(moves).fetchall() == []
    with duckdb.connect(str(past), read_only=True) as connection:
        hidden = connection.sql("select * from hub.hub.persons order by all").fetchall()
    with duckdb.connect(str(home / "published" / DAY / "hub.duckdb"), read_only=True) as connection:
        assert connection.sql("select * from hub.hub.persons order by all").fetchall() == hidden
    cards = [json.loads(line) for line in payloads(home, day)["attention.jsonl"].splitlines()]
    protected = [card for card in cards if card["is_protected"]]
    assert {card["document"] for card in protected} == {document(number) for number in numbers}
    assert {(card["email"], card["phone"], card["barri_code"]) for card in protected} == {(None, None, None)}
    signed = ("--who", "agent 7", "--why", "called back")
    for command in ("show", "history", "trace"):
        shown = fil(home, "person", command, document(numbers[0]), *signed)
        assert shown.returncode == 0 and "reserved" in shown.stdout
        assert email(numbers[0]) not in shown.stdout and "BALMES" not in shown.stdout


def join_the_last_two_of_the_padro(home: Path, day: str) -> list[str]:
    """A steward's word over two rails, two valid DNIs and two inscriptions; the keys of the two."""
    keys = published(home, "select source_key from mentions where source = 'padro' order by source_key desc limit 2")
    last = [f"padro:{key}" for (key,) in keys]
    signed = ["--steward", "A. Arxivera", "--reason", "seen", "--from", day]
    command = [str(FIL), "review", "decide", *last, "same", *signed]
    subprocess.run(command, env=environment(home, None), cwd=ROOT, check=True, capture_output=True)
    return [str(key) for (key,) in keys]


def approve_the_impact(home: Path, day: str, before: dict[str, bytes]) -> None:
    """A steward joins fifty more, and the night publishes nothing until somebody has approved as many."""
    pairs = [f"padro:{number:015d},padro:{number + 1:015d},same" for number in range(12, 62, 2)]
    file = home / "decisions.csv"
    signed = [f"{line},A. Arxivera,seen,{day}" for line in pairs]
    file.write_text("\n".join(["mention_l,mention_r,verdict,steward,reason,counts_from", *signed]))
    assert fil(home, "review", "import", str(file)).returncode == 0
    refused = nightly(home, day)
    assert (
        refused.returncode == 1 and "52 people (52 in merges" in refused.stderr and "50 are allowed" in refused.stderr
    )
    assert (home / "published" / "current").readlink() == Path(DAY) and payloads(home) == before
    shown = fil(home, "impact", "show", "--date", day)
    assert "52 people of 274 in all" in shown.stdout and shown.stdout.count(": decision ") == 26, shown.stderr
    approved = ("impact", "approve", "--date", day, "--people", "52", "--who", "A. Arxivera", "--why", "seen")
    assert fil(home, *approved).returncode == 0


def unsubscribed(person_id: str) -> bytes:
    """The campaign tool's word that somebody wants no more messages, by the id that was exported."""
    told = {
        "id_esdeveniment": "E1", "id_missatge": "M1", "campanya": "obres", "segment": "afectacions", "tema": "GLORIES",
        "id_persona": person_id, "canal": "EMAIL", "adreca": None, "esdeveniment": "BAIXA",
        "moment": datetime(2026, 5, 5, 9, 0, 0),  # noqa: DTZ001 - told in local time
    }  # fmt: skip
    target = BytesIO()
    pl.DataFrame([told], schema_overrides={"adreca": pl.String}).write_parquet(target)
    return target.getvalue()


def test_a_stale_source_publishes_nothing_and_is_named(first_night: Path, home: Path) -> None:
    result = nightly(home, "2026-05-12")
    assert result.returncode == 1
    assert "atencions: no good extract within the 7 days" in result.stderr
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
