"""A landed original as a stream of Arrow batches, which is all that a reader gives and all that the parser takes.

How a format's batches are made is in the format's own module.
"""

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
        """Its bytes from the beginning, as often as they are asked for."""
        return open_member(self.path) if self.is_zipped else self.path.open("rb")


@dataclass(frozen=True)
class Reading:
    """Batches to be read once, and the query that cuts them under the name `original`.

    The query gives (line_number, line, malformed, every field as trimmed text or null).
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    query: str


def trimmed(contract: Contract, values: dict[str, str] | None = None) -> str:
    """The contract's fields as trimmed text or null, each of its own column unless `values` has SQL for it."""
    columns = ((field, (values or {}).get(field.name, field.column)) for field in contract.fields)
    return ", ".join(f"nullif(trim({value}), '') as {field.column}" for field, value in columns)


def in_batches(table: pa.Table, rows: int) -> Iterator[pa.RecordBatch]:
    """A table that is in memory already, in batches of so many rows."""
    yield from table.combine_chunks().to_batches(max_chunksize=rows)
