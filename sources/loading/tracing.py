"""From a record of the hub back to the line of the landed extract that says it; whoever asks must have said why.

What the hub made of the line is not known here.
"""

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
from sources.quarantine.releases import take_in


class NotTraced(SourceError):
    """No extract that is kept tells the record."""


@dataclass(frozen=True)
class SourceLine:
    """Where a record stands: personal data, as it came."""

    source: str
    extract_date: date
    file: Path
    line_number: int
    original_line: str | None


def trace(home: Path, contracts: Mapping[str, Contract], source: str, key: str, business_date: date) -> SourceLine:
    """The last line up to a business date that tells a record of a source, in its extracts or in its variations'.

    `key` is the record's key in its source, where a row names several people, with the role after a `#`.

    Raises:
        NotTraced: none tells it.
    """
    whole, _, _ = key.partition("#")
    contract = contracts[source]
    tellers = [(contract, "_source_key")]
    if contract.delivery.variations:
        tellers.append((contracts[contract.delivery.variations], identifier(contract.key or "_source_key")))
    told = [line for one, column in tellers if (line := _last(home, one, column, whole, business_date))]
    if not told:
        raise NotTraced(f"{source}: no extract up to {business_date} in {home / 'raw'} has that record")
    teller, day, number = max(told, key=lambda line: (line[1], line[2]))
    file = landed_file(landing_dir(home, teller, day))
    return SourceLine(teller.source, day, file, number, original_line(home, teller, day, number))


def _last(
    home: Path, contract: Contract, column: str, key: str, business_date: date
) -> tuple[Contract, date, int] | None:
    """The last extract of a source that tells a record, and the line's number in it; released rows count, too."""
    days = good_extracts(home, contract, business_date)
    if contract.delivery.kind == "snapshot":
        days = days[-1:]
    if not days:
        return None
    files = [str(partition_dir(home, "raw", contract, day) / DATA) for day in days]
    with duckdb.connect(":memory:") as connection:
        take_in(connection, home, contract, days, business_date)
        row = connection.execute(
            "select _extract_date, _line_number from ("
            "from read_parquet($files, hive_partitioning = false) union all by name from released)"
            f" where {column} = $key order by all desc limit 1",
            {"files": files, "key": key},
        ).fetchone()
    return (contract, row[0], int(row[1])) if row else None


def original_line(home: Path, contract: Contract, extract_date: date, line_number: int) -> str | None:
    """A line of a landed extract as it came, or as its form's reader numbers and writes it; None where it has no such.

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
