"""Whether an extract has about as many rows as its source usually delivers; what is in them, others judge."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from sources.base.errors import ExtractRejected
from sources.contracts.contract import Contract
from sources.parsing.raw_files import DATA, good_extracts, partition_dir

# An extract of so few rows says nothing of what is usual.
_TOO_FEW_TO_JUDGE = 50
_FORTNIGHT = timedelta(days=14)
# The first extract often holds what happened before there was a hub.
_ENOUGH_TO_COMPARE = 3


def judge_volume(home: Path, contract: Contract, day: date, rows: int) -> tuple[str, ...]:
    """What to say of an extract with fewer rows than usual.

    Of a snapshot, far more or fewer rows than the one before had are a mistake: who is not in it any more would be
    taken to have left. What happened may be told in a heap, but not many times over; what is missing can still come.

    Raises:
        ExtractRejected: it is of another size than the extracts before it.
    """
    times, extract = contract.delivery.usual_times, f"{contract.source}: the extract of {day}"
    is_snapshot = contract.delivery.kind == "snapshot"
    before = _rows_before(home, contract, day)[-1:] if is_snapshot else _rows_before(home, contract, day)
    if not before or max(rows, *before) < _TOO_FEW_TO_JUDGE:
        return ()
    usual = f"{min(before):,}" if len(set(before)) == 1 else f"{min(before):,} to {max(before):,}"
    found = f"{rows:,} rows found, {usual} expected from its earlier extracts"
    is_too_much = rows > times * max(*before, _TOO_FEW_TO_JUDGE)
    if is_too_much or (is_snapshot and rows * times < min(before)):
        remedy = 'if the number is right, deliver it again with "is_volume_confirmed": true in its control file'
        raise ExtractRejected(f"{extract} was rejected: {found}; {remedy}")
    if len(before) >= _ENOUGH_TO_COMPARE and rows * times < min(before):
        return (f"{extract} is in use, but {found}; ask its owner whether it is complete",)
    return ()


def _rows_before(home: Path, contract: Contract, day: date) -> list[int]:
    """How many rows each good extract of the fortnight before a day had, or where there is none, the last one."""
    dates = [one for one in good_extracts(home, contract, day) if one < day]
    recent = [one for one in dates if one >= day - _FORTNIGHT] or dates[-1:]
    return [pq.read_metadata(partition_dir(home, "raw", contract, one) / DATA).num_rows for one in recent]
