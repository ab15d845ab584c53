"""Keeps how common values are with the model that was trained on them, so that it gives new records the same scores.

A value that very few mentions have could identify a person, so it is not written.
"""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker

from matching.model.model_file import ModelError
from matching.relations import RECORDS
from sources.base.sql import literal

# As in every published figure, values of fewer than five mentions are not shown. Such a value counts as one of four.
_FEWEST_BEARERS = 5


def frequency_columns(model: dict[str, Any]) -> Collection[str]:
    """The columns of the records whose frequencies the model uses."""
    levels = (level for comparison in model["comparisons"] for level in comparison["comparison_levels"])
    return sorted({str(level["tf_adjustment_column"]) for level in levels if level.get("tf_adjustment_column")})


def frequencies_path(model_path: Path) -> Path:
    """The file of a model's frequencies; a shipped model has none, and uses those of the records."""
    return model_path.with_suffix(".frequencies.parquet")


def write_frequencies(connection: duckdb.DuckDBPyConnection, model: dict[str, Any], path: Path) -> str:
    """Write how common values are, readable only by the user; return the file's sha256.

    Reads: `RECORDS`.
    Writes: a Parquet file (column_name, value, frequency as a share), one row per column and value, and one per column
    with a null value for all rarer values.
    """
    parts = [
        f"""
        select '{column}' as column_name, {column}::varchar as value, count(*) / total as frequency
        from {RECORDS}, (select count({column}) as total from {RECORDS}) where {column} is not null
        group by {column}, total having count(*) >= {_FEWEST_BEARERS}
        union all
        select '{column}', null, {_FEWEST_BEARERS - 1} / count({column}) from {RECORDS} having count({column}) > 0
        """
        for column in frequency_columns(model)
    ]
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    connection.execute(
        f"copy (select * from ({' union all '.join(parts)}) order by all) to {literal(str(fresh))} (format parquet)"
    )
    fresh.chmod(0o600)
    fresh.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def register_frequencies(
    connection: duckdb.DuckDBPyConnection, linker: Linker, database: DuckDBAPI, model: dict[str, Any], model_path: Path
) -> None:
    """Give a linker the frequencies of its model, if they were kept.

    Raises:
        ModelError: they are not those that the model was trained with.
    """
    for column, table in create_frequency_tables(connection, model, model_path).items():
        linker.table_management.register_term_frequency_lookup(database.register(table), column)


def create_frequency_tables(
    connection: duckdb.DuckDBPyConnection, model: dict[str, Any], model_path: Path
) -> dict[str, str]:
    """Read the frequencies of a model into tables; return the table of each column.

    Reads: `RECORDS` and the file beside the model.
    Writes: for each column a temporary table (the column, tf_<column> as a share), one row per value.

    Raises:
        ModelError: they are not those that the model was trained with.
    """
    path = frequencies_path(model_path)
    expected = json.loads(model_path.read_text(encoding="utf-8"))["training"].get("frequencies_sha256")
    if expected is None:
        return {}
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        raise ModelError(
            f"{path} is not the file that {model_path.name} was trained with; restore it, or train another model"
        )
    tables = {column: f"frequencies_of_{column}" for column in frequency_columns(model)}
    for column, table in tables.items():
        connection.execute(
            f"""
            create or replace temp table {table} as
            with kept as (
                select value, frequency from read_parquet({literal(str(path))}) where column_name = '{column}'
            )
            select {column}, coalesce(kept.frequency, rare.frequency) as tf_{column}
            from (select distinct {column} from {RECORDS} where {column} is not null)
            left join kept on {column} = kept.value
            left join (select frequency from kept where value is null) as rare on true
            """
        )
    return tables
