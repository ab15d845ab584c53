"""The directories of landed extracts, and the receipt beside each of them; `land.py` writes both."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sources.base.errors import ExtractDamaged
from sources.contracts.contract import Contract

RECEIPT = "receipt.json"
# In the receipt of a database's answer: the end of the queried time.
WATERMARK = "watermark"
_SHA256 = re.compile(r"[0-9a-f]{64}")
CONFIRMED = "is_volume_confirmed"


def landing_dir(home: Path, contract: Contract, extract_date: date) -> Path:
    """The landing directory of an extract."""
    return home / "landing" / contract.source / extract_date.isoformat()


def landed_dates(home: Path, contract: Contract, business_date: date) -> list[date]:
    """The dates of the landed extracts up to the business date, oldest first."""
    names = (path.name for path in (home / "landing" / contract.source).glob("????-??-??"))
    return sorted(day for day in map(_date, names) if day is not None and day <= business_date)


def _date(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def read_receipt(directory: Path) -> dict[str, Any]:
    """Read the receipt in a landing directory.

    Raises:
        ExtractDamaged: the receipt is missing or damaged.
    """
    path = directory / RECEIPT
    try:
        receipt = json.loads(path.read_text(encoding="utf-8"))
        required = {name: receipt[name] for name in ("file", "sha256", "bytes", "rows")}
        _require_receipt(required, receipt, directory)
        return required | {CONFIRMED: bool(receipt.get(CONFIRMED)), WATERMARK: receipt.get(WATERMARK)}
    except (OSError, ValueError, KeyError, TypeError):
        raise ExtractDamaged(
            f"{path} is lost or damaged: move {directory.name} out of landing and deliver that extract again"
        ) from None


def _require_receipt(required: Mapping[str, Any], receipt: Mapping[str, Any], directory: Path) -> None:
    """Check a receipt: its `required` fields, its source and its date.

    Raises:
        ValueError, TypeError: a field is not valid, or the receipt is of another extract.
    """
    if Path(required["file"]).name != required["file"] or not _SHA256.fullmatch(required["sha256"]):
        raise ValueError
    if any(type(required[name]) is not int or required[name] < 0 for name in ("bytes", "rows")):
        raise ValueError
    if (receipt["source"], receipt["extract_date"]) != (directory.parent.name, directory.name):
        raise ValueError
    if WATERMARK in receipt:
        datetime.fromisoformat(receipt[WATERMARK])


def damaged_receipts(home: Path, contract: Contract, days: Collection[date]) -> tuple[str, ...]:
    """Warnings about lost or damaged receipts of landed extracts."""
    warnings = []
    for directory in (landing_dir(home, contract, day) for day in sorted(days)):
        try:
            if directory.exists():
                read_receipt(directory)
        except ExtractDamaged as error:
            warnings.append(f"{contract.source}: {error}")
    return tuple(warnings)


def landed_file(directory: Path) -> Path:
    """The original in a landing directory."""
    return directory / str(read_receipt(directory)["file"])


def is_intact(directory: Path) -> bool:
    """Whether the original in a landing directory still matches its receipt."""
    original = landed_file(directory)
    return original.is_file() and bool(_sha256(original) == read_receipt(directory)["sha256"])


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
