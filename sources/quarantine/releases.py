"""Releases quarantined rows, revokes releases, and loads released rows with their extract.

Raw Parquet does not change. The rows to load on a business date follow from the journal (`release_journal.py`) and from
the contract in force (`rejudging.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sources.base.errors import QuarantineError
from sources.contracts.contract import Contract
from sources.landing.receipts import RECEIPT, landing_dir
from sources.parsing.raw_files import DATA, partition_dir
from sources.parsing.reasons import UNREADABLE, describe
from sources.quarantine.rejudging import KEY_TAKEN, choose, judge, scalar
from sources.quarantine.release_journal import Line, Signature, record, released_lines
from sources.quarantine.rows import Choice, chosen_lines, is_in_use, read_quarantined


@dataclass(frozen=True)
class Released:
    """The result of a release: the number of new rows, of rows without a value by field, of rows released before."""

    rows: int
    without: dict[str, int]
    rows_before: int


@dataclass(frozen=True)
class ReleasedRows:
    """The number of released rows in use by extract, and warnings about released rows that are not used."""

    rows: dict[date, int]
    warnings: tuple[str, ...]


def load_released_rows(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    contract: Contract,
    extract_dates: Collection[date],
    business_date: date,
) -> ReleasedRows:
    """Load the released rows of some extracts that meet the contract in force.

    Reads: the release journal; the quarantine and raw files of the extracts.
    Writes: temp table `released` (the columns of raw rows), one row per released row in use.

    Args:
        connection: to any database.
        home: a `$FIL_HOME`.
        contract: the source's contract.
        extract_dates: of the extracts.
        business_date: releases up to this date apply.
    """
    fields = ", ".join(field.column for field in contract.fields)
    definition = ", ".join(f"{field.column} varchar" for field in contract.fields)
    connection.execute(
        f"create or replace temp table released ({definition}, _source_key varchar, _line_number bigint, "
        "_extract_date date)"
    )
    rows: dict[date, int] = {}
    warnings: list[str] = []
    lines = released_lines(home, contract, business_date)
    for day in sorted(lines.keys() & set(extract_dates)):
        judge(connection, home, contract, day, lines[day])
        connection.execute(
            f"insert into released select {fields}, source_key, line_number, extract_date from judged "
            "where reason is null order by line_number"
        )
        rows[day] = scalar(connection, "select count(*) from judged where reason is null")
        warnings += _unused_warning(connection, home, contract, day, lines[day])
    return ReleasedRows(rows, tuple(warnings))


def _unused_warning(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date, lines: Collection[Line]
) -> list[str]:
    """A warning about released lines that are not used, unless the line is now a good row."""
    raw = partition_dir(home, "raw", contract, extract_date) / DATA
    in_use = scalar(
        connection,
        "select count(*) from chosen where line_number in (select line_number from judged where reason is null) "
        "or line_number in (select _line_number from read_parquet($file, hive_partitioning = false))",
        {"file": str(raw)},
    )
    if in_use == len(lines):
        return []
    invalid = scalar(connection, "select count(*) from judged where reason is not null")
    changed = len(lines) - in_use - invalid
    return [
        f"{contract.source}: of {len(lines)} released rows of the extract of {extract_date}, {changed} have changed "
        f"since and {invalid} still break the contract, so they are not used; release them again, or revoke their "
        "release"
    ]


def release(home: Path, contract: Contract, extract_date: date, choice: Choice, signature: Signature) -> Released:
    """Release quarantined rows of an extract from a business date on; all of them, or none.

    Args:
        home: a `$FIL_HOME`.
        contract: the source's contract.
        extract_date: of the extract.
        choice: the rows to release.
        signature: who, why, and from when.

    Raises:
        QuarantineError: a row can't be released, or its extract is not in use.
    """
    _require_in_use(home, contract, extract_date)
    with duckdb.connect(":memory:") as connection:
        read_quarantined(connection, home, contract, extract_date)
        lines = chosen_lines(connection, contract, choice)
        before = released_lines(home, contract, signature.counts_from).get(extract_date, set())
        fresh = lines - before
        # Check them with the lines released before, because two of them may have the same key.
        judge(connection, home, contract, extract_date, before | fresh)
        choose(connection, fresh)
        _require_valid(connection, contract, extract_date)
        without = connection.execute(
            "select field, count(*) from (select unnest(without) as field from judged "
            "semi join chosen using (line_number)) group by all order by all"
        ).fetchall()
    if fresh:
        record(home, contract, "released", extract_date, fresh, signature)
    return Released(len(fresh), dict(without), len(lines) - len(fresh))


def revoke(home: Path, contract: Contract, extract_date: date, numbers: Collection[int], signature: Signature) -> int:
    """Revoke the release of lines of an extract; return the number of lines.

    Args:
        home: a `$FIL_HOME`.
        contract: the source's contract.
        extract_date: of the extract.
        numbers: of the lines; empty for all released lines.
        signature: who, why, and from when.

    Raises:
        QuarantineError: a line is not released on the first day of the revocation.
    """
    before = released_lines(home, contract, signature.counts_from).get(extract_date, set())
    lines = {line for line in before if not numbers or line.number in numbers}
    missing = sorted(set(numbers) - {line.number for line in lines})
    if missing or not lines:
        which = f"line {', '.join(map(str, missing))} is not released" if missing else "no line is released"
        raise QuarantineError(
            f"{contract.source}, extract of {extract_date}: {which} on {signature.counts_from}; "
            f"`fil quarantine list {contract.source}` counts the released rows. If a release applies from a later "
            "date, revoke it with --from and that date"
        )
    record(home, contract, "revoked", extract_date, lines, signature)
    return len(lines)


def _require_in_use(home: Path, contract: Contract, extract_date: date) -> None:
    if is_in_use(home, contract, extract_date):
        return
    has_landed = (landing_dir(home, contract, extract_date) / RECEIPT).exists()
    state = "was rejected or is not parsed yet" if has_landed else "has not landed"
    raise QuarantineError(
        f"{contract.source}: the extract of {extract_date} {state}, so no row of it can be released; correct it at the "
        "source and deliver it again under the same file name"
    )


def _require_valid(connection: duckdb.DuckDBPyConnection, contract: Contract, extract_date: date) -> None:
    """Check that all rows of a release can be used.

    Raises:
        QuarantineError: a row can't be used; the message names reasons, lines and remedies, but no value.
    """
    reasons = connection.execute(
        "select reason, count(*), min(line_number) from judged semi join chosen using (line_number) "
        "where reason is not null group by all order by all"
    ).fetchall()
    if reasons:
        details = "; ".join(
            f"{reason} {count}, first in line {first} ({_remedy(contract, reason)})" for reason, count, first in reasons
        )
        invalid = sum(count for _, count, _ in reasons)
        raise QuarantineError(
            f"{contract.source}: no row was released, because {invalid} of these rows of the extract of "
            f"{extract_date} can't be: {details}"
        )


def _remedy(contract: Contract, reason: str) -> str:
    """Why a row can't be released for a reason, and what to do instead."""
    code, _, name = reason.partition(":")
    again = "correct it at the source and deliver it again in a later extract"
    if code == KEY_TAKEN:
        return f"a row with the same key is in use; {again}"
    if code == "duplicate_key":
        return "several rows have the same key: release only one of them, with --line"
    if code in UNREADABLE:
        return f"the row could not be read: {describe(contract, reason)}; {again}"
    if name in contract.read_in_quarantine:
        return (
            f"{describe(contract, reason)}; this value can't be left out, because it may be a withdrawal or a "
            f"protection: add it to the contract, or {again}"
        )
    return f"{describe(contract, reason)}; {again}, or change the contract"
