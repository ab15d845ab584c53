"""Which landed extracts are rejected as a whole, and why; the note of it lies beside the original.

When an extract is rejected is for `parse.py`.
"""

import json
from datetime import date
from pathlib import Path

from sources.contracts.contract import Contract
from sources.landing.land import REJECTED
from sources.landing.receipts import landed_dates, landing_dir
from sources.parsing.raw_files import kept_extracts


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
    """Why an extract was rejected; a contract of another version judges it anew, as does a note that is damaged."""
    try:
        content = json.loads((directory / REJECTED).read_text(encoding="utf-8"))
        return str(content["reason"]) if content["contract_version"] == contract.version else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def reject(directory: Path, contract: Contract, extract_date: date, reason: str) -> None:
    """Note beside an original that it is rejected under this version of its contract, and why."""
    content = {
        "extract_date": extract_date.isoformat(),
        "contract_version": contract.version,
        "reason": reason,
    }
    temporary = directory / f".{REJECTED}"
    temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    temporary.rename(directory / REJECTED)
