"""`fil contract` and `fil doctor` as whole processes: what they say, what they refuse, and their exit codes."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from orchestration.cli.contract import documents
from sources.contracts.catalogue import load_contracts
from tests.support import forked
from tests.support.extracts import attention, attentions_file

PERSON = "VILADEVALL"


def fil(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FIL_")}
    environment |= {"FIL_HOME": str(home)} | more
    return forked.run(arguments, environment, Path.cwd())


def test_the_documents_are_of_the_contracts_as_they_are() -> None:
    """Whoever changes a contract writes them again: `fil contract docs`."""
    for path, text in documents().items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_the_documents_name_every_field_agreement_and_recipient() -> None:
    dictionary, activities, *_ = documents().values()
    for contract in load_contracts():
        assert contract.agreement is not None
        assert f"## {contract.source}: " in dictionary
        assert all(f"| `{field.name}` | " in dictionary for field in contract.fields)
        assert contract.agreement.controller in activities and contract.agreement.basis in activities
    assert "| campaigns | " in activities and "| attention | " in activities


def test_an_extract_is_tested_before_it_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "atencions_20260504.jsonl"
    file.write_bytes(attentions_file(*(attention(f"A{i}") for i in range(40)), attention("B", canal=PERSON)))
    result = fil(tmp_path / "home", "contract", "check", "atencions", str(file))
    assert result.returncode == 0, result.stderr
    assert "41 rows, 40 good, 1 quarantined" in result.stdout and "unknown_code:canal" in result.stdout
    assert PERSON not in result.stdout + result.stderr
    announced = fil(tmp_path / "home", "contract", "check", "atencions", str(file), "--rows", "7")
    assert (announced.returncode, "41 rows found, 7 announced" in announced.stderr) == (1, True)


def test_an_extract_is_held_against_the_control_file_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "atencions_20260504.jsonl"
    whole = attentions_file(*(attention(f"A{i}") for i in range(40)))
    file.write_bytes(whole)
    alone = fil(tmp_path / "home", "contract", "check", "atencions", str(file))
    assert alone.returncode == 0 and "has no control file beside it" in alone.stderr
    control = file.with_name(f"{file.name}.control.json")
    sums = {"rows": 40, "bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}
    control.write_text(json.dumps(sums))
    checked = fil(tmp_path / "home", "contract", "check", "atencions", str(file))
    assert (checked.returncode, checked.stderr) == (0, "")
    for content, said in (
        (whole[: len(whole) // 2], f"bytes found, {len(whole)} announced by its control file"),
        (whole.replace(b"A1", b"A2", 1), "its sha256 differs from the one in its control file"),
    ):
        file.write_bytes(content)
        refused = fil(tmp_path / "home", "contract", "check", "atencions", str(file))
        assert refused.returncode == 1 and said in refused.stderr
        assert " good, " in refused.stdout, "the rows are checked, too"


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("atencions_20260504.jsonl", b'{"canal": 1}\n', 1, "1 of 1 rows break the contract"),
        ("atencions.jsonl", b"", 2, "does not match the contract's pattern"),
        ("atencions_20190101.jsonl", b"", 1, "its agreement begins on 2026-01-01"),
    ],
)
def test_an_extract_that_would_be_refused_fails(
    tmp_path: Path, name: str, content: bytes, code: int, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = fil(tmp_path / "home", "contract", "check", "atencions", str(tmp_path / name))
    assert (result.returncode, said in result.stderr) == (code, True), result.stderr
    assert "Traceback" not in result.stderr


def test_a_report_for_the_owner_tells_reasons_and_fields_and_no_value(tmp_path: Path) -> None:
    file, report = tmp_path / "atencions_20260504.jsonl", tmp_path / "report.html"
    told = [attention(f"A{i}", nom=PERSON if i % 2 else "") for i in range(40)]
    file.write_bytes(attentions_file(*told, attention("B", canal=PERSON)) + b'{"nom": "VILADEVALL\n')
    result = fil(tmp_path / "home", "contract", "check", "atencions", str(file), "--html", str(report))
    assert result.returncode == 0, result.stderr
    assert "canal is not one of the codes in the contract: 010, OAC, 900226226" in result.stdout
    text = report.read_text("utf-8")
    for said in (
        "<h1>atencions_20260504.jsonl</h1>",
        "version 1.2.0",
        "Accepted",
        "<code>unknown_code:canal</code>",
        "<code>bad_json</code>",
        "the line is not a JSON object",
        '<td class="number">48.8%</td><td class="number">1</td>',
        "Of the 41 rows that could be read",
    ):
        assert said in text, said
    assert PERSON not in text + result.stdout + result.stderr
    assert "http:" not in text and "https:" not in text and "<script" not in text


def test_a_rejected_extract_is_reported_with_reason_remedy_and_counts(tmp_path: Path) -> None:
    file, report = tmp_path / "atencions_20260504.jsonl", tmp_path / "report.html"
    file.write_bytes(attentions_file(attention("A"), attention("B", canal=PERSON)))
    result = fil(tmp_path / "home", "contract", "check", "atencions", str(file), "--html", str(report))
    assert (result.returncode, "2 rows, 1 good, 1 quarantined" in result.stdout) == (1, True)
    text = report.read_text("utf-8")
    assert "<strong>It would be rejected.</strong>" in text and "1 of 2 rows break the contract" in text
    assert "correct it at the source before you deliver it" in text and "Distinct values" in text
    assert PERSON not in text + result.stdout + result.stderr


def test_a_report_that_can_not_be_written_is_bad_usage(tmp_path: Path) -> None:
    file = tmp_path / "atencions_20260504.jsonl"
    file.write_bytes(attentions_file(attention("A")))
    content = file.read_bytes()
    for report, said in ((tmp_path / "no" / "r.html", "can't be written"), (file, "is the extract itself")):
        result = fil(tmp_path / "home", "contract", "check", "atencions", str(file), "--html", str(report))
        assert (result.returncode, said in result.stderr) == (2, True), result.stderr
    assert file.read_bytes() == content
    alone = fil(tmp_path / "home", "contract", "check", "atencions", "--html", str(tmp_path / "r.html"))
    assert (alone.returncode, "--html writes a report on an extract" in alone.stderr) == (2, True)


def test_an_unknown_source_is_bad_usage(tmp_path: Path) -> None:
    result = fil(tmp_path, "contract", "check", "res")
    assert (result.returncode, 'there is no source "res"' in result.stderr) == (2, True)


def findings(result: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {one["subject"]: one["level"] for one in json.loads(result.stdout)}


def test_a_new_installation_is_sound_and_has_nothing_yet(tmp_path: Path) -> None:
    result = fil(tmp_path / "home", "doctor", "--date", "2026-05-04", "--json")
    assert result.returncode == 0, result.stderr + result.stdout
    found = findings(result)
    assert (found["extensions"], found["home"], found["alerts"]) == ("ok", "ok", "warn")
    assert (found["padro agreement"], found["padro deliveries"]) == ("ok", "warn")


def test_doctor_makes_no_directory_and_names_the_setting_of_the_key(tmp_path: Path) -> None:
    result = fil(tmp_path / "home", "doctor", "--date", "2026-05-04", "--json")
    assert not (tmp_path / "home").exists()
    (key,) = [one["message"] for one in json.loads(result.stdout) if one["subject"] == "key"]
    assert "fil key new --output" in key and "FIL_HUB_KEY_FILE" in key


@pytest.mark.parametrize(
    ("day", "level", "code"), [("2029-10-31", "ok", 0), ("2029-11-01", "warn", 0), ("2030-01-01", "fail", 1)]
)
def test_an_agreement_is_called_sixty_days_before_it_ends(tmp_path: Path, day: str, level: str, code: int) -> None:
    result = fil(tmp_path / "home", "doctor", "--date", day, "--json")
    assert (findings(result)["contribuents agreement"], result.returncode) == (level, code)


def test_what_is_late_waits_or_does_not_open_is_said(tmp_path: Path) -> None:
    (tmp_path / "landing" / "padro" / "2026-01-05").mkdir(parents=True)
    inbox = tmp_path / "inbox" / "iris"
    inbox.mkdir(parents=True)
    (inbox / "iris_fitxes_20260504.csv").write_text(PERSON)
    published = tmp_path / "published" / "current" / "fil.duckdb"
    published.parent.mkdir(parents=True)
    published.write_bytes(b"no database")
    (tmp_path / "registry.duckdb").write_bytes(b"no database")
    spark = {"FIL_LINKAGE_ENGINE": "spark", "FIL_SPARK_MASTER": "nowhere"}
    result = fil(tmp_path, "doctor", "--date", "2026-05-04", **spark)
    assert result.returncode == 1
    assert (
        "the last good extract is of 2026-01-05, one is due every 31 days, and Fil uses it for 45 days" in result.stdout
    )
    assert "waiting in the inbox: 1 file. The next night" in result.stdout
    assert "FIL_SPARK_MASTER is 'nowhere': expected local[*]" in result.stdout
    assert "fil.duckdb can't be read: restore" in result.stdout
    assert "registry.duckdb is damaged: move it away" in result.stdout
    assert PERSON not in result.stdout + result.stderr and "Traceback" not in result.stderr
