"""Normalises a file of mentions with the macros and models that a night uses for the mentions of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from matching.records.mention_file import FILE_ROWS, RECORD_ID, SOURCE_MENTIONS, read_mentions
from orchestration.dbt.models_alone import render_macro, render_models
from orchestration.home.settings import DBT_PROJECT_DIR

_MODELS = ("int_documents", "int_mention_values", "int_shared_contacts", "int_person_mentions")
_SEED = "placeholder_documents"
# Columns that may have unreadable values, with their names in messages.
READ_COLUMNS = {
    "document": "documents",
    "birth_date": "birth dates",
    "sex": "sexes",
    "postcode": "postcodes",
    "email": "e-mails",
    "phone": "telephones",
}


@dataclass(frozen=True)
class FileNotes:
    """What was not used of a file: unknown columns, and by column how many values can't be read."""

    rows: int
    unknown_columns: tuple[str, ...]
    unread: Mapping[str, int]


def write_mentions(connection: duckdb.DuckDBPyConnection, path: Path, registers: Sequence[str]) -> FileNotes:
    """Read a CSV or Parquet file of mentions; `registers` are sources that list each person once.

    Reads: the file.
    Writes: `work.intermediate.int_source_mentions`, one row per record.

    Raises:
        MentionFileError: the file is neither CSV nor Parquet, or its record ids are missing, empty or repeated.
    """
    unknown = read_mentions(connection, path, registers)
    connection.execute("create schema if not exists work.intermediate")
    query = render_macro("mentions_of_file", FILE_ROWS, "$registers")
    connection.execute(f"create or replace table {SOURCE_MENTIONS} as {query}", {"registers": list(registers)})
    names = [name for name in READ_COLUMNS if name != "document"]
    unread = ", ".join(f"count(file.{name}) - count(mentions.{name})" for name in names)
    rows, *counts = connection.execute(
        f"select count(*), {unread} from {FILE_ROWS} as file "
        f"inner join {SOURCE_MENTIONS} as mentions on file.{RECORD_ID} = mentions.source_key"
    ).fetchall()[0]
    connection.execute(f"drop table {FILE_ROWS}")
    return FileNotes(rows, tuple(unknown), dict(zip(names, counts, strict=True)))


def normalise_mentions(connection: duckdb.DuckDBPyConnection) -> int:
    """Normalise the mentions of a file; return how many documents can't be read.

    Reads: `work.intermediate.int_source_mentions`, of which only the ids and keys are left.
    Writes: `work.intermediate.int_person_mentions`, one row per mention.
    """
    names = (SOURCE_MENTIONS.rpartition(".")[2], _SEED, *_MODELS)
    relations = {name: f"work.intermediate.{name}" for name in names}
    connection.execute(
        f"create table {relations[_SEED]} as from read_csv($1, all_varchar = true)",
        [str(DBT_PROJECT_DIR / "seeds" / f"{_SEED}.csv")],
    )
    for statement in render_models(_MODELS, relations):
        connection.execute(statement)
    unread: int = connection.execute(
        f"select count(*) from {SOURCE_MENTIONS} as mentions anti join {relations['int_documents']} as documents "
        "on mentions.document_raw = documents.document_raw "
        "and coalesce(document_declared_type, 'NONE') = declared_type where mentions.document_raw is not null"
    ).fetchall()[0][0]
    # They are dropped, because each would keep another copy of all mentions.
    for name in (_SEED, *_MODELS[:-1]):
        connection.execute(f"drop table {relations[name]}")
    connection.execute(
        f"create or replace table {SOURCE_MENTIONS} as select mention_id, source_key from {SOURCE_MENTIONS}"
    )
    return unread
