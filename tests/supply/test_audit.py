"""The audit on hand-made records of OSV's form: ranges, listed versions, names, and what can't be looked up."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.supply.audit import main
from tests.supply.lock import Locked, LockError, locks, read_lock
from tests.supply.osv import DatabaseError, look_up


def record(events: list[dict[str, str]] | None = None, name: str = "Some.Package", **more: Any) -> dict[str, Any]:
    affected: dict[str, Any] = {"package": {"ecosystem": "PyPI", "name": name}}
    if events is not None:
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": events}]
    affected |= {key: more.pop(key) for key in ("versions", "ranges", "package") if key in more}
    told = {"id": "PYSEC-1", "modified": "2026-10-01T00:00:00Z", "aliases": ["CVE-1"], "summary": "It is bad"}
    return told | {"affected": [affected]} | more


def found(directory: Path, version: str, *records: dict[str, Any], name: str = "some-package") -> list[str]:
    """What is found of a package in that version; `?` stands for what is not certain."""
    directory.mkdir(exist_ok=True)
    for number, one in enumerate(records):
        (directory / f"{number}.json").write_text(json.dumps(one))
    outcome = look_up([Locked(name, version)], directory)
    return [one.id + ("" if one.is_certain else "?") for one in outcome.findings]


@pytest.mark.parametrize(
    ("events", "affected", "sound"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0"}], ["0", "0.0.1a1", "1.9", "2.0rc1"], ["2.0", "2.0.0", "10"]),
        ([{"introduced": "1.2"}, {"last_affected": "1.10"}], ["1.2", "1.9", "1.10"], ["1.1", "1.10.post1", "1.11"]),
        ([{"introduced": "1.2"}], ["1.2", "99"], ["1.2rc1", "1.1"]),
        ([{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"}], ["1", "2.0", "2.2"],
         ["1.5", "1.9", "2.3"]),
        ([{"fixed": "2.3"}, {"introduced": "2.0"}, {"fixed": "1.5"}, {"introduced": "0"}], ["2.0"], ["1.5", "2.3"]),
        ([{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "1.5"}, {"fixed": "1.6"}], ["1", "1.5"], ["1.6"]),
        ([{"introduced": "0"}, {"limit": "2.0"}], ["1.9"], ["2.0", "3"]),
        ([{"introduced": "0"}, {"limit": "*"}], ["1.9", "3"], []),
        ([{"introduced": "1!0"}, {"fixed": "1!2"}], ["1!1"], ["5", "1!2"]),
    ],
)  # fmt: skip
def test_a_range_affects_from_where_it_is_introduced_to_where_it_is_fixed(
    tmp_path: Path, events: list[dict[str, str]], affected: list[str], sound: list[str]
) -> None:
    for version in affected:
        assert found(tmp_path, version, record(events)) == ["PYSEC-1"], version
    for version in sound:
        assert found(tmp_path, version, record(events)) == [], version


def test_a_version_that_is_listed_is_affected_however_it_is_written(tmp_path: Path) -> None:
    listed = record(None, versions=["1.0.0", "1.0rc1", "not a version"])
    assert found(tmp_path, "1.0", listed) == found(tmp_path, "1.0RC1", listed) == ["PYSEC-1"]
    assert found(tmp_path, "1.1", listed) == []
    beside = record([{"introduced": "3"}], versions=["1.0"])
    assert found(tmp_path, "1.0", beside) == found(tmp_path, "3.1", beside) == ["PYSEC-1"]


def test_a_withdrawn_record_counts_no_more(tmp_path: Path) -> None:
    assert found(tmp_path, "1", record([{"introduced": "0"}], withdrawn="2026-01-01T00:00:00Z")) == []


@pytest.mark.parametrize("name", ["some-package", "Some_Package", "SOME..package", "some-_.package"])
def test_a_name_is_one_however_it_is_written(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, "1", record([{"introduced": "0"}], name=name)) == ["PYSEC-1"]


def test_other_packages_and_other_languages_are_not_meant(tmp_path: Path) -> None:
    elsewhere = record([{"introduced": "0"}], package={"ecosystem": "npm", "name": "some-package"})
    assert found(tmp_path, "1", elsewhere, record([{"introduced": "0"}], name="some-package-2")) == []


def test_what_can_not_be_compared_is_found_and_said_to_be_uncertain(tmp_path: Path) -> None:
    odd = record([{"introduced": "0"}, {"fixed": "spring"}])
    git = record(None, ranges=[{"type": "GIT", "events": [{"introduced": "0"}]}])
    for one in (odd, git, record(None), record([{"introduced": "0"}, {"since": "1"}])):
        assert found(tmp_path, "1", one) == ["PYSEC-1?"]
    listed_too = record(None, ranges=[{"type": "GIT", "events": [{"introduced": "0"}]}], versions=["2"])
    assert found(tmp_path, "1", listed_too) == []


def test_a_record_of_several_packages_tells_of_each(tmp_path: Path) -> None:
    both = record([{"introduced": "0"}, {"fixed": "2"}])
    both["affected"] += record([{"introduced": "5"}], name="some_package")["affected"]
    assert found(tmp_path, "1", both) == found(tmp_path, "5", both) == ["PYSEC-1"]
    assert found(tmp_path, "3", both) == []


@pytest.mark.parametrize("content", ["{", "[]", '{"affected": 1}', '{"id": 1, "affected": [{"package": []}]}', "\xff"])
def test_a_record_of_another_form_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "PYSEC-9.json").write_text(content, encoding="latin-1")
    with pytest.raises(DatabaseError, match="PYSEC-9.json"):
        look_up([Locked("x", "1")], tmp_path)


def test_a_database_without_python_is_none(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no record about a Python package"):
        look_up([Locked("x", "1")], tmp_path)
    with pytest.raises(DatabaseError, match="can't be read"):
        look_up([Locked("x", "1")], tmp_path / "none.zip")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(
        "Some_Package[extra]==1.4 ; sys_platform == 'win32' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "# a comment\nother==2.0\n"
    )
    return path


def test_the_audit_of_a_zip_names_package_record_fix_and_lock(
    tmp_path: Path, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "all.zip"
    with zipfile.ZipFile(database, "w") as archive:
        archive.writestr("PYSEC-1.json", json.dumps(record([{"introduced": "0"}, {"fixed": "1.5"}])))
        archive.writestr("PYSEC-2.json", json.dumps(record([{"introduced": "3"}], name="other", id="PYSEC-2")))
    assert main(["--osv", str(database), str(lock)]) == 1
    told = capsys.readouterr().out
    assert "some-package 1.4: PYSEC-1, CVE-1, fixed in 1.5; in requirements.lock. It is bad" in told
    assert "1 findings in 2 packages, by 2 records, the newest of 2026-10-01" in told
    lock.write_text("other==2.0\n")
    assert main(["--osv", str(database), str(lock)]) == 0
    assert "Nothing is known against 1 packages" in capsys.readouterr().out


# A record with all that OSV's own have.
WHOLE = {
    "schema_version": "1.7.3",
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-11-02T10:11:12.131415Z",
    "published": "2026-10-30T00:00:00Z",
    "aliases": ["CVE-2026-1", "PYSEC-2026-1"],
    "related": ["GHSA-dddd-eeee-ffff"],
    "summary": "It is bad",
    "details": "### Impact\n…",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"name": "some-package", "ecosystem": "PyPI", "purl": "pkg:pypi/some-package"},
            "ranges": [
                {"type": "GIT", "repo": "https://github.com/o/r", "events": [{"introduced": "0"}, {"fixed": "0a1b"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"fixed": "1.4.2"}]},
            ],
            "versions": ["1.0", "1.4", "1.4.1"],
            "ecosystem_specific": {"affected_functions": ["some.f"]},
            "database_specific": {"last_known_affected_version_range": "<= 1.4.1", "source": "https://…"},
        },
        {"package": {"name": "some-package", "ecosystem": "npm"}, "versions": ["1.4"]},
    ],
    "references": [{"type": "FIX", "url": "https://github.com/o/r/commit/0a1b"}],
    "credits": [{"name": "N", "type": "FINDER"}],
    "database_specific": {"cwe_ids": ["CWE-1"], "github_reviewed": True},
}


def osv_zip(path: Path, *records: dict[str, Any]) -> Path:
    """As OSV gives it out: a file for each record, at the top of a packed zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in records:
            archive.writestr(f"{one['id']}.json", json.dumps(one, indent=2, ensure_ascii=False))
    return path


@pytest.mark.parametrize(
    ("version", "records", "expected"),
    [
        ("1.4", [WHOLE], ["GHSA-aaaa-bbbb-cccc"]),
        ("1.4.2", [WHOLE], []),
        ("1.4", [WHOLE | {"withdrawn": "2026-11-03T00:00:00Z"}], []),
        # An alias is a record of its own, and stands when the other is withdrawn.
        (
            "1.4",
            [WHOLE | {"withdrawn": "2026-11-03T00:00:00Z"}, WHOLE | {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"]}],
            ["PYSEC-2026-1"],
        ),
        ("1.4", [WHOLE, WHOLE | {"id": "PYSEC-2026-1"}], ["GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1"]),
        # A whole package that is malicious.
        ("9", [record([{"introduced": "0"}], id="MAL-2026-1", name="some-package")], ["MAL-2026-1"]),
    ],
)
def test_records_of_osvs_own_form_are_read_from_their_zip(
    tmp_path: Path, version: str, records: list[dict[str, Any]], expected: list[str]
) -> None:
    outcome = look_up([Locked("some-package", version)], osv_zip(tmp_path / "all.zip", *records))
    assert [one.id for one in outcome.findings] == expected
    assert outcome.records == len(records) and all(one.is_certain for one in outcome.findings)


def damaged(content: bytes, place: int) -> bytes:
    return content[:place] + bytes(byte ^ 0xFF for byte in content[place : place + 40]) + content[place + 40 :]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content[100:],
        lambda content: damaged(content, 80),
        lambda content: damaged(content, len(content) // 2),
        lambda content: damaged(content, len(content) - 60),
        lambda content: content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
        lambda content: content.replace(b"\x00\x00\x08\x00", b"\x00\x00\x63\x00"),
        lambda content: b"",
        lambda content: b"PK\x03\x04",
        lambda content: b"<html>Not found</html>",
    ],
    ids=["half", "short", "headless", "packed", "middle", "list", "closed", "method", "empty", "begun", "page"],
)
def test_a_damaged_zip_is_said_to_be_not_checked(
    tmp_path: Path, lock: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[bytes], bytes]
) -> None:
    database = osv_zip(tmp_path / "all.zip", *(WHOLE | {"id": f"GHSA-{number}"} for number in range(5)))
    whole = database.read_bytes()
    database.write_bytes(spoil(whole))
    assert database.read_bytes() != whole
    assert main(["--osv", str(database), str(lock)]) == 2
    told = capsys.readouterr()
    assert "NOT CHECKED" in told.err and str(database) in told.err and "Nothing is known" not in told.out


def test_what_is_not_looked_up_is_said_aloud(tmp_path: Path, lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--osv", str(tmp_path / "none.zip")]):
        assert main([*arguments, str(lock)]) == 2
        assert "NOT CHECKED" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["other>=2.0", "other==2.*", "other", "other==2.0,!=3", "-r other.lock", "other @ /x"])
def test_a_line_that_is_no_package_in_one_version_is_refused(lock: Path, line: str) -> None:
    lock.write_text(f"some==1\n{line}\n")
    with pytest.raises(LockError, match="line 2"):
        read_lock(lock)


def test_every_lock_of_the_project_is_read_whole() -> None:
    assert [path.name for path in locks()][0] == "requirements.lock" and len(locks()) == 4
    for path in locks():
        packages = read_lock(path)
        assert len(packages) == path.read_text().count("==") - path.read_text().count(" == ")
        assert all(package.hashes for package in packages)
