"""Finds the line of a landed extract for a record of the hub. The caller has recorded who looks and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sources.base.errors import SourceError
from sources.base.sql import identifier
from sources.contracts.contract import Contract
from sources.landing.receipts import landed_file, landing_dir
from sources.parsing.original import registered
from sources.parsing.raw_files import DATA, good_extracts, partition_dir
from sources.quarantine.releases import load_released_rows


class NotTraced(SourceError):
    """No kept extract contains the record."""


@dataclass(frozen=True)
class SourceLine:
    """The place of a record, and its line as the source delivered it: personal data."""

    source: str
    extract_date: date
    file: Path
    line_number: int
    original_line: str | None


def trace(home: Path, contracts: Mapping[str, Contract], source: str, key: str, business_date: date) -> SourceLine:
    """Find the last line of a record up to a business date, in its source's extracts or in their variations.

    Args:
        home: a `$FIL_HOME`.
        contracts: by source.
        source: of the record.
        key: the record's key in its source; if a row names several people, with the role after a `#`.
        business_date: the last extract date to search.

    Raises:
        NotTraced: no kept extract has the record.
    """
    row_key, _, _ = key.partition("#")
    contract = contracts[source]
    searched = [(contract, "_source_key")]
    if contract.delivery.variations:
        searched.append((contracts[contract.delivery.variations], identifier(contract.key or "_source_key")))
    lines = [line for other, column in searched if (line := _last(home, other, column, row_key, business_date))]
    if not lines:
        raise NotTraced(f"{source}: no extract up to {business_date} in {home / 'raw'} has that record")
    line_contract, day, number = max(lines, key=lambda line: (line[1], line[2]))
    file = landed_file(landing_dir(home, line_contract, day))
    return SourceLine(line_contract.source, day, file, number, original_line(home, line_contract, day, number))


def _last(
    home: Path, contract: Contract, column: str, key: str, business_date: date
) -> tuple[Contract, date, int] | None:
    """The last extract with a record, and the number of its line there; released rows are searched, too."""
    days = good_extracts(home, contract, business_date)
    if contract.delivery.kind == "snapshot":
        days = days[-1:]
    if not days:
        return None
    files = [str(partition_dir(home, "raw", contract, day) / DATA) for day in days]
    with duckdb.connect(":memory:") as connection:
        load_released_rows(connection, home, contract, days, business_date)
        row = connection.execute(
            "select _extract_date, _line_number from ("
            "from read_parquet($files, hive_partitioning = false) union all by name from released)"
            f" where {column} = $key order by all desc limit 1",
            {"files": files, "key": key},
        ).fetchone()
    return (contract, row[0], int(row[1])) if row else None


def original_line(home: Path, contract: Contract, extract_date: date, line_number: int) -> str | None:
    """Read a line of a landed extract, as its format's reader numbers and writes it; None if there is no such line.

    Raises:
        ExtractRejected: the file can't be read any more.
    """
    directory = landing_dir(home, contract, extract_date)
    with (
        duckdb.connect(":memory:") as connection,
        registered(connection, directory, contract, extract_date) as query,
    ):
        row = connection.execute(f"select line from ({query}) where line_number = {line_number:d}").fetchone()
    return str(row[0]) if row else None
