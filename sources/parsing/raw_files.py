"""Where the rows of parsed extracts are kept; what is written there is `parse.py`'s business."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sources.contracts.contract import Contract

DATA = "data.parquet"
# Beside the refused rows of an extract, its good rows that break a rule that only warns.
NOTICED = "noticed.parquet"


def partition_dir(home: Path, area: str, contract: Contract, extract_date: date) -> Path:
    """Where the rows of an extract are kept; `area` is raw or quarantine."""
    return home / area / contract.source / contract.entity / f"extract_date={extract_date}"


def good_extracts(home: Path, contract: Contract, business_date: date) -> tuple[date, ...]:
    """The dates of the extracts up to the business date that count, oldest first."""
    return kept_extracts(home, "raw", contract, business_date)


def kept_extracts(home: Path, area: str, contract: Contract, business_date: date) -> tuple[date, ...]:
    """The dates up to the business date of which rows are kept in an area, oldest first."""
    found = (home / area / contract.source / contract.entity).glob(f"extract_date=*/{DATA}")
    dates = (date.fromisoformat(path.parent.name.removeprefix("extract_date=")) for path in found)
    return tuple(sorted(day for day in dates if day <= business_date))


def data_files(home: Path, area: str, contract: Contract, days: Sequence[date]) -> list[str]:
    """The data files of a source's partitions in an area, such as `raw`, in the order of the days."""
    return [str(partition_dir(home, area, contract, day) / DATA) for day in days]
