"""Whole nights in Dagster on hand-written extracts: what ends, what fails, and that no log keeps a person's data."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
FIL = Path(sys.executable).parent / "fil"
DAY = "2026-05-04"
SURNAME = "VILADEVALL"
EMAIL = "roser.viladevall@example.org"
DOCUMENT = "00000014Z"


def inscription(number: int, sex: bytes = b"6") -> bytes:
    """One Padró line of 340 bytes."""
    return b"".join(
        [
            b"   20240115AAC0801902081 0001701" + b"00123CALLE" + b"BALMES".ljust(25) + b" " * 50,
            b"0012" + b" " * 14 + b"A 0020001 08007" + b"0000000042" + b"01" + f"{number:015d}".encode(),
            b"ROSER".ljust(20) + b" " * 6 + SURNAME.encode().ljust(20) + b" " * 6 + b"PUIG".ljust(20),
            sex + b"1980021508019108" + b"1" + DOCUMENT.encode().ljust(20) + b"4220100901" + b" " * 13,
            b"02950007101" + b"043046250" + b"0458281810" + b"\r\n",
        ]
    )


def attention(number: int, **more: str) -> bytes:
    required = {
        "id": f"A{number}",
        "data_hora": f"{DAY}T09:12:33",
        "canal": "010",
        "motiu": "INFO",
        "resultat": "RESOLT",
    }
    return json.dumps(required | {"email": EMAIL, "document": DOCUMENT} | more).encode() + b"\n"


def deliver(home: Path, source: str, name: str, content: bytes) -> None:
    path = home / "inbox" / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    control = {"rows": content.count(b"\n"), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.with_name(name + ".control.json").write_text(json.dumps(control))


def nightly(home: Path, day: str = DAY, key: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FIL_HOME": str(home)} | ({"FIL_HUB_KEY": key} if key else {})
    arguments = [str(FIL), "nightly", "--date", day]
    return subprocess.run(arguments, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one good delivery of each source, a bad row among the attentions."""
    deliver(tmp_path, "padro", "padro_habitants_20260504.txt", b"".join(inscription(number) for number in range(300)))
    good = b"".join(attention(number) for number in range(100))
    deliver(tmp_path, "atencions", "atencions_20260504.jsonl", good + attention(100, canal=EMAIL))
    return tmp_path


def rows(home: Path, table: str) -> int:
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        found = connection.execute(f"select count(*) from raw.{table}").fetchone()
    assert found
    return int(found[0])


def assert_no_leak(home: Path, *outputs: str) -> None:
    """Nothing outside the data's own places, and nothing on the terminal, names a person."""
    kept = [path for place in ("dagster", "work") for path in (home / place).rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in kept)
    texts = [path.read_bytes() for path in kept] + [output.encode() for output in outputs]
    for secret in (SURNAME, EMAIL, DOCUMENT):
        assert not any(secret.encode() in text for text in texts)


def test_a_night_and_the_same_night_again(home: Path) -> None:
    for _ in range(2):
        result = nightly(home)
        assert result.returncode == 0, result.stderr
        assert (rows(home, "padro__habitants"), rows(home, "atencions__atencions")) == (300, 100)
        assert_no_leak(home, result.stdout, result.stderr)
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        assert str(connection.execute("select business_date from raw.run").fetchone()[0]) == DAY  # type: ignore[index]


def test_a_night_encrypted_at_rest(home: Path) -> None:
    result = nightly(home, key="a key of the test")
    assert result.returncode == 0, result.stderr
    assert SURNAME.encode() not in (home / "work.duckdb").read_bytes()
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(home / "work.duckdb"), read_only=True)


def test_a_rejected_padro_leaves_the_last_good_one_in_use(home: Path) -> None:
    bad = b"".join(inscription(number, sex=b"9") for number in range(300))
    deliver(home, "padro", "padro_habitants_20260505.txt", bad)
    result = nightly(home, "2026-05-05")
    assert result.returncode == 0, result.stderr
    assert rows(home, "padro__habitants") == 300
    rejection = json.loads((home / "landing" / "padro" / "2026-05-05" / "rejected.json").read_text())
    assert "unknown_code:sexo 300" in rejection["reason"]
    assert_no_leak(home, result.stdout, result.stderr)


def test_a_stale_source_stops_the_night_and_is_named(home: Path) -> None:
    assert nightly(home, "2026-05-11").returncode == 0
    result = nightly(home, "2026-05-12")
    assert result.returncode == 1
    assert "atencions: no good extract within the 7 days" in result.stderr
    assert "Traceback" not in result.stderr
    assert_no_leak(home, result.stdout, result.stderr)


@pytest.mark.parametrize("day", ["2019-12-31", "2999-01-01", "yesterday"])
def test_a_date_that_is_no_closed_day_is_refused(tmp_path: Path, day: str) -> None:
    result = nightly(tmp_path, day)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
