"""From inbox to landing: complete deliveries are kept as they came, write-once, each with a receipt.

Nothing here looks into a row; whether an extract keeps its contract is said by `parsing.py`, and one that it rejected
gives way to a corrected delivery of its date.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sources.contract import Contract

RECEIPT = "receipt.json"
REJECTED = "rejected.json"
CONTROL_SUFFIX = ".control.json"


@dataclass(frozen=True)
class LandingResult:
    """The extract dates that landed now, and what was left in the inbox, with why."""

    landed: tuple[date, ...]
    warnings: tuple[str, ...]


def land(home: Path, contract: Contract, business_date: date) -> LandingResult:
    """Take every complete delivery of a source up to the business date; the same one twice changes nothing."""
    landed: list[date] = []
    warnings: list[str] = []
    inbox = home / "inbox" / contract.source
    for path in sorted(inbox.glob("*")) if inbox.is_dir() else []:
        extract_date = contract.delivery.date_of(path.name)
        if extract_date is None or extract_date > business_date:
            continue
        warning = _incomplete(path) or _land_one(
            path, landing_dir(home, contract, extract_date), contract, extract_date
        )
        if warning:
            warnings.append(f"{contract.source}: {path.name} was not taken: {warning}")
        else:
            landed.append(extract_date)
    return LandingResult(tuple(landed), tuple(warnings))


def landing_dir(home: Path, contract: Contract, extract_date: date) -> Path:
    """Where the extract of a date is kept."""
    return home / "landing" / contract.source / extract_date.isoformat()


def landed_file(directory: Path) -> Path:
    """The original in a landing directory."""
    receipt = json.loads((directory / RECEIPT).read_text(encoding="utf-8"))
    return directory / str(receipt["file"])


def is_intact(directory: Path) -> bool:
    """Whether the original in a landing directory is still the one of its receipt."""
    receipt = json.loads((directory / RECEIPT).read_text(encoding="utf-8"))
    return bool(_sha256(landed_file(directory)) == receipt["sha256"])


def _incomplete(path: Path) -> str | None:
    """Why a delivery cannot be taken yet, or ever."""
    control_path = path.with_name(path.name + CONTROL_SUFFIX)
    if not control_path.exists():
        return "it has no control file, so it may be half written; write the control file last"
    try:
        control = json.loads(control_path.read_text(encoding="utf-8"))
        expected = int(control["bytes"]), str(control["sha256"])
    except (ValueError, KeyError, TypeError):
        return "its control file is not JSON with rows, bytes and sha256; write it again"
    size = path.stat().st_size
    if size != expected[0]:
        return f"{size} bytes found, {expected[0]} announced by its control file; deliver it again"
    if _sha256(path) != expected[1]:
        return "its sha256 is not the one announced by its control file; deliver it again"
    return None


def _land_one(path: Path, directory: Path, contract: Contract, extract_date: date) -> str | None:
    digest = _sha256(path)
    if (directory / RECEIPT).exists():
        known = json.loads((directory / RECEIPT).read_text(encoding="utf-8"))
        if known["sha256"] == digest:
            return None
        if not (directory / REJECTED).exists():
            return "another file of that date has landed before, and originals are write-once"
    staging = directory.with_name(f".{directory.name}.part")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    shutil.copyfile(path, staging / path.name)
    control = json.loads(path.with_name(path.name + CONTROL_SUFFIX).read_text(encoding="utf-8"))
    receipt = {
        "source": contract.source,
        "extract_date": extract_date.isoformat(),
        "file": path.name,
        "sha256": digest,
        "bytes": path.stat().st_size,
        "rows": control.get("rows"),
        "landed_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (staging / RECEIPT).write_text(json.dumps(receipt, indent=2) + "\n", encoding="utf-8")
    for written in (staging / path.name, staging / RECEIPT, staging):
        _sync(written)
    _set_rejected_aside(directory)
    staging.rename(directory)
    _sync(directory.parent)
    return None


def _set_rejected_aside(directory: Path) -> None:
    """Make room for the corrected delivery of an extract that was rejected; the rejected one is kept beside it."""
    if directory.exists():
        count = len(list(directory.parent.glob(f"{directory.name}.rejected-*")))
        directory.rename(directory.with_name(f"{directory.name}.rejected-{count + 1}"))


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
