"""Reads and writes the note of a rejected extract, beside its original; `parse.py` decides when to reject."""

import json
from datetime import date
from pathlib import Path

from sources.contracts.contract import Contract
from sources.landing.land import REJECTED
from sources.landing.receipts import landed_dates, landing_dir
from sources.parsing.raw_files import DATA, kept_extracts, partition_dir


def rejections(home: Path, contract: Contract, business_date: date) -> dict[date, str]:
    """The rejected extracts up to the business date, each with its reason."""
    reasons = {}
    for extract_date in landed_dates(home, contract, business_date):
        if reason := rejection(home, contract, extract_date):
            reasons[extract_date] = reason
    return reasons


def rejected_with_rows(home: Path, contract: Contract, business_date: date) -> tuple[date, ...]:
    """The rejected extracts up to the business date that have rows in quarantine."""
    rejected = rejections(home, contract, business_date)
    return tuple(day for day in kept_extracts(home, "quarantine", contract, business_date) if day in rejected)


def rejection(home: Path, contract: Contract, extract_date: date) -> str | None:
    """Why an extract was rejected; None if it was not, or must be parsed again.

    It is parsed again if the contract has another version, if the note is damaged, or if its quarantined rows, which
    may contain a withdrawal, are lost.
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
    """Write beside an original that it is rejected under this version of its contract, and why."""
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
