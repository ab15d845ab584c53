"""A file of mentions, normalised by the macros and models by which the night normalises the mentions of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from matching.records.mention_file import FILE_ROWS, RECORD_ID, SOURCE_MENTIONS, read_mentions
from orchestration.dbt.models_alone import render_macro, render_models
from orchestration.home.settings import DBT_PROJECT_DIR

_MODELS = ("int_documents", "int_mention_values", "int_shared_contacts", "int_person_mentions")
_SEED = "placeholder_documents"
# Columns of which a value may be unreadable, as a reader of the command's messages knows them.
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
    """What was passed over in a file: columns that mean nothing here, and by column how many values can't be read."""

    rows: int
    unknown_columns: tuple[str, ...]
    unread: Mapping[str, int]


def write_mentions(connection: duckdb.DuckDBPyConnection, path: Path, registers: Sequence[str]) -> FileNotes:
    """Write `work.intermediate.int_source_mentions` of a CSV or Parquet file; `registers` list each person once.

    Raises:
        MentionFileError: it is neither, or its record ids are missing, empty or repeated.
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
    """Write `work.intermediate.int_person_mentions`; return how many documents can't be read."""
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
    # Of millions of mentions, every shape in which they were before would be kept.
    for name in (_SEED, *_MODELS[:-1]):
        connection.execute(f"drop table {relations[name]}")
    connection.execute(
        f"create or replace table {SOURCE_MENTIONS} as select mention_id, source_key from {SOURCE_MENTIONS}"
    )
    return unread
