"""Writes the corrections file: what earlier deliveries carried under an id that a night changed."""

from pathlib import Path

import duckdb

from exports.delivery.manifest import FileEntry, describe_file
from exports.delivery.writers import write_rows
from sources.base.sql import literal

CORRECTIONS = "corrections.csv"


def write_corrections(connection: duckdb.DuckDBPyConnection, target: str, directory: Path) -> FileEntry:
    """Write a target's rows of temp table `corrections` (`ledger.find_corrections`) to the directory of a delivery."""
    path = directory / CORRECTIONS
    columns = "recipient_id, event, ids_now, file, first_date, last_date"
    relation = f"(select {columns} from temp.corrections where target = {literal(target)})"
    order = ", ".join(f"rows.{column}" for column in columns.split(", "))
    write_rows(connection, relation, order, "csv", path)
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return describe_file(path, int(row[0]) if row else 0)
