"""Whole nights in Dagster on hand-written extracts: what is published, what survives a kill, and that no log leaks."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
FIL = Path(sys.executable).parent / "fil"
DAY = "2026-05-04"
PEOPLE = 300
ATTENDED = 60
GIVEN = ("ROSER", "PAU", "NURIA", "BIEL", "FATIMA", "OLGA", "IVAN", "JUDIT", "MARC", "LAIA")
SURNAMES = ("VILADEVALL", "PUIGDOMENECH", "SOTERAS", "ESTRUCH", "BARGALLO", "CODINA", "REVERTER", "TORTOSA", "LLADO")


def document(number: int) -> str:
    digits = 30_000_000 + number * 7919
    return f"{digits}{'TRWAGMYFPDXBNJZSQVHLCKE'[digits % 23]}"


def person(number: int) -> tuple[str, str, str, str]:
    """Given name, two surnames and birth date of the person of a number; no two are alike."""
    first, second = SURNAMES[number % 9], SURNAMES[number // 9 % 9]
    return GIVEN[number % 10], first, second, f"{1940 + number % 60}{1 + number % 12:02d}{1 + number % 28:02d}"


def email(number: int) -> str:
    return f"persona{number}@example.org"


def inscription(number: int, sex: bytes = b"6") -> bytes:
    """One Padró line of 340 bytes."""
    given, first, second, born = (part.encode() for part in person(number))
    return b"".join(
        [
            b"   20240115AAC0801902081 0001701" + b"00123CALLE" + b"BALMES".ljust(25) + b" " * 50,
            f"{number % 200 + 1:04d}".encode() + b" " * 14 + b"A 0020001 08007",
            f"{number:010d}".encode() + b"01" + f"{number:015d}".encode(),
            given.ljust(20) + b" " * 6 + first.ljust(20) + b" " * 6 + second.ljust(20),
            sex + born + b"08019108" + b"1" + document(number).encode().ljust(20) + b"4220100901" + b" " * 13,
            b"02950007101" + b"043046250" + b"0458281810" + b"\r\n",
        ]
    )


def attention(number: int, **more: str) -> bytes:
    """An attention of the person of a number; one in three refuses communications."""
    given, first, second, _ = person(number)
    told = {
        "id": f"A{number}",
        "data_hora": f"{DAY}T09:12:33",
        "canal": "010",
        "motiu": "INFO",
        "resultat": "RESOLT",
        "tipus_document": "DNI",
        "document": document(number),
        "nom": given.title(),
        "cognom_1": first.title(),
        "cognom_2": second.title(),
        "email": email(number),
        "consentiment_integracio": "S",
        "consentiment_comunicacions": "N" if number % 3 == 0 else "S",
        "versio_text": "2026-1-ca",
    }
    return json.dumps(told | more).encode() + b"\n"


def deliver(home: Path, source: str, name: str, content: bytes, rows: int | None = None) -> None:
    path = home / "inbox" / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    rows = content.count(b"\n") if rows is None else rows
    control = {"rows": rows, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.with_name(name + ".control.json").write_text(json.dumps(control))


def environment(home: Path, key: str | None) -> dict[str, str]:
    return {**os.environ, "FIL_HOME": str(home)} | ({"FIL_HUB_KEY": key} if key else {})


def nightly(home: Path, day: str = DAY, key: str | None = None) -> subprocess.CompletedProcess[str]:
    arguments = [str(FIL), "nightly", "--date", day]
    return subprocess.run(arguments, env=environment(home, key), cwd=ROOT, capture_output=True, text=True, check=False)


def fill_inbox(home: Path) -> None:
    """One good delivery of each source, with one bad row among the attentions."""
    deliver(home, "padro", "padro_habitants_20260504.txt", b"".join(map(inscription, range(PEOPLE))))
    good = b"".join(map(attention, range(ATTENDED)))
    deliver(home, "atencions", "atencions_20260504.jsonl", good + attention(900, canal=email(900)))


def payloads(home: Path, day: str = DAY) -> dict[str, bytes]:
    """The files that downstream reads, without the manifests that name the run."""
    found = {
        path.name: path.read_bytes() for path in (home / "exports").glob(f"*/{day}/*") if path.name != "manifest.json"
    }
    assert sorted(found) == ["attention.jsonl", "attention.parquet", "campaigns.csv"]
    return found


def published(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "published" / "current" / "hub.duckdb"), read_only=True) as connection:
        connection.execute("use hub.hub")
        return connection.execute(query).fetchall()


def ids(home: Path) -> list[tuple[object, ...]]:
    return published(home, "select mention_id, person_id from mentions order by all")


def assert_no_leak(home: Path, *outputs: str) -> None:
    """Nothing outside the data's own places, and nothing on the terminal, names a person."""
    kept = [path for place in ("dagster", "work") for path in (home / place).rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in kept)
    texts = [path.read_bytes().upper() for path in kept] + [output.upper().encode() for output in outputs]
    secrets = {*SURNAMES, *(document(number) for number in range(PEOPLE)), *(email(n) for n in (0, 7, 900))}
    for secret in secrets:
        assert not any(secret.upper().encode() in text for text in texts)


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


def test_the_state_is_private(first_night: Path) -> None:
    for path in first_night.rglob("*"):
        if not path.is_symlink() and "inbox" not in path.parts:
            assert path.stat().st_mode & 0o077 == 0, path.relative_to(first_night)


def test_the_same_night_again_gives_the_same_bytes_and_no_new_id(first_night: Path, home: Path) -> None:
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    assert payloads(home) == payloads(first_night)
    assert ids(home) == ids(first_night)
    assert published(home, "select count(*) from person_events") == [(PEOPLE,)]


def test_a_rejected_padro_leaves_the_last_good_one_in_use(first_night: Path, home: Path) -> None:
    bad = b"".join(inscription(number, sex=b"9") for number in range(PEOPLE))
    deliver(home, "padro", "padro_habitants_20260505.txt", bad)
    result = nightly(home, "2026-05-05")
    assert result.returncode == 0, result.stderr
    rejection = json.loads((home / "landing" / "padro" / "2026-05-05" / "rejected.json").read_text())
    assert f"unknown_code:sexo {PEOPLE}" in rejection["reason"]
    assert "warning: padro: the extract of 2026-05-05 was rejected" in result.stderr
    assert ids(home) == ids(first_night)
    # No new extract counts, so what leaves is what left the day before.
    assert payloads(home, "2026-05-05") == payloads(first_night)
    assert_no_leak(home, result.stdout, result.stderr)


def test_a_withdrawal_shuts_the_gate_however_it_is_told(first_night: Path, home: Path) -> None:
    """In a refused row, in a correction of an earlier attention, in the first minutes of the day to come."""
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
    result = nightly(home, day)
    assert result.returncode == 0, result.stderr
    assert "1 keys of earlier extracts came again with another content" in result.stderr
    before, after = payloads(first_night), payloads(home, day)
    for number in (1, 2, 4, 5):
        for name in ("attention.jsonl", "campaigns.csv"):
            assert email(number).encode() in before[name]
            assert email(number).encode() + b'"' not in after[name].replace(b",", b'"')
    assert_no_leak(home, result.stdout, result.stderr)


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


def test_a_night_encrypted_at_rest(tmp_path: Path) -> None:
    fill_inbox(tmp_path)
    result = nightly(tmp_path, key="a key of the test")
    assert result.returncode == 0, result.stderr
    for path in (tmp_path / "work.duckdb", tmp_path / "published" / "current" / "hub.duckdb"):
        assert SURNAMES[0].encode() not in path.read_bytes()
        with pytest.raises(duckdb.Error):
            duckdb.connect(str(path), read_only=True)


def kill_when_begun(home: Path, step: str) -> None:
    """Start the night and kill it, with all its children, as soon as a step has begun."""
    night = subprocess.Popen(
        [str(FIL), "nightly", "--date", DAY],
        env=environment(home, None),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 180
    while not has_begun(home, step):
        assert night.poll() is None, f"the night ended before {step} began"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(night.pid, signal.SIGKILL)
    night.wait()


def has_begun(home: Path, step: str) -> bool:
    """Whether the latest run in Dagster's store says that a step has begun."""
    stores = [path for path in (home / "dagster" / "history" / "runs").glob("*.db") if path.name != "index.db"]
    if not stores:
        return False
    try:
        with sqlite3.connect(f"file:{max(stores, key=lambda path: path.stat().st_ctime)}?mode=ro", uri=True) as store:
            query = "select count(*) from event_logs where dagster_event_type = 'STEP_START' and step_key = ?"
            return bool(store.execute(query, [step]).fetchone()[0])
    except sqlite3.Error:
        return False


def test_nights_killed_at_stage_boundaries_then_run_leave_no_trace(first_night: Path, tmp_path: Path) -> None:
    fill_inbox(tmp_path)
    # The same secret, so that the same ids can be expected.
    shutil.copytree(
        first_night / "registry", tmp_path / "registry", ignore=shutil.ignore_patterns("journal", "pending")
    )
    for step in ("raw__padro__habitants", "linkage", "publication"):
        shutil.rmtree(tmp_path / "dagster", ignore_errors=True)
        kill_when_begun(tmp_path, step)
        assert not (tmp_path / "published" / "current").exists()
    result = nightly(tmp_path)
    assert result.returncode == 0, result.stderr
    assert payloads(tmp_path) == payloads(first_night)
    assert ids(tmp_path) == ids(first_night)


@pytest.mark.parametrize("day", ["2019-12-31", "2999-01-01", "yesterday"])
def test_a_date_that_is_no_closed_day_is_refused(tmp_path: Path, day: str) -> None:
    result = nightly(tmp_path, day)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
