"""Refused rows that count after all: released and revoked by engineers, and taken in with their extract.

Raw Parquet stays as it is: what is taken in on a business date follows from the stored decisions (`decisions.py`), and
from what the contract in force says of the rows (`rejudging.py`).
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
from sources.parsing.reasons import UNREADABLE, explain
from sources.quarantine.rejudging import KEY_TAKEN, choose, judge, number
from sources.quarantine.release_journal import Line, Statement, record, released_lines
from sources.quarantine.rows import Choice, chosen_lines, is_in_use, read_refused


@dataclass(frozen=True)
class Released:
    """What a decision released: so many rows, so many of them without a field's value, and those that were before."""

    rows: int
    without: dict[str, int]
    rows_before: int


@dataclass(frozen=True)
class TakenIn:
    """The released rows of a source on a business date by their extracts, and those that do not count, with why."""

    rows: dict[date, int]
    warnings: tuple[str, ...]


def take_in(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    contract: Contract,
    extract_dates: Collection[date],
    business_date: date,
) -> TakenIn:
    """Fill the temp table `released`, of the form of raw rows, with what is released of some extracts."""
    fields = ", ".join(field.column for field in contract.fields)
    definition = ", ".join(f"{field.column} varchar" for field in contract.fields)
    connection.execute(
        f"create or replace temp table released ({definition}, _source_key varchar, _line_number bigint, "
        "_extract_date date)"
    )
    rows: dict[date, int] = {}
    warnings: list[str] = []
    decided = released_lines(home, contract, business_date)
    for day in sorted(decided.keys() & set(extract_dates)):
        judge(connection, home, contract, day, decided[day])
        connection.execute(
            f"insert into released select {fields}, source_key, line_number, extract_date from judged "
            "where reason is null order by line_number"
        )
        rows[day] = number(connection, "select count(*) from judged where reason is null")
        warnings += _left_out(connection, home, contract, day, decided[day])
    return TakenIn(rows, tuple(warnings))


def _left_out(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date, lines: Collection[Line]
) -> list[str]:
    """What to say of released lines that do not count; a line that counts by itself by now needs no release."""
    raw = partition_dir(home, "raw", contract, extract_date) / DATA
    counting = number(
        connection,
        "select count(*) from chosen where line_number in (select line_number from judged where reason is null) "
        "or line_number in (select _line_number from read_parquet($file, hive_partitioning = false))",
        {"file": str(raw)},
    )
    if counting == len(lines):
        return []
    refused = number(connection, "select count(*) from judged where reason is not null")
    changed = len(lines) - counting - refused
    return [
        f"{contract.source}: of {len(lines)} released rows of the extract of {extract_date}, {changed} have changed "
        f"since and {refused} still break the contract, so they are not used; release them again, or revoke their "
        "release"
    ]


def release(home: Path, contract: Contract, extract_date: date, choice: Choice, statement: Statement) -> Released:
    """Let refused rows of an extract count from a business date on; all of them, or none.

    Raises:
        QuarantineError: a row can't be released, or its extract does not count.
    """
    _require_in_use(home, contract, extract_date)
    with duckdb.connect(":memory:") as connection:
        read_refused(connection, home, contract, extract_date)
        lines = chosen_lines(connection, contract, choice)
        before = released_lines(home, contract, statement.counts_from).get(extract_date, set())
        fresh = lines - before
        # Together with the ones before: two of them may have one key.
        judge(connection, home, contract, extract_date, before | fresh)
        choose(connection, fresh)
        _require_released(connection, contract, extract_date)
        without = connection.execute(
            "select field, count(*) from (select unnest(without) as field from judged "
            "semi join chosen using (line_number)) group by all order by all"
        ).fetchall()
    if fresh:
        record(home, contract, "released", extract_date, fresh, statement)
    return Released(len(fresh), dict(without), len(lines) - len(fresh))


def revoke(home: Path, contract: Contract, extract_date: date, numbers: Collection[int], statement: Statement) -> int:
    """Take the release of lines, or without numbers of all lines of an extract, back; return of how many.

    Raises:
        QuarantineError: a line is not released on the day from which this is to count.
    """
    before = released_lines(home, contract, statement.counts_from).get(extract_date, set())
    lines = {line for line in before if not numbers or line.number in numbers}
    missing = sorted(set(numbers) - {line.number for line in lines})
    if missing or not lines:
        which = f"line {', '.join(map(str, missing))} is not released" if missing else "no line is released"
        raise QuarantineError(
            f"{contract.source}, extract of {extract_date}: {which} on {statement.counts_from}; "
            f"`fil quarantine list {contract.source}` counts the released rows. If a release applies from a later "
            "date, revoke it with --from and that date"
        )
    record(home, contract, "revoked", extract_date, lines, statement)
    return len(lines)


def _require_in_use(home: Path, contract: Contract, extract_date: date) -> None:
    if is_in_use(home, contract, extract_date):
        return
    has_landed = (landing_dir(home, contract, extract_date) / RECEIPT).exists()
    what = "was rejected or is not parsed yet" if has_landed else "has not landed"
    raise QuarantineError(
        f"{contract.source}: the extract of {extract_date} {what}, so no row of it can be released; correct it at the "
        "source and deliver it again under the same file name"
    )


def _require_released(connection: duckdb.DuckDBPyConnection, contract: Contract, extract_date: date) -> None:
    """Refuse a release of which a row can't count.

    Raises:
        QuarantineError: it names reasons, lines and remedies, and no value.
    """
    found = connection.execute(
        "select reason, count(*), min(line_number) from judged semi join chosen using (line_number) "
        "where reason is not null group by all order by all"
    ).fetchall()
    if found:
        told = "; ".join(
            f"{reason} {count}, first in line {first} ({_remedy(contract, reason)})" for reason, count, first in found
        )
        refused = sum(count for _, count, _ in found)
        raise QuarantineError(
            f"{contract.source}: no row was released, because {refused} of these rows of the extract of "
            f"{extract_date} can't be: {told}"
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
        return f"the row could not be read: {explain(contract, reason)}; {again}"
    if name in contract.heard_when_refused:
        return (
            f"{explain(contract, reason)}; this value can't be left out, because it may be a withdrawal or a "
            f"protection: add it to the contract, or {again}"
        )
    return f"{explain(contract, reason)}; {again}, or change the contract"
