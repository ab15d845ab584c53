"""The files with the rows of parsed extracts, and checks that they have not changed since `parse.py` wrote them."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from sources.base.errors import ExtractDamaged
from sources.base.files import sha256_of
from sources.contracts.contract import Contract

DATA = "data.parquet"
# Parquet often does not detect a changed byte on the disk, which could give a row to another person.
_SUM = "data.sha256"
# Beside the quarantined rows of an extract: its good rows that break a rule with severity `warn`.
NOTICED = "noticed.parquet"


def partition_dir(home: Path, area: str, contract: Contract, extract_date: date) -> Path:
    """The directory with the rows of an extract; `area` is raw or quarantine."""
    return home / area / contract.source / contract.entity / f"extract_date={extract_date}"


def good_extracts(home: Path, contract: Contract, business_date: date) -> tuple[date, ...]:
    """The dates of the good extracts up to the business date, oldest first."""
    return kept_extracts(home, "raw", contract, business_date)


def kept_extracts(home: Path, area: str, contract: Contract, business_date: date) -> tuple[date, ...]:
    """The dates of the extracts up to the business date that have rows in an area, oldest first."""
    paths = (home / area / contract.source / contract.entity).glob(f"extract_date=*/{DATA}")
    dates = (date.fromisoformat(path.parent.name.removeprefix("extract_date=")) for path in paths)
    return tuple(sorted(day for day in dates if day <= business_date))


def data_files(home: Path, area: str, contract: Contract, days: Sequence[date]) -> list[str]:
    """The data files of a source's partitions in an area, such as `raw`, in the order of the days."""
    return [str(partition_dir(home, area, contract, day) / DATA) for day in days]


def write_sum(directory: Path) -> None:
    """Write the sha256 of a partition's data file beside it."""
    (directory / _SUM).write_text(f"{sha256_of(directory / DATA)}\n", encoding="ascii")


def require_whole(home: Path, area: str, contract: Contract, days: Iterable[date]) -> None:
    """Compare a source's data files of some days with their sums; files of earlier versions of Fil have no sum.

    Raises:
        ExtractDamaged: a file differs from its sum, or is missing.
    """
    for directory in (partition_dir(home, area, contract, day) for day in sorted(set(days))):
        try:
            expected = (directory / _SUM).read_bytes().strip()
        except FileNotFoundError:
            continue
        try:
            actual = sha256_of(directory / DATA).encode()
        except FileNotFoundError:
            actual = b""
        if actual != expected:
            raise damaged_file(directory / DATA)


def damaged_file(path: Path) -> ExtractDamaged:
    """The error for a data file that can't be read or has changed since Fil wrote it."""
    return ExtractDamaged(f"{path} is damaged: remove its directory, and the next night parses it again")
