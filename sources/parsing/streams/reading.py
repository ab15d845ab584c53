"""The interface between readers and parser: a landed original as a stream of Arrow batches, and a query."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sources.contracts.contract import Contract
from sources.parsing.streams.archive import open_member
from sources.parsing.streams.stretches import Bytes


@dataclass(frozen=True)
class Original:
    """A landed file; of a ZIP, the one file in it."""

    path: Path
    is_zipped: bool = False

    def open(self) -> AbstractContextManager[Bytes]:
        """Open the file at its beginning; it may be opened several times."""
        return open_member(self.path) if self.is_zipped else self.path.open("rb")


@dataclass(frozen=True)
class Reading:
    """Batches to be read once, and the query on them under the name `original`.

    The query gives one row per line: line_number, line, malformed (a reason or null), each field as trimmed text or
    null.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    query: str


def trimmed(contract: Contract, values: dict[str, str] | None = None) -> str:
    """SQL of the contract's fields as trimmed text or null; `values` has the SQL of a field if not its column."""
    columns = ((field, (values or {}).get(field.name, field.column)) for field in contract.fields)
    return ", ".join(f"nullif(trim({value}), '') as {field.column}" for field, value in columns)


def in_batches(table: pa.Table, rows: int) -> Iterator[pa.RecordBatch]:
    """The batches of a table, each with at most so many rows."""
    yield from table.combine_chunks().to_batches(max_chunksize=rows)
