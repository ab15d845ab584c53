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
        if reason := rejection(landing_dir(home, contract, extract_date), contract):
            found[extract_date] = reason
    return found


def refused_whole(home: Path, contract: Contract, business_date: date) -> tuple[date, ...]:
    """Of the rejected extracts up to the business date those of which what could be read of the rows is kept."""
    rejected = rejections(home, contract, business_date)
    return tuple(day for day in kept_extracts(home, "quarantine", contract, business_date) if day in rejected)


def rejection(directory: Path, contract: Contract) -> str | None:
    """Why an extract was rejected.

    It is judged anew by a contract of another version, where the note is damaged, and where rows of it were kept that
    are lost by now: a withdrawal may be among them.
    """
    try:
        content = json.loads((directory / REJECTED).read_text(encoding="utf-8"))
        is_judged = content["contract_version"] == contract.version
        is_lost = bool(content.get("has_rows")) and not _kept_rows(directory, contract).exists()
        return str(content["reason"]) if is_judged and not is_lost else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _kept_rows(directory: Path, contract: Contract) -> Path:
    home, extract_date = directory.parents[2], date.fromisoformat(directory.name)
    return partition_dir(home, "quarantine", contract, extract_date) / DATA


def reject(directory: Path, contract: Contract, extract_date: date, reason: str) -> None:
    """Note beside an original that it is rejected under this version of its contract, and why."""
    content = {
        "extract_date": extract_date.isoformat(),
        "contract_version": contract.version,
        "reason": reason,
        "has_rows": _kept_rows(directory, contract).exists(),
    }
    temporary = directory / f".{REJECTED}"
    temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    temporary.rename(directory / REJECTED)
