"""Reads a landed extract in DuckDB under the name `original`. An error of its content rejects the extract.

`parse.py` decides what is done with its rows.
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

# DuckDB's errors about values; its other errors are about its own memory or disk.
_VALUE_ERRORS = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
)

_REJECTED = " was rejected: "
_REMEDY = "correct it at the source and deliver it again under the same file name"
# What the messages about a delivered extract say, and what they say of one that is not delivered yet.
_BEFORE = {
    _REJECTED: " would be rejected: ",
    _REMEDY: "correct it at the source before you deliver it",
    " was not taken: ": " would not be taken: ",
}


def read(file: Path, contract: Contract) -> Reading:
    """Read a file with the reader of the contract's format."""
    original = Original(file, is_zipped=contract.delivery.archive == "zip")
    return _READERS[contract.delivery.format](original, contract)


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, directory: Path, contract: Contract, extract_date: date
) -> Iterator[str]:
    """Register the extract in the database as `original`, to be read once, and give the query of its rows.

    Raises:
        ExtractRejected: a reader or the database can't read the file.
    """
    reader_errors: list[Exception] = []
    try:
        reading = read(landed_file(directory), contract)
        batches = pa.RecordBatchReader.from_batches(reading.schema, _record_errors(reading.batches, reader_errors))
        connection.register("original", batches)
        try:
            yield reading.query
        finally:
            connection.unregister("original")
    except Exception as error:  # each error is translated and raised
        raise _translated(reader_errors[0] if reader_errors else error, contract, extract_date) from None


def _record_errors(batches: Iterator[pa.RecordBatch], errors: list[Exception]) -> Iterator[pa.RecordBatch]:
    """The batches; a reader's error is added to `errors`, because DuckDB replaces it with its own error."""
    try:
        yield from batches
    except Exception as error:  # it is raised again, and DuckDB wraps it
        errors.append(error)
        raise


def _translated(error: Exception, contract: Contract, extract_date: date) -> Exception:
    """What to raise for an error of a reader or of the database; the error's own message may contain a row.

    An unexpected error rejects the extract; otherwise every night would fail. Errors of the machine are not the file's
    fault and stay as they are.
    """
    if isinstance(error, UnreadableExtract):
        return ExtractRejected(rejection_message(contract, extract_date, str(error)))
    is_of_the_machine = isinstance(error, MemoryError | OSError) or (
        isinstance(error, duckdb.Error) and not isinstance(error, _VALUE_ERRORS)
    )
    if is_of_the_machine:
        return error
    return ExtractRejected(rejection_message(contract, extract_date, _unreadable(contract, error)))


def _unreadable(contract: Contract, error: Exception) -> str:
    return f"it can't be read as {contract.delivery.format} ({type(error).__name__})"


def rejection_message(contract: Contract, extract_date: date, cause: str) -> str:
    """The message of a rejection."""
    return f"{contract.source}: the extract of {extract_date}{_REJECTED}{cause}; {_REMEDY}"


def before_delivery(message: str) -> str:
    """The message about an extract that would be refused, because it is not delivered yet."""
    for after, before in _BEFORE.items():
        message = message.replace(after, before)
    return message
