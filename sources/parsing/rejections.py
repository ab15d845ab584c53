"""Which landed extracts are rejected as a whole, and why; the note of it lies beside the original.

When an extract is rejected is for `parse.py`.
"""

import json
from datetime import date
from pathlib import Path

from sources.contracts.contract import Contract
from sources.landing.land import REJECTED
from sources.landing.receipts import landed_dates, landing_dir
from sources.parsing.raw_files import DATA, kept_extracts, partition_dir


def rejections(home: Path, contract: Contract, business_date: date) -> dict[date, str]:
    """The landed extracts up to the business date that do not count, each with why."""
    found = {}
    for extract_date in landed_dates(home, contract, business_date):
        if reason := rejection(home, contract, extract_date):
            found[extract_date] = reason
    return found


def refused_whole(home: Path, contract: Contract, business_date: date) -> tuple[date, ...]:
    """Of the rejected extracts up to the business date those of which what could be read of the rows is kept."""
    rejected = rejections(home, contract, business_date)
    return tuple(day for day in kept_extracts(home, "quarantine", contract, business_date) if day in rejected)


def rejection(home: Path, contract: Contract, extract_date: date) -> str | None:
    """Why an extract was rejected.

    It is judged anew by a contract of another version, where the note is damaged, and where rows of it were kept that
    are lost by now: a withdrawal may be among them.
    """
    try:
        content = json.loads((landing_dir(home, contract, extract_date) / REJECTED).read_text(encoding="utf-8"))
        is_judged = content["contract_version"] == contract.version
        is_lost = bool(content.get("has_rows")) and not _kept_rows(home, contract, extract_date).exists()
        return str(content["reason"]) if is_judged and not is_lost else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _kept_rows(home: Path, contract: Contract, extract_date: date) -> Path:
    return partition_dir(home, "quarantine", contract, extract_date) / DATA


def reject(home: Path, contract: Contract, extract_date: date, reason: str) -> None:
    """Note beside an original that it is rejected under this version of its contract, and why."""
    content = {
        "extract_date": extract_date.isoformat(),
        "contract_version": contract.version,
        "reason": reason,
        "has_rows": _kept_rows(home, contract, extract_date).exists(),
    }
    directory = landing_dir(home, contract, extract_date)
    temporary = directory / f".{REJECTED}"
    temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    temporary.rename(directory / REJECTED)
