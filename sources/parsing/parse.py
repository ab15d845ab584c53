"""Parses a landed original under its contract: each line goes to raw Parquet or to quarantine.

`rules.py` has the rules for single rows; the modules in `readers/` split the lines into fields.
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
from sources.base.wording import counted
from sources.contracts.contract import Contract
from sources.landing.land import REJECTED
from sources.landing.receipts import is_intact, landed_dates, landed_file, landing_dir, read_receipt
from sources.parsing.noticed import warn_of, write_noticed
from sources.parsing.original import registered, rejection_message
from sources.parsing.raw_files import DATA, partition_dir, write_sum
from sources.parsing.readable import READABLE
from sources.parsing.rejections import reject, rejection
from sources.parsing.rules import counts_against_bound_sql, notice_sql, reason_sql
from sources.parsing.volume import judge_volume

_CHANGED = "its original was changed after it landed"
# The reason of the good rows of a rejected extract; they go to quarantine if their withdrawals take effect.
OF_REJECTED = "rejected_extract"
_AREAS = ("quarantine", "raw")


def _quarantine_repeated_sql(contract: Contract) -> str:
    """Of equal rows the first one is used; different rows with the same key all go to quarantine."""
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
    """The counts of an extract's rows, and the first lines of each reason; `rejected` is why it is not used."""

    extract_date: date
    rows_in: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first_lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rejected: str | None = None
    warnings: tuple[str, ...] = ()
    # The quarantined rows that are compared with the contract's bound, and the noticed rows by reason.
    rows_against_bound: int = 0
    notices: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ParseBound:
    """The memory that a parse's database may use, in bytes, and the directory for the rest."""

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
    """Parse the landed extracts up to the business date that are neither parsed nor rejected under this contract.

    Args:
        home: a `$FIL_HOME`.
        contract: the source's contract.
        business_date: of the night.
        is_announced: whether to compare the number of rows with the control file's.
        bound: memory and disk for the database.
    """
    results: list[ParseResult] = []
    if contract.gap(business_date):
        return results
    for extract_date in landed_dates(home, contract, business_date):
        # Both files must exist: quarantined rows may contain a withdrawal.
        is_parsed = all((partition_dir(home, area, contract, extract_date) / DATA).exists() for area in _AREAS)
        if not is_parsed and not rejection(home, contract, extract_date):
            results.append(_parse_or_reject(home, contract, extract_date, is_announced, bound))
    return results


def _parse_or_reject(
    home: Path, contract: Contract, extract_date: date, is_announced: bool, bound: ParseBound | None
) -> ParseResult:
    try:
        result = parse_extract(home, contract, extract_date, is_announced=is_announced, bound=bound)
    except ExtractRejected as error:
        reject(home, contract, extract_date, str(error))
        return ParseResult(extract_date, rejected=str(error))
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

    Reads: the original.
    Writes: the raw file, one row per good row; the quarantine file, one row per quarantined row, also if the extract is
    rejected. For a source with consents or protections, the quarantine file of a rejected extract has all its rows,
    because its withdrawals and protections apply until the corrected extract lands.

    Args:
        home: a `$FIL_HOME`.
        contract: the source's contract.
        extract_date: of the extract.
        is_announced: whether to compare the number of rows with the control file's.
        bound: memory and disk for the database; readers hold some more megabytes.

    Raises:
        ExtractRejected: the original changed after it landed, its number of rows is below the contract's minimum or
            differs from the announced one, or too many of its rows are quarantined.
    """
    directory = landing_dir(home, contract, extract_date)
    state = _state(directory)
    if not is_intact(directory):
        raise ExtractRejected(rejection_message(contract, extract_date, _CHANGED))
    with _database(bound) as connection:
        try:
            _create_lines(connection, directory, contract, extract_date)
        finally:
            if _state(directory) != state:
                raise ExtractRejected(rejection_message(contract, extract_date, _CHANGED))
        result = _result(connection, contract, extract_date)
        _write(connection, home, contract, extract_date, "quarantine")
        receipt = read_receipt(directory)
        try:
            _check_bounds(result, contract, receipt["rows"] if is_announced else result.rows_in)
            is_confirmed = receipt["is_volume_confirmed"]
            warnings = () if is_confirmed else judge_volume(home, contract, extract_date, result.rows_in)
        except ExtractRejected:
            if contract.read_in_quarantine:
                _quarantine_all(connection, directory, contract, extract_date)
                _write(connection, home, contract, extract_date, "quarantine")
            raise
        write_noticed(connection, home, contract, extract_date)
        _write(connection, home, contract, extract_date, "raw")
    return replace(result, warnings=(*warnings, *warn_of(contract, extract_date, result.notices)))


def _state(directory: Path) -> tuple[int, ...]:
    """Attributes of the original that change if anybody writes to it."""
    try:
        stat = landed_file(directory).stat()
    except FileNotFoundError:
        return ()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@contextmanager
def _database(bound: ParseBound | None) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {}
    if bound is not None:
        settings |= {"memory_limit": f"{bound.memory_bytes}B", "temp_directory": str(bound.temp_directory)}
    with duckdb.connect(":memory:", config=settings) as connection:
        # This optimizer turns a long list of codes into a join, which would change the order of the lines.
        connection.execute("set disabled_optimizers = 'in_clause'")
        connection.execute(READABLE)
        yield connection


def _create_lines(
    connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date
) -> None:
    """Write table `lines`, one row per line, with its reason; quarantined rows also have the original line."""
    with registered(connection, directory, contract, extract_date) as query:
        connection.execute(_lines_sql(query, contract, extract_date))
    connection.execute(_quarantine_repeated_sql(contract))
    if connection.execute("select count(*) from repeated").fetchall()[0][0]:
        _add_lines(connection, directory, contract, extract_date)


def _quarantine_all(
    connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date
) -> None:
    """Quarantine the good rows of a rejected extract, too."""
    connection.execute(f"update lines set reason = '{OF_REJECTED}' where reason is null")
    _add_lines(connection, directory, contract, extract_date)


def _add_lines(connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date) -> None:
    """Read the original lines of rows that got their reason later; this costs less than to keep all lines."""
    with registered(connection, directory, contract, extract_date) as query:
        connection.execute(_missing_lines_sql(query))


def _missing_lines_sql(query: str) -> str:
    # DuckDB does not know how many rows `original` has: without this setting it might hold them all in memory.
    return f"""
    set disabled_optimizers = 'in_clause, join_order, build_side_probe_side';
    create or replace table again as
        select rows.line_number, rows.line
        from ({query}) as rows
        join (select line_number from lines where reason is not null and line is null) as wanted
            on rows.line_number = wanted.line_number;
    set disabled_optimizers = 'in_clause';
    update lines set line = again.line from again where lines.line_number = again.line_number;"""


def _lines_sql(query: str, contract: Contract, extract_date: date) -> str:
    dated = f"select *, date '{extract_date}' as extract_date from ({query})"
    # Without a key, the window function in `source_key_sql` changes the order of the rows.
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
    """The contract's key; without one, a hash of the row's values and the row's number among equal rows."""
    if contract.key:
        return identifier(contract.key)
    values = ", ".join(f"coalesce({field.column}, '')" for field in contract.fields)
    return f"md5(concat_ws(chr(31), {values})) || '-' || row_number() over (partition by {values} order by line_number)"


def _result(connection: duckdb.DuckDBPyConnection, contract: Contract, extract_date: date) -> ParseResult:
    query = "select reason, count(*), list(line_number order by line_number)[:5] from lines where reason is not null"
    reason_rows = connection.execute(f"{query} group by all order by all").fetchall()
    reasons = {reason: count for reason, count, _ in reason_rows}
    first_lines = {reason: tuple(numbers) for reason, _, numbers in reason_rows}
    rows_in = connection.execute("select count(*) from lines").fetchall()[0][0]
    quarantined = sum(reasons.values())
    bound_query = f"select count(*) from lines where reason is not null and {counts_against_bound_sql(contract)}"
    query = "select notice, count(*) from lines where reason is null and notice is not null group by all order by all"
    return ParseResult(
        extract_date, rows_in, rows_in - quarantined, quarantined, reasons, first_lines,
        rows_against_bound=connection.execute(bound_query).fetchall()[0][0],
        notices=dict(connection.execute(query).fetchall()),
    )  # fmt: skip


def _check_bounds(result: ParseResult, contract: Contract, announced: int) -> None:
    delivery, day = contract.delivery, result.extract_date
    if announced != result.rows_in:
        raise ExtractRejected(
            rejection_message(contract, day, f"{counted(result.rows_in, 'row')} found, {announced} announced")
        )
    if result.rows_in < delivery.min_rows:
        raise ExtractRejected(
            rejection_message(
                contract, day, f"{counted(result.rows_in, 'row')} found, at least {delivery.min_rows} expected"
            )
        )
    if result.rows_against_bound > delivery.max_quarantine_share * result.rows_in:
        reasons = ", ".join(
            f"{reason} {count}, first in line {result.first_lines[reason][0]}"
            for reason, count in result.reasons.items()
        )
        count = f"{result.rows_quarantined} of {result.rows_in} rows break the contract ({reasons})"
        cause = f"{count}, {delivery.max_quarantine_share:.1%} at most allowed"
        raise ExtractRejected(rejection_message(contract, day, cause))


def _write(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date, area: str
) -> None:
    """Write the rows of an area, quarantine or raw, in the order of their lines. The raw file is written last."""
    names = ", ".join(field.column for field in contract.fields)
    queries = {
        # The fields that could be read are kept beside the line, because a withdrawal in them applies.
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
