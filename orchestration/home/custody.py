"""Whose the work database is, and whether anything but that run's steps has changed it since.

Each step leaves a record beside it, `work/custody.json`: the night, its run, and what the file system says of the files
that the next step reads. It takes no time at any size. What the steps do is not known here.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from sources.base.files import private_directory, write_durably

# DuckDB keeps three headers of 4 KiB before the data; each checkpoint counts up in one of them.
_HEADERS_BYTES = 3 * 4096
_RECORD = "custody.json"


@dataclass(frozen=True)
class Run:
    """A night's date, and its run; what Dagster executes again goes on under the id of the first run of all."""

    business_date: str | None
    first_run_id: str


@contextmanager
def held(home: Home, run: Run, step: str, *, is_first: bool = False) -> Iterator[set[Path]]:
    """Hold the work database for one step, and record how the step leaves it, also where the step fails.

    A step adds to the set what it leaves outside of the database for later steps to read: they are held to it, too.
    The first step begins the database anew.

    Raises:
        StepFailed: the database is of another night or run, was changed since a step of it ended, or another file came
            in its place while the step ran.
    """
    record: dict[str, Any] = {"business_date": run.business_date, "run": run.first_run_id, "beside": {}}
    path = _path(home)
    if is_first:
        path.unlink(missing_ok=True)
    else:
        record = _require(home, run)
    beside: set[Path] = set()
    is_abandoned = False
    with _watched(None if is_first else home.work_database) as is_in_place:
        try:
            yield beside
        except GeneratorExit:
            # Dagster abandoned the step, for example on a full disk. Without a new record no later step continues
            # from it.
            is_abandoned = True
            raise
        finally:
            if not (is_abandoned or is_in_place()):
                # Nor from this one.
                raise StepFailed(
                    f"{home.work_database} was replaced while the step {step} ran; what the step made is not what "
                    f"lies there: {_remedy(str(run.business_date))}"
                ) from None
            if not is_abandoned:
                # By step: a step that runs again replaces what it had left.
                record["beside"][step] = {str(file): _state(file) for file in beside}
                record |= {"step": step, "database": _database(home)}
                private_directory(path.parent)
                write_durably(path, json.dumps({"record": record, "tag": _tag(home, record)}) + "\n")


def _path(home: Home) -> Path:
    return home.work / _RECORD


def _require(home: Home, run: Run) -> dict[str, Any]:
    """The record of the last step, if a step of this run may go on from it."""
    if run.business_date is None:
        raise StepFailed(f"a step can't run without a business date: {_remedy('…')}")
    remedy = _remedy(run.business_date)
    record = _read(home)
    if record is None:
        raise StepFailed(f"there is no work database of an earlier step to continue with: {remedy}")
    if record["business_date"] != run.business_date:
        raise StepFailed(
            f"the work database is of the night {record['business_date']}, not of {run.business_date}: {remedy}"
        )
    if record["run"] != run.first_run_id:
        raise StepFailed(
            f"the work database is of the run {record['run']}, not of {run.first_run_id}, and one run must do all "
            f"steps of a night: {remedy}"
        )
    changed = [] if record["database"] == _database(home) else [home.work_database]
    changed += [
        Path(file)
        for files in record["beside"].values()
        for file, state in files.items()
        if _state(Path(file)) != state
    ]
    if changed:
        raise StepFailed(
            f"{', '.join(map(str, changed))} changed after the step {record['step']}, but no step of this run changed "
            f"it, so its checks no longer hold: {remedy}"
        )
    return record


def _remedy(business_date: str) -> str:
    return f"run the whole night, `fil nightly --date {business_date}` or the job `nightly` in Dagster"


def _read(home: Home) -> dict[str, Any] | None:
    """The record, or None where there is none that a step has written."""
    try:
        content = json.loads(_path(home).read_text(encoding="utf-8"))
        record: dict[str, Any] = content["record"]
        return record if hmac.compare_digest(_tag(home, record), content["tag"]) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _tag(home: Home, record: dict[str, Any]) -> str:
    """Of the site's key, where it has one, so that nobody without it can write a record."""
    text = json.dumps(record, sort_keys=True)
    return hmac.new((home.hub_key or "").encode(), text.encode(), "sha256").hexdigest()


def _database(home: Home) -> list[Any]:
    """What changes with the work database, whatever is written into it, and with what is not yet written into it."""
    path = home.work_database
    try:
        with path.open("rb") as file:
            headers = hashlib.sha256(file.read(_HEADERS_BYTES)).hexdigest()
    except FileNotFoundError:
        headers = ""
    return [headers, _state(path), _state(path.with_name(f"{path.name}.wal"))]


@contextmanager
def _watched(path: Path | None) -> Iterator[Callable[[], bool]]:
    """Ask whether a file is still in its place; it stays open meanwhile, so that no other file gets its number."""
    if path is None or not path.exists():
        yield lambda: True
        return
    with path.open("rb") as stream:
        yield lambda: path.exists() and os.path.samestat(path.stat(), os.fstat(stream.fileno()))


def _state(path: Path) -> list[int] | None:
    """A file's number, size and times; nobody sets the last of them, the time of its change, but the system's clock."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
