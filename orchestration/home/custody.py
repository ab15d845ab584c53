"""Checks that the work database belongs to this night and run, and that only steps of this run changed it.

Each step writes a record beside it, `work/custody.json`: the night, its run, and the state of the files that the next
step reads. The cost does not depend on the size of the files.
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

# DuckDB has three headers of 4 KiB before the data; each checkpoint increases a number in one of them.
_HEADERS_BYTES = 3 * 4096
_RECORD = "custody.json"


@dataclass(frozen=True)
class Run:
    """A night's date and run; if Dagster runs a night again from a failed step, this is the id of the first run."""

    business_date: str | None
    first_run_id: str


@contextmanager
def held(home: Home, run: Run, step: str, *, is_first: bool = False) -> Iterator[set[Path]]:
    """Hold the work database for one step, and record its state after the step, even if the step fails.

    A step adds to the set the files outside of the database that later steps read; they are checked, too. The first
    step begins a new database.

    Raises:
        StepFailed: the database is of another night or run, was changed after the last step, or was replaced while the
            step ran.
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
                # If the file was replaced, no later step may continue, either.
                raise StepFailed(
                    f"{home.work_database} was replaced while the step {step} ran; the present file is not the one "
                    f"that the step wrote: {_remedy(str(run.business_date))}"
                ) from None
            if not is_abandoned:
                # By step, so that a step that runs again replaces its own entries.
                record["beside"][step] = {str(file): _state(file) for file in beside}
                record |= {"step": step, "database": _database(home)}
                private_directory(path.parent)
                write_durably(path, json.dumps({"record": record, "tag": _tag(home, record)}) + "\n")


def _path(home: Home) -> Path:
    return home.work / _RECORD


def _require(home: Home, run: Run) -> dict[str, Any]:
    """The record of the last step, if a step of this run may continue from it."""
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
    """The record, or None if there is none that a step wrote."""
    try:
        content = json.loads(_path(home).read_text(encoding="utf-8"))
        record: dict[str, Any] = content["record"]
        return record if hmac.compare_digest(_tag(home, record), content["tag"]) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _tag(home: Home, record: dict[str, Any]) -> str:
    """A keyed hash, so that nobody without the hub's key can write a record."""
    text = json.dumps(record, sort_keys=True)
    return hmac.new((home.hub_key or "").encode(), text.encode(), "sha256").hexdigest()


def _database(home: Home) -> list[Any]:
    """Values that change with every change of the work database or of its write-ahead log."""
    path = home.work_database
    try:
        with path.open("rb") as file:
            headers = hashlib.sha256(file.read(_HEADERS_BYTES)).hexdigest()
    except FileNotFoundError:
        headers = ""
    return [headers, _state(path), _state(path.with_name(f"{path.name}.wal"))]


@contextmanager
def _watched(path: Path | None) -> Iterator[Callable[[], bool]]:
    """Give a function that checks whether a file is still in its place; it is kept open to keep its number."""
    if path is None or not path.exists():
        yield lambda: True
        return
    with path.open("rb") as stream:
        yield lambda: path.exists() and os.path.samestat(path.stat(), os.fstat(stream.fileno()))


def _state(path: Path) -> list[int] | None:
    """A file's number, size and times; only the system sets the last one, the time of its change."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
