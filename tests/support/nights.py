"""Hand-written extracts of a small city, whole nights run on them as processes, and what is read of a night's end."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from tests.support import forked

ROOT = Path(__file__).resolve().parents[2]
FIL = Path(sys.executable).parent / "fil"
DAY = "2026-05-04"
PEOPLE = 300
ATTENDED = 60
ENTERED = range(20, 25)
GIVEN = ("ROSER", "PAU", "NURIA", "BIEL", "FATIMA", "OLGA", "IVAN", "JUDIT", "MARC", "LAIA")
SURNAMES = ("VILADEVALL", "PUIGDOMENECH", "SOTERAS", "ESTRUCH", "BARGALLO", "CODINA", "REVERTER", "TORTOSA", "LLADO")


def document(number: int) -> str:
    digits = 30_000_000 + number * 7919
    return f"{digits}{'TRWAGMYFPDXBNJZSQVHLCKE'[digits % 23]}"


def person(number: int) -> tuple[str, str, str, str]:
    """Given name, two surnames and birth date of the person with a number; no two persons are alike."""
    first, second = SURNAMES[number % 9], SURNAMES[number // 9 % 9]
    return GIVEN[number % 10], first, second, f"{1940 + number % 60}{1 + number % 12:02d}{1 + number % 28:02d}"


def email(number: int) -> str:
    return f"persona{number}@example.org"


def inscription(number: int, sex: bytes = b"6") -> bytes:
    """One Padró line of 340 bytes; some were entered lately."""
    given, first, second, born = (part.encode() for part in person(number))
    entered = b"20260420" if number in ENTERED else b"20100901"
    return b"".join(
        [
            b"   20240115AAC0801902081 0001701" + b"00123CALLE" + b"BALMES".ljust(25) + b" " * 50,
            f"{number % 200 + 1:04d}".encode() + b" " * 14 + b"A 0020001 08007",
            f"{number:010d}".encode() + b"01" + f"{number:015d}".encode(),
            given.ljust(20) + b" " * 6 + first.ljust(20) + b" " * 6 + second.ljust(20),
            sex + born + b"08019108" + b"1" + document(number).encode().ljust(20) + b"42" + entered + b" " * 13,
            b"02950007101" + b"043046250" + b"0458281810" + b"\r\n",
        ]
    )


def attention(number: int, **more: str) -> bytes:
    """An attention of the person with a number; one in three refuses communications."""
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
    """The environment of a process on a home; a key is in a file beside the home."""
    if key is None:
        return {**os.environ, "FIL_HOME": str(home)}
    file = home.with_name("hub.key")
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(key)
    return {**os.environ, "FIL_HOME": str(home), "FIL_HUB_KEY_FILE": str(file)}


def nightly(
    home: Path, day: str = DAY, key: str | None = None, until: str | None = None
) -> subprocess.CompletedProcess[str]:
    arguments = ["nightly", "--date", day, *(["--until", until] if until else [])]
    return forked.run(arguments, environment(home, key), ROOT)


def fil(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on a home."""
    return forked.run(arguments, environment(home, None), ROOT, stdin)


def kill_when_begun(home: Path, step: str, day: str = DAY, prepare: forked.Prepare | None = None) -> None:
    """Start a night and kill it, with all its children, as soon as a step has begun."""
    shutil.rmtree(home / "dagster", ignore_errors=True)
    night = forked.start(["nightly", "--date", day], environment(home, None), ROOT, prepare=prepare)
    assert night.pid is not None
    # Minutes, where other work has the machine.
    deadline = time.monotonic() + 900
    while not has_begun(home, step):
        assert night.is_alive(), f"the night ended before {step} began"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(night.pid, signal.SIGKILL)
    night.join()
    assert night.exitcode == -signal.SIGKILL


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


def fill_inbox(home: Path) -> None:
    """Put one good delivery of each source into the inbox, with one bad row among the attentions."""
    deliver(home, "padro", "padro_habitants_20260504.txt", b"".join(map(inscription, range(PEOPLE))))
    good = b"".join(map(attention, range(ATTENDED)))
    deliver(home, "atencions", "atencions_20260504.jsonl", good + attention(900, canal=email(900)))


def home_of_the_same_city(home: Path, other: Path) -> Path:
    """A home with the inbox of a first night, and with another home's secret, from which ids are derived."""
    fill_inbox(home)
    secret = home / "registry" / "id_secret"
    secret.parent.mkdir(mode=0o700)
    secret.touch(mode=0o600)
    secret.write_bytes((other / "registry" / "id_secret").read_bytes())
    return home


def payloads(home: Path, day: str = DAY) -> dict[str, bytes]:
    """The files that downstream reads, without manifests, which name the run, and audiences, which name the day."""
    found = {
        path.name: path.read_bytes()
        for path in (home / "exports").glob(f"*/{day}/*")
        if path.name not in ("manifest.json", "corrections.csv", "removals.csv")
        and not path.name.startswith("audience.")
    }
    assert sorted(found) == ["attention.jsonl", "attention.parquet", "campaigns.csv"]
    return found


def audiences(home: Path, day: str = DAY) -> dict[str, bytes]:
    """The recipients of a night's segments, and the funnel that led to them."""
    return {path.name: path.read_bytes() for path in (home / "exports" / "campaigns" / day).glob("audience.*")}


def delivered(home: Path, day: str = DAY) -> dict[str, bytes]:
    """Every file of a night's deliveries, except for the manifests."""
    found = {str(path.relative_to(home)): path.read_bytes() for path in (home / "exports").glob(f"*/{day}/*")}
    assert len(found) > 8
    return {name: content for name, content in found.items() if not name.endswith("/manifest.json")}


def tables(home: Path, day: str = DAY) -> dict[str, list[tuple[object, ...]]]:
    """Every table of a published hub, with its rows in order."""
    with duckdb.connect(str(home / "published" / day / "fil.duckdb"), read_only=True) as connection:
        names = connection.sql("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        assert {schema for schema, _ in names} == {"hub"} and len(names) >= 40
        return {name: connection.sql(f'from hub."{name}"').fetchall() for _, name in names}


def assert_the_same(home: Path, other: Path, day: str = DAY) -> None:
    """Assert that both homes published and delivered the same, row by row and byte by byte."""
    assert delivered(home, day) == delivered(other, day)
    one, another = tables(home, day), tables(other, day)
    assert one.keys() == another.keys()
    assert [name for name in one if one[name] != another[name]] == []


def published(home: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "published" / "current" / "fil.duckdb"), read_only=True) as connection:
        connection.execute("use hub")
        return connection.execute(query).fetchall()


def ids(home: Path) -> list[tuple[object, ...]]:
    return published(home, "select mention_id, person_id from mentions order by all")


def assert_no_leak(home: Path, *outputs: str) -> None:
    """Assert that no person is named on the terminal, or in any file outside the places for data."""
    kept = [path for place in ("dagster", "work") for path in (home / place).rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in kept)
    _assert_nobody_is_named([path.read_bytes() for path in kept] + [output.encode() for output in outputs])


def assert_plain(result: subprocess.CompletedProcess[str]) -> None:
    """Assert that a command's output has no traceback, no page of a library, and no person."""
    told = result.stdout + result.stderr
    assert "Traceback" not in told and "://" not in told, told
    _assert_nobody_is_named([told.encode()])


def _assert_nobody_is_named(texts: Sequence[bytes]) -> None:
    secrets = {*SURNAMES, *(document(number) for number in range(PEOPLE)), *(email(n) for n in (0, 7, 900))}
    told = [text.upper() for text in texts]
    for secret in secrets:
        assert not any(secret.upper().encode() in text for text in told)
