"""Where the rows of parsed extracts are kept, and whether they are as they were written there by `parse.py`."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from sources.base.errors import ExtractDamaged
from sources.base.files import sha256_of
from sources.contracts.contract import Contract

DATA = "data.parquet"
# Of a byte that changed on the disk Parquet itself notices little: the row would be of somebody else.
_SUM = "data.sha256"
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


def write_sum(directory: Path) -> None:
    """Keep the sum of a partition's data file beside it."""
    (directory / _SUM).write_text(f"{sha256_of(directory / DATA)}\n", encoding="ascii")


def require_whole(home: Path, area: str, contract: Contract, days: Iterable[date]) -> None:
    """Hold a source's data files of some days against their sums; what an earlier Fil wrote has none.

    Raises:
        ExtractDamaged: one is not as it was written.
    """
    for directory in (partition_dir(home, area, contract, day) for day in sorted(set(days))):
        try:
            expected = (directory / _SUM).read_bytes().strip()
        except FileNotFoundError:
            continue
        try:
            found = sha256_of(directory / DATA).encode()
        except FileNotFoundError:
            found = b""
        if found != expected:
            raise damaged_file(directory / DATA)


def damaged_file(path: Path) -> ExtractDamaged:
    """What to raise where a data file can't be read, or is not as it was written."""
    return ExtractDamaged(f"{path} is damaged: remove its directory, and the next night parses it again")
