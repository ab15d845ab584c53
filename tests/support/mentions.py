"""Mentions as the hub hands them to the linkage, and a work database that holds them.

A whole city of them is in `small_city`.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

Mention = dict[str, Any]
# Some columns of a mention.
Values = dict[str, Any]
COLUMNS = {
    "mention_id": pa.string(), "source": pa.string(), "source_key": pa.string(), "is_register": pa.bool_(),
    "observed_at": pa.timestamp("us"), "is_live": pa.bool_(),
    "entry_of": pa.string(), "form_of": pa.string(), "born_from": pa.date32(), "born_until": pa.date32(),
    "is_deceased": pa.bool_(), "document_raw": pa.string(),
    "document_type": pa.string(), "document": pa.string(), "document_country": pa.string(),
    "is_document_valid": pa.bool_(), "is_document_repaired": pa.bool_(), "given_name": pa.string(),
    "given_name_accented": pa.string(), "surname_1": pa.string(), "surname_2": pa.string(),
    "birth_date": pa.date32(), "sex": pa.string(),
    "street": pa.string(), "street_number": pa.string(), "postcode": pa.string(), "email": pa.string(),
    "phone": pa.string(),
}  # fmt: skip
# What many tests say of a mention: who it is, and where.
PERE: Values = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL", "birth_date": date(1960, 3, 14)}
HOME: Values = {"street": "CARRER7", "street_number": "12", "postcode": "08012"}
LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def dni(number: int) -> str:
    return f"{number:08d}{LETTERS[number % 23]}"


def mention(key: str, source: str = "atencions", **values: object) -> Mention:
    """One mention with the columns of `int_person_mentions`; a column without a value is null."""
    document: Any = values.get("document")
    base: Mention = dict.fromkeys(COLUMNS)
    base |= {
        "mention_id": hashlib.md5(f"{source}|{key}".encode(), usedforsecurity=False).hexdigest(),
        "source": source, "source_key": key, "is_register": source == "padro", "is_live": source == "padro",
        "entry_of": "padro" if source == "padro" else None,
        "is_deceased": False, "observed_at": datetime(2026, 1, 1),  # noqa: DTZ001 - local time, as the sources have it
        "document_raw": document,
        "document_type": ("NIE" if document[0] in "XYZ" else "DNI") if document else None,
        "is_document_valid": document is not None, "is_document_repaired": False,
    }  # fmt: skip
    return base | values


def open_work() -> duckdb.DuckDBPyConnection:
    """A connection to an empty work database in memory."""
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as work")
    connection.execute("set enable_progress_bar = false")
    return connection


def write_mentions(connection: duckdb.DuckDBPyConnection, mentions: Sequence[Mention]) -> None:
    rows = pa.table({name: pa.array([m[name] for m in mentions], kind) for name, kind in COLUMNS.items()})
    connection.execute("create schema if not exists work.intermediate")
    connection.register("given", rows)
    connection.execute("create or replace table work.intermediate.int_person_mentions as from given")
    connection.unregister("given")


def write_organisations(connection: duckdb.DuckDBPyConnection) -> None:
    """A few dozen companies: some have two mentions, some share the name or the number of another."""
    connection.execute("create schema if not exists work.intermediate")
    connection.execute(
        """
        create or replace table work.intermediate.int_organisation_mentions as
        select 'X' || i as mention_id, if(i < 40, 'contribuents', 'iris') as source, 'X' || i as source_key,
            i < 40 as is_register, timestamp '2026-05-04' as observed_at, 'B' || (20000000 + i % 45 * 97) as nif,
            true as is_nif_valid, 'TALLERS ' || md5(if(i < 50, i % 40, i % 45)::varchar) as legal_name,
            'SL' as legal_form, 'CARRER ' || i % 5 as street, (i % 9)::varchar as street_number, '08001' as postcode,
            null::varchar as email, null::varchar as phone
        from range(60) as others(i)
        """
    )
