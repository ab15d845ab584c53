"""Noticed rows: good rows that break a rule with severity `warn`. They are used, and kept for a check.

They are written beside the quarantined rows. `look_ups.py` shows their lines.
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import duckdb

from sources.base.errors import ExtractDamaged
from sources.base.sql import literal
from sources.contracts.contract import Contract
from sources.parsing.raw_files import NOTICED, partition_dir
from sources.parsing.rules import WITHDRAWAL


def write_noticed(connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date) -> None:
    """Write the noticed rows to a file with the columns of quarantined rows; without such rows, write no file.

    Reads: table `lines`.
    Writes: `NOTICED` (line_number, reason, original_line, fields), one row per noticed row.
    """
    fields = ", ".join(f"{field.column} := {field.column}" for field in contract.fields)
    query = (
        f"select line_number, notice as reason, line as original_line, struct_pack({fields}) as fields "
        "from lines where reason is null and notice is not null"
    )
    if connection.execute(f"select count(*) from ({query})").fetchall()[0][0]:
        final = _file(home, contract, extract_date)
        temporary = final.with_name(f".{NOTICED}")
        connection.execute(f"copy ({query}) to {literal(str(temporary))} (format parquet, compression zstd)")
        temporary.rename(final)


def warn_of(contract: Contract, extract_date: date, notices: Mapping[str, int]) -> tuple[str, ...]:
    """The warning about the noticed rows of an extract by their reasons; none if there are no such rows."""
    if not notices:
        return ()
    counts = ", ".join(f"{count} {notice}" for notice, count in notices.items())
    return (
        f"{contract.source}: rows of the extract of {extract_date} that are used but need a check: {counts}; "
        f"`fil quarantine show {contract.source} {extract_date}` shows their lines",
    )


def count_noticed(home: Path, contract: Contract, extract_date: date) -> dict[str, int]:
    """Count the noticed rows of an extract by reason.

    Raises:
        ExtractDamaged: their file can't be read.
    """
    path = _file(home, contract, extract_date)
    if not path.exists():
        return {}
    query = "select reason, count(*) from read_parquet($file, hive_partitioning = false) group by all order by all"
    try:
        return dict(duckdb.execute(query, {"file": str(path)}).fetchall())
    except duckdb.Error:
        raise _damaged(home, contract, extract_date) from None


def withdrawals_of_nobody(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_dates: Collection[date]
) -> tuple[str, ...]:
    """The nightly warnings about withdrawals that name nobody, until a later extract has these rows again.

    Reads: the noticed rows of the extracts; the source's raw table.

    Args:
        connection: to the work database.
        home: a `$FIL_HOME`.
        contract: the source's contract.
        extract_dates: of the extracts in use.

    Raises:
        ExtractDamaged: the file of an extract's noticed rows can't be read.
    """
    if contract.withdraws is None:
        return ()
    warnings = []
    for day in extract_dates:
        path = _file(home, contract, day)
        if not path.exists():
            continue
        query = (
            f"select count(*) from read_parquet($file, hive_partitioning = false) as noticed "
            f"where starts_with(reason, '{WITHDRAWAL}') and not exists (from work.raw.{contract.relation} as good "
            f"where good._source_key = noticed.fields.{contract.key} and good._extract_date > $day)"
        )
        try:
            ((count,),) = connection.execute(query, {"file": str(path), "day": day}).fetchall()
        except duckdb.Error:
            raise _damaged(home, contract, day) from None
        if count:
            warnings.append(
                f"{contract.source}: WITHDRAWALS OF NOBODY: {count} in the extract of {day} do not say in a readable "
                "way who withdraws, so Fil still writes to these people; "
                f"`fil quarantine show {contract.source} {day}` shows their lines: ask its owner to send them again"
            )
    return tuple(warnings)


def _file(home: Path, contract: Contract, extract_date: date) -> Path:
    return partition_dir(home, "quarantine", contract, extract_date) / NOTICED


def _damaged(home: Path, contract: Contract, extract_date: date) -> ExtractDamaged:
    raw = partition_dir(home, "raw", contract, extract_date)
    path = _file(home, contract, extract_date)
    return ExtractDamaged(f"{path} is damaged: remove {raw}; the next night parses that extract again")
