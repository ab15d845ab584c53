"""Compares the number of rows of an extract with what its source usually delivers."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from sources.base.errors import ExtractRejected
from sources.base.wording import counted
from sources.contracts.contract import Contract
from sources.parsing.raw_files import DATA, good_extracts, partition_dir

# Extracts with fewer rows are too small to show what is usual.
_TOO_FEW_TO_JUDGE = 50
_FORTNIGHT = timedelta(days=14)
# Extracts needed for a warning about few rows: the first extract often has old events, from before the hub.
_ENOUGH_TO_COMPARE = 3


def judge_volume(home: Path, contract: Contract, day: date, rows: int) -> tuple[str, ...]:
    """Compare an extract with earlier ones; return a warning if it has unusually few rows.

    A snapshot with far more or fewer rows than the one before, or with none after some, is rejected: people who are
    missing would be treated as gone, and protections as ended. Changes and events are rejected only if they have far
    more rows; missing ones can still come.

    Args:
        home: a `$FIL_HOME`.
        contract: the source's contract.
        day: date of the extract.
        rows: its number of rows.

    Raises:
        ExtractRejected: the extract has far more or fewer rows than earlier ones.
    """
    times, extract = contract.delivery.usual_times, f"{contract.source}: the extract of {day}"
    is_snapshot = contract.delivery.kind == "snapshot"
    before = _rows_before(home, contract, day)[-1:] if is_snapshot else _rows_before(home, contract, day)
    is_emptied = is_snapshot and rows == 0 and any(before)
    if not before or (max(rows, *before) < _TOO_FEW_TO_JUDGE and not is_emptied):
        return ()
    usual = f"{min(before):,}" if len(set(before)) == 1 else f"{min(before):,} to {max(before):,}"
    comparison = f"{counted(rows, 'row')} found, {usual} expected from its earlier extracts"
    is_too_much = rows > times * max(*before, _TOO_FEW_TO_JUDGE)
    if is_too_much or (is_snapshot and rows * times < min(before)):
        remedy = 'if the number is right, deliver it again with "is_volume_confirmed": true in its control file'
        raise ExtractRejected(f"{extract} was rejected: {comparison}; {remedy}")
    if len(before) >= _ENOUGH_TO_COMPARE and rows * times < min(before):
        return (f"{extract} is in use, but {comparison}; ask its owner whether it is complete",)
    return ()


def _rows_before(home: Path, contract: Contract, day: date) -> list[int]:
    """The numbers of rows of the good extracts in the 14 days before a day; without any, of the last good extract."""
    earlier = [good for good in good_extracts(home, contract, day) if good < day]
    recent = [good for good in earlier if good >= day - _FORTNIGHT] or earlier[-1:]
    return [pq.read_metadata(partition_dir(home, "raw", contract, good) / DATA).num_rows for good in recent]
