"""`fil quarantine` as whole processes: what it counts, shows, releases and revokes, what it refuses, and exit codes."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from sources.parsing.parse import parse
from tests.support import forked
from tests.support.extracts import DAY, attention, attentions_file
from tests.support.once import once
from tests.support.published_home import made_by_hand

PERSON = "VILADEVALL"
SIGNED = ("--who", "A. Enginyera", "--why", "ticket 12")


def fil(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FIL_")}
    environment["FIL_HOME"] = str(home)
    return forked.run(["quarantine", *arguments], environment, Path.cwd())


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of the home of `refuse`."""
    return Path(shutil.copytree(once(tmp_path_factory, "refused", refuse), tmp_path / "home", symlinks=True))


def refuse(home: Path) -> None:
    """Fill a home with an extract of which three rows are refused, and one that was rejected."""
    good = [attention(f"A{number}") for number in range(80)]
    bad = [attention("B1", idioma="fr", nom=PERSON), attention("B2", idioma="fr", nom="\x1b[2J" + PERSON)]
    extracts = {
        "20260503": attentions_file(attention("C1", canal="FAX", nom=PERSON)),
        "20260504": attentions_file(*good, *bad) + b'{"nom": "VILADEVALL"\n',
    }
    for day, content in extracts.items():
        path = home / "inbox" / "atencions" / f"atencions_{day}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        control = {"rows": content.count(b"\n"), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        path.with_name(f"{path.name}.control.json").write_text(json.dumps(control))
    (atencions,) = (contract for contract in load_contracts() if contract.source == "atencions")
    land(home, atencions, DAY)
    parse(home, atencions, DAY)


def journal(home: Path, kind: str) -> list[dict[str, object]]:
    path = home / "registry" / "journal" / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_what_is_refused_is_listed_by_source_extract_and_reason(home: Path) -> None:
    result = fil(home, "list", "atencions", "--json")
    assert result.returncode == 0, result.stderr
    rejected, counting = json.loads(result.stdout.splitlines()[-1])
    assert (rejected["extract_date"], "1 of 1 rows break the contract" in rejected["rejected"]) == ("2026-05-03", True)
    assert rejected["reasons"] == [{"reason": "unknown_code:canal", "rows": 1, "released": 0}]
    assert (counting["source"], counting["extract_date"], counting["rejected"]) == ("atencions", "2026-05-04", None)
    assert {one["reason"]: one["rows"] for one in counting["reasons"]} == {
        "bad_json": 1,
        "control_character": 1,
        "unknown_code:idioma": 1,
    }
    everything = fil(home, "list")
    assert "2026-05-03  rejected  unknown_code:canal" in everything.stdout
    assert PERSON not in everything.stdout + result.stdout
    assert "No row of any extract up to 2026-05-01 is in quarantine" in fil(home, "list", "--date", "2026-05-01").stdout
    assert json.loads(fil(home, "list", "padro", "--json").stdout) == []


def test_lines_are_shown_to_whom_says_who_and_why(home: Path) -> None:
    for signed in ((), ("--who", "A"), ("--who", " ", "--why", "ticket")):
        refused = fil(home, "show", "atencions", "2026-05-04", *signed)
        assert (refused.returncode, PERSON in refused.stdout + refused.stderr) == (2, False)
    assert journal(home, "quarantine_look_ups") == []
    shown = fil(home, "show", "atencions", "2026-05-04", "--limit", "2", *SIGNED)
    assert (shown.returncode, shown.stdout.count(PERSON), "\x1b" in shown.stdout) == (0, 2, False)
    (entry,) = journal(home, "quarantine_look_ups")
    assert (entry["who"], entry["why"], entry["rows"], PERSON in str(entry)) == ("A. Enginyera", "ticket 12", 2, False)
    none = fil(home, "show", "atencions", "2026-05-04", "--reason", "bad_length", *SIGNED)
    assert (none.returncode, "is in quarantine for that reason" in none.stderr) == (1, True)


@pytest.mark.parametrize(
    ("known", "is_shown"),
    [
        ("('P1', 'ROSER', 'PUIGDOMÈNECH', '00000014Z')", True),
        ("('P1', 'x', 'y', '45612378T')", False),
        ("('P1', 'Núria', 'VILADEVALL SOL', 'none')", False),
    ],
    ids=["another", "document", "name"],
)
def test_no_line_is_shown_that_may_tell_where_a_protected_person_lives(home: Path, known: str, is_shown: bool) -> None:
    told = {"nom": "Núria", "cognom_1": "Viladevall-Sol", "document": "45.612.378-t", "adreca": "Carrer Secret"}
    content = attentions_file(attention("C1", canal="FAX", **told))
    path = home / "inbox" / "atencions" / "atencions_20260502.jsonl"
    path.write_bytes(content)
    control = {"rows": 1, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.with_name(f"{path.name}.control.json").write_text(json.dumps(control))
    (atencions,) = (contract for contract in load_contracts() if contract.source == "atencions")
    land(home, atencions, DAY)
    parse(home, atencions, DAY)
    published = home / "published" / "2026-05-04"
    published.mkdir(parents=True)
    with made_by_hand(published / "fil.duckdb") as hub:
        hub.execute(f"""
            create schema hub;
            create table hub.persons as select *, true as is_protected
            from (values {known}) as told(person_id, given_name, surname_1, number);
            create table hub.identifiers as select person_id, number from hub.persons;
            create table hub.mentions as select person_id, 'padro' as source, 'NIA0000001' as source_key
            from hub.persons""")
    (home / "published" / "current").symlink_to("2026-05-04")
    shown = fil(home, "show", "atencions", "2026-05-02", *SIGNED)
    assert shown.returncode == 0, shown.stderr
    assert ("Carrer Secret" in shown.stdout, "reserved" in shown.stdout) == (is_shown, not is_shown)


def test_rows_are_released_and_revoked(home: Path) -> None:
    released = fil(home, "release", "atencions", "2026-05-04", "--line", "81", "--from", "2026-05-04", *SIGNED)
    assert released.returncode == 0, released.stderr
    assert "1 row released without the value of idioma" in released.stdout
    assert "1 row released, from the night of 2026-05-04 on" in released.stdout
    (counting,) = json.loads(fil(home, "list", "--json").stdout.splitlines()[-1])[1:]
    assert {one["reason"]: one["released"] for one in counting["reasons"]}["unknown_code:idioma"] == 1
    revoked = fil(home, "revoke", "atencions", "2026-05-04", "--all", *SIGNED)
    assert (revoked.returncode, "In quarantine again: 1 row" in revoked.stdout) == (0, True)
    assert [entry["verdict"] for entry in journal(home, "quarantine")] == ["released", "revoked"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("release", "atencions", "2026-05-04"), 2, "either by --line"),
        (("release", "atencions", "2026-05-04", "--line", "81", "--reason", "bad_json"), 2, "either by --line"),
        (("release", "res", "2026-05-04", "--line", "81"), 2, 'there is no source "res"'),
        (("release", "atencions", "2026-05-04", "--reason", "bad_json"), 1, "bad_json 1, first in line 83"),
        (
            ("release", "atencions", "2026-05-03", "--line", "1"),
            1,
            "so no row of it can be released",
        ),
        (("revoke", "atencions", "2026-05-04"), 2, "or by --all"),
        (("revoke", "atencions", "2026-05-04", "--line", "81"), 1, "line 81 is not released"),
        (("show", "padro", "2026-05-04"), 1, "no row of an extract of 2026-05-04 is in quarantine"),
    ],
)
def test_what_can_not_be_is_refused_and_writes_nothing(
    home: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = fil(home, *arguments, *SIGNED)
    assert (result.returncode, said in result.stderr) == (code, True), result.stderr
    assert PERSON not in result.stdout + result.stderr and "Traceback" not in result.stderr
    assert journal(home, "quarantine") == []


def test_a_damaged_journal_is_named(home: Path) -> None:
    path = home / "registry" / "journal" / "quarantine.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("VILADEVALL\n")
    result = fil(home, "list")
    assert (result.returncode, "line 1 is damaged: restore the file" in result.stderr) == (1, True), result.stderr
    assert PERSON not in result.stderr
