"""A landed original into raw Parquet and quarantine, under its contract: every line goes to one of the two.

Rules on single rows are in `quarantine.py`, the cutting of lines in `readers/`.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb

from sources.base.errors import ExtractRejected
from sources.base.sql import identifier, literal
from sources.contracts.contract import Contract
from sources.landing.land import REJECTED
from sources.landing.receipts import is_intact, landed_dates, landed_file, landing_dir, read_receipt
from sources.parsing.noticed import warn_of, write_noticed
from sources.parsing.original import registered, said
from sources.parsing.raw_files import DATA, partition_dir, write_sum
from sources.parsing.readable import READABLE
from sources.parsing.rejections import reject, rejection
from sources.parsing.rules import counts_against_bound_sql, notice_sql, reason_sql
from sources.parsing.volume import judge_volume

_CHANGED = "its original was changed after it landed"
# The reason against the good rows of an extract that is rejected as a whole, where its withdrawals count all the same.
OF_REJECTED = "rejected_extract"
_AREAS = ("quarantine", "raw")


def _refuse_repeated(contract: Contract) -> str:
    """Of rows that say the same the first counts, of different ones with one key none."""
    columns = ", ".join(field.column for field in contract.fields)
    return f"""
create table repeated as
    select source_key, min(row({columns})) <> max(row({columns})) as differ, min(line_number) as first_number
    from lines
    where reason is null and source_key in (
        select source_key from lines where reason is null group by source_key having count(*) > 1
    )
    group by source_key;
update lines set reason = case when differ then 'duplicate_key' else 'duplicate_row' end
    from repeated
    where reason is null and lines.source_key = repeated.source_key and (differ or line_number > first_number);"""


@dataclass(frozen=True)
class ParseResult:
    """What became of an extract's rows, and the first lines of each reason; `rejected` says why none of them counts."""

    extract_date: date
    rows_in: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first_lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rejected: str | None = None
    warnings: tuple[str, ...] = ()
    # Of the refused rows those that count against the bound, and of the good ones those that break a rule that warns.
    rows_against_bound: int = 0
    notices: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ParseBound:
    """How many bytes the database of a parse may hold, and the directory for what does not fit."""

    memory_bytes: int
    temp_directory: Path


def parse(
    home: Path,
    contract: Contract,
    business_date: date,
    *,
    is_announced: bool = True,
    bound: ParseBound | None = None,
) -> list[ParseResult]:
    """Parse what has landed up to the business date and is neither parsed nor rejected under this contract yet.

    Rows are counted against their announcement, unless nobody has announced any.
    """
    results: list[ParseResult] = []
    if contract.gap(business_date):
        return results
    for extract_date in landed_dates(home, contract, business_date):
        # Without its refused rows a withdrawal among them would be lost.
        is_parsed = all((partition_dir(home, area, contract, extract_date) / DATA).exists() for area in _AREAS)
        if not is_parsed and not rejection(home, contract, extract_date):
            results.append(_parse_or_reject(home, contract, extract_date, is_announced, bound))
    return results


def _parse_or_reject(
    home: Path, contract: Contract, extract_date: date, is_announced: bool, bound: ParseBound | None
) -> ParseResult:
    try:
        result = parse_extract(home, contract, extract_date, is_announced=is_announced, bound=bound)
    except ExtractRejected as why:
        reject(home, contract, extract_date, str(why))
        return ParseResult(extract_date, rejected=str(why))
    (landing_dir(home, contract, extract_date) / REJECTED).unlink(missing_ok=True)
    return result


def parse_extract(
    home: Path,
    contract: Contract,
    extract_date: date,
    *,
    is_announced: bool = True,
    bound: ParseBound | None = None,
) -> ParseResult:
    """Parse one landed extract.

    Refused rows are in quarantine even where the whole is rejected. Of a source that carries consents or protections
    all rows are, then: what they withdraw or protect counts until the corrected extract is here. Readers hold some
    megabytes of the file, whatever the bound of the database.

    Raises:
        ExtractRejected: it is not the file that landed, is smaller than its contract allows, is not of the rows that
            were announced, or too many of its rows are refused.
    """
    directory = landing_dir(home, contract, extract_date)
    state = _state(directory)
    if not is_intact(directory):
        raise ExtractRejected(said(contract, extract_date, _CHANGED))
    with _database(bound) as connection:
        try:
            _create_lines(connection, directory, contract, extract_date)
        finally:
            if _state(directory) != state:
                raise ExtractRejected(said(contract, extract_date, _CHANGED))
        result = _counted(connection, contract, extract_date)
        _write(connection, home, contract, extract_date, "quarantine")
        receipt = read_receipt(directory)
        try:
            _bounded(result, contract, receipt["rows"] if is_announced else result.rows_in)
            is_confirmed = receipt["is_volume_confirmed"]
            warnings = () if is_confirmed else judge_volume(home, contract, extract_date, result.rows_in)
        except ExtractRejected:
            if contract.heard_when_refused:
                _refuse_all(connection, directory, contract, extract_date)
                _write(connection, home, contract, extract_date, "quarantine")
            raise
        write_noticed(connection, home, contract, extract_date)
        _write(connection, home, contract, extract_date, "raw")
    return replace(result, warnings=(*warnings, *warn_of(contract, extract_date, result.notices)))


def _state(directory: Path) -> tuple[int, ...]:
    """What changes with a file, whatever is written into it."""
    try:
        found = landed_file(directory).stat()
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@contextmanager
def _database(bound: ParseBound | None) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {}
    if bound is not None:
        settings |= {"memory_limit": f"{bound.memory_bytes}B", "temp_directory": str(bound.temp_directory)}
    with duckdb.connect(":memory:", config=settings) as connection:
        # A rule's list of codes, made a join, would mix up the lines.
        connection.execute("set disabled_optimizers = 'in_clause'")
        connection.execute(READABLE)
        yield connection


def _create_lines(
    connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date
) -> None:
    """Every row with the reason against it, and of refused rows the line."""
    with registered(connection, directory, contract, extract_date) as query:
        connection.execute(_lines(query, contract, extract_date))
    connection.execute(_refuse_repeated(contract))
    if connection.execute("select count(*) from repeated").fetchall()[0][0]:
        _add_lines(connection, directory, contract, extract_date)


def _refuse_all(connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date) -> None:
    """Refuse the good rows of an extract, too, as it is rejected."""
    connection.execute(f"update lines set reason = '{OF_REJECTED}' where reason is null")
    _add_lines(connection, directory, contract, extract_date)


def _add_lines(connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date) -> None:
    """Read again the lines of rows that were refused late: that costs less than to keep every line of every extract."""
    with registered(connection, directory, contract, extract_date) as query:
        connection.execute(_missing_lines(query))


def _missing_lines(query: str) -> str:
    # The database does not know how many rows it is handed: it might keep those, and not the few that are wanted.
    return f"""
    set disabled_optimizers = 'in_clause, join_order, build_side_probe_side';
    create or replace table again as
        select rows.line_number, rows.line
        from ({query}) as rows
        join (select line_number from lines where reason is not null and line is null) as wanted
            on rows.line_number = wanted.line_number;
    set disabled_optimizers = 'in_clause';
    update lines set line = again.line from again where lines.line_number = again.line_number;"""


def _lines(query: str, contract: Contract, extract_date: date) -> str:
    dated = f"select *, date '{extract_date}' as extract_date from ({query})"
    # Counting alike rows leaves them in an order of its own; everything else keeps theirs.
    in_order = "" if contract.key else "order by line_number"
    return f"""
    create table lines as
        select * replace (case when reason is not null or notice is not null then line end as line)
        from (
            select *, case when reason is null then {notice_sql(contract)} end as notice
            from (
                select * exclude (malformed, extract_date), {reason_sql(contract)} as reason,
                    {source_key_sql(contract)} as source_key
                from ({dated})
            )
        )
        {in_order};"""


def source_key_sql(contract: Contract) -> str:
    """The contract's key; without one, what the row says and which of the rows that say so it is."""
    if contract.key:
        return identifier(contract.key)
    values = ", ".join(f"coalesce({field.column}, '')" for field in contract.fields)
    return f"md5(concat_ws(chr(31), {values})) || '-' || row_number() over (partition by {values} order by line_number)"


def _counted(connection: duckdb.DuckDBPyConnection, contract: Contract, extract_date: date) -> ParseResult:
    told = "select reason, count(*), list(line_number order by line_number)[:5] from lines where reason is not null"
    found = connection.execute(f"{told} group by all order by all").fetchall()
    reasons = {reason: count for reason, count, _ in found}
    first_lines = {reason: tuple(numbers) for reason, _, numbers in found}
    rows_in = connection.execute("select count(*) from lines").fetchall()[0][0]
    refused = sum(reasons.values())
    against = f"select count(*) from lines where reason is not null and {counts_against_bound_sql(contract)}"
    told = "select notice, count(*) from lines where reason is null and notice is not null group by all order by all"
    return ParseResult(
        extract_date, rows_in, rows_in - refused, refused, reasons, first_lines,
        rows_against_bound=connection.execute(against).fetchall()[0][0],
        notices=dict(connection.execute(told).fetchall()),
    )  # fmt: skip


def _bounded(result: ParseResult, contract: Contract, announced: int) -> None:
    delivery, day = contract.delivery, result.extract_date
    if announced != result.rows_in:
        raise ExtractRejected(said(contract, day, f"{result.rows_in} rows found, {announced} announced"))
    if result.rows_in < delivery.min_rows:
        raise ExtractRejected(
            said(contract, day, f"{result.rows_in} rows found, at least {delivery.min_rows} expected")
        )
    if result.rows_against_bound > delivery.max_quarantine_share * result.rows_in:
        reasons = ", ".join(
            f"{reason} {count}, first in line {result.first_lines[reason][0]}"
            for reason, count in result.reasons.items()
        )
        found = f"{result.rows_quarantined} of {result.rows_in} rows break the contract ({reasons})"
        raise ExtractRejected(said(contract, day, f"{found}, {delivery.max_quarantine_share:.1%} at most allowed"))


def _write(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date, area: str
) -> None:
    """The rows of quarantine or raw, in the order of their lines; the raw file, written last, says that all is done."""
    names = ", ".join(field.column for field in contract.fields)
    queries = {
        # What could be read of a refused line stays beside it: a withdrawal in it counts (`raw_tables.py`).
        "quarantine": "select line_number, reason, line as original_line, "
        f"struct_pack({', '.join(f'{field.column} := {field.column}' for field in contract.fields)}) as fields "
        "from lines where reason is not null",
        "raw": f"select {names}, source_key as _source_key, line_number as _line_number, "
        f"date '{extract_date}' as _extract_date from lines where reason is null",
    }
    final = partition_dir(home, area, contract, extract_date)
    staging = final.with_name(f".{final.name}.part")
    for leftover in (staging, final):
        shutil.rmtree(leftover, ignore_errors=True)
    staging.mkdir(parents=True)
    connection.execute(f"copy ({queries[area]}) to {literal(str(staging / DATA))} (format parquet, compression zstd)")
    write_sum(staging)
    staging.rename(final)
