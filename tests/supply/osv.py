"""Which packages a copy of OSV's records says are vulnerable (ossf.github.io/osv-schema), without a network."""

import json
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.supply.lock import Locked

_ECOSYSTEM = "PyPI"
_LOWEST = "0"
# What a zip that is cut, altered, encrypted or packed in another way raises as it is read.
_DAMAGED = (OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError)


class DatabaseError(Exception):
    """The copy of OSV's records can't be used; the message says which file, and why."""


@dataclass(frozen=True, order=True)
class Finding:
    """A package in a version that a record affects; `is_certain` is False where that can't be told."""

    package: Locked
    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]
    summary: str
    is_certain: bool = True


@dataclass(frozen=True)
class Outcome:
    """What was found, in how many records about Python packages, and when the newest of them was written."""

    findings: tuple[Finding, ...]
    records: int
    newest: str


def look_up(packages: Iterable[Locked], database: Path) -> Outcome:
    """Hold packages against every record of a database: a zip, a directory of JSON files, or one of them.

    Raises:
        DatabaseError: it can't be read, a record is not of OSV's form, or none is about a Python package.
    """
    by_name: dict[str, list[Locked]] = {}
    for package in sorted(set(packages)):
        by_name.setdefault(package.name, []).append(package)
    findings: list[Finding] = []
    count, newest = 0, ""
    for name, content in _files(database):
        try:
            record = json.loads(content)
            affected = [one for one in record.get("affected", []) if _is_python(one)]
            count, newest = count + bool(affected), max(newest, str(record.get("modified", "")) if affected else "")
            findings += _findings(record, affected, by_name)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise DatabaseError(f"{name} in {database} is no record of OSV's form ({what})") from None
    if not count:
        raise DatabaseError(f"{database} has no record about a Python package: give OSV's for {_ECOSYSTEM}")
    return Outcome(tuple(sorted(findings)), count, newest)


def _files(database: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if database.is_dir():
            for path in sorted(database.rglob("*.json")):
                yield path.name, path.read_bytes()
        elif zipfile.is_zipfile(database):
            with zipfile.ZipFile(database) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        yield name, archive.read(name)
        else:
            yield database.name, database.read_bytes()
    except _DAMAGED as error:
        raise DatabaseError(f"{database} can't be read: {error}") from None


def _is_python(affected: Mapping[str, Any]) -> bool:
    return str(affected.get("package", {}).get("ecosystem", "")).partition(":")[0] == _ECOSYSTEM


def _findings(
    record: Mapping[str, Any], affected: Sequence[Mapping[str, Any]], by_name: Mapping[str, Sequence[Locked]]
) -> Iterator[Finding]:
    if record.get("withdrawn"):
        return
    about: dict[Locked, list[Mapping[str, Any]]] = {}
    for one in affected:
        for package in by_name.get(canonicalize_name(one["package"]["name"]), ()):
            about.setdefault(package, []).append(one)
    for package, parts in about.items():
        told = [_is_affected(Version(package.version), part) for part in parts]
        if True not in told and None not in told:
            continue
        fixes = {event["fixed"] for part in parts for event in _events(part) if "fixed" in event}
        aliases, summary = tuple(sorted(record.get("aliases", []))), str(record.get("summary", ""))
        yield Finding(package, record["id"], aliases, tuple(sorted(fixes)), summary, is_certain=True in told)


def _is_affected(version: Version, affected: Mapping[str, Any]) -> bool | None:
    """Whether it is listed, or within a range; None where a range can't be compared and nothing else says so."""
    if any(_parsed(listed) == version for listed in affected.get("versions", [])):
        return True
    told = [_is_within(version, one["events"]) for one in affected.get("ranges", []) if one["type"] != "GIT"]
    if not told and not affected.get("versions"):
        # All of its versions, or those of a repository alone.
        return None
    return True if True in told else None if None in told else False


def _is_within(version: Version, events: Sequence[Mapping[str, str]]) -> bool | None:
    """OSV's own way: the events up to a version, in the order of their versions, leave it affected or not."""
    ordered: list[tuple[Version | None, str]] = []
    limits: list[Version | None] = []
    for event in events:
        for kind, text in event.items():
            found = None if text == _LOWEST else _parsed(text)
            if (found is None and text != _LOWEST and text != "*") or kind not in _KINDS:
                return None
            if kind == "limit":
                limits.append(found if text != "*" else None)
            else:
                ordered.append((found, kind))
    if limits and not any(limit is None or version < limit for limit in limits):
        return False
    is_affected = False
    for found, kind in sorted(ordered, key=lambda one: (one[0] is not None, one[0] or version, _KINDS.index(one[1]))):
        if kind == "introduced" and (found is None or version >= found):
            is_affected = True
        elif (kind == "fixed" and (found is None or version >= found)) or (
            kind == "last_affected" and found is not None and version > found
        ):
            is_affected = False
    return is_affected


# Of two events of one version, a fix comes before what is introduced anew.
_KINDS = ("fixed", "introduced", "last_affected", "limit")


def _events(affected: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for one in affected.get("ranges", []):
        if one["type"] != "GIT":
            yield from one["events"]


def _parsed(text: str) -> Version | None:
    """A version; None if it is of no form that Python packages have."""
    try:
        return Version(text)
    except InvalidVersion:
        return None
