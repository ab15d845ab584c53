"""A landed extract in DuckDB under the name `original`; what goes wrong with it is the file's fault, and is said so.

What becomes of its rows is decided in `parse.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from sources.base.errors import ExtractRejected, UnreadableExtract
from sources.contracts.contract import Contract
from sources.landing.receipts import landed_file
from sources.parsing.readers import delimited, fixed_width, geojson, json_lines, parquet_rows, spreadsheet, xml_records
from sources.parsing.streams.reading import Original, Reading

_READERS: dict[str, Callable[[Original, Contract], Reading]] = {
    "delimited": delimited.read,
    "fixed_width": fixed_width.read,
    "geojson": geojson.read,
    "json_lines": json_lines.read,
    "parquet": parquet_rows.read,
    "xlsx": spreadsheet.read,
    "xml": xml_records.read,
}

# What the database says of values, not of its own memory or disk.
_OF_VALUES = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
)


def read(file: Path, contract: Contract) -> Reading:
    """What the reader of a contract's format makes of a file."""
    original = Original(file, is_zipped=contract.delivery.archive == "zip")
    return _READERS[contract.delivery.format](original, contract)


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date
) -> Iterator[str]:
    """The extract in the database as `original`, to be read once, and the query that cuts its rows.

    Whatever a reader or the database stumbles over is the file's own fault.
    """
    stumbled: list[Exception] = []
    try:
        reading = read(landed_file(directory), contract)
        batches = pa.RecordBatchReader.from_batches(reading.schema, _kept_error(reading.batches, stumbled))
        connection.register("original", batches)
        try:
            yield reading.query
        finally:
            connection.unregister("original")
    except Exception as error:  # whatever a file makes a reader raise is judged there, and nothing is swallowed
        raise _judged(stumbled[0] if stumbled else error, contract, extract_date) from None


def _kept_error(batches: Iterator[pa.RecordBatch], stumbled: list[Exception]) -> Iterator[pa.RecordBatch]:
    """The batches; the database makes of a reader's error one of its own, so that it is kept here."""
    try:
        yield from batches
    except Exception as error:  # it goes on; the database only wraps it
        stumbled.append(error)
        raise


def _judged(error: Exception, contract: Contract, extract_date: date) -> Exception:
    """What to raise for an error that a file made a reader or the database raise; its words may quote a row.

    Of a kind that is not foreseen it rejects the extract, or every night would fail. What the machine lacks is no fault
    of the file.
    """
    if isinstance(error, UnreadableExtract):
        return ExtractRejected(said(contract, extract_date, str(error)))
    is_of_the_machine = isinstance(error, MemoryError | OSError) or (
        isinstance(error, duckdb.Error) and not isinstance(error, _OF_VALUES)
    )
    return error if is_of_the_machine else ExtractRejected(said(contract, extract_date, _unreadable(contract, error)))


def _unreadable(contract: Contract, error: Exception) -> str:
    return f"it can't be read as {contract.delivery.format} ({type(error).__name__})"


def said(contract: Contract, extract_date: date, what: str) -> str:
    """The message of a rejection."""
    remedy = "correct it at the source and deliver it again under the same file name"
    return f"{contract.source}: the extract of {extract_date} was rejected: {what}; {remedy}"
