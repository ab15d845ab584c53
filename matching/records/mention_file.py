"""A file of mentions, as anyone may bring it, in the shape in which sources tell the hub whom they name.

Normalising is done by the dbt models; here a file is read, checked, and its dates and sexes understood.
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from matching.records.person_records import count_rows
from sources.base.sql import identifier, literal

RECORD_ID = "record_id"
COLUMNS = (
    RECORD_ID, "source", "document", "document_country", "given_name", "surname_1", "surname_2", "birth_date", "sex",
    "street", "street_number", "postcode", "email", "phone",
)  # fmt: skip

SOURCE_MENTIONS = "work.intermediate.int_source_mentions"

_DELIMITERS = (",", ";", "\t", "|")
_DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S")
_OLDEST_YEAR, _NEWEST_YEAR = 1200, 2100


class MentionFileError(ValueError):
    """A file that can't be linked; the message names the file and what was expected, never a value."""


@dataclass(frozen=True)
class FileNotes:
    """What was passed over in a file: columns that mean nothing here, and values that are no date."""

    rows: int
    unknown_columns: tuple[str, ...]
    bad_birth_dates: int


def read_mentions(connection: duckdb.DuckDBPyConnection, path: Path, registers: Collection[str] = ()) -> FileNotes:
    """Write `work.intermediate.int_source_mentions` of a CSV or Parquet file; `registers` list each person once.

    Raises:
        MentionFileError: it is neither, or its record ids are missing, empty or repeated.
    """
    found = read_table(connection, path, "mention_file")
    if RECORD_ID not in found:
        raise MentionFileError(
            f"{path} has no column {RECORD_ID}, which is required; the columns are {', '.join(COLUMNS)}"
        )
    _check_keys(connection, path, "mention_file")
    _check_registers(connection, path, registers, found)
    told = ", ".join(
        f"nullif(trim({name}), '') as {name}" if name in found else f"null::varchar as {name}" for name in COLUMNS
    )
    connection.execute(f"create or replace temp table told as select {told} from mention_file")
    connection.execute("create schema if not exists work.intermediate")
    connection.execute(f"create or replace table {SOURCE_MENTIONS} as {_MENTIONS}", {"registers": list(registers)})
    counts = connection.execute(
        f"select count(*), count(told.birth_date) - count(mentions.birth_date) from told "
        f"inner join {SOURCE_MENTIONS} as mentions on told.{RECORD_ID} = mentions.source_key"
    ).fetchall()[0]
    connection.execute("drop table mention_file; drop table told")
    return FileNotes(counts[0], tuple(name for name in found if name not in COLUMNS), counts[1])


_MOMENTS = ", ".join(f"'{date_format}'" for date_format in _DATE_FORMATS)
_MENTIONS = f"""
with dated as (
    select *, try_cast(try_strptime(birth_date, [{_MOMENTS}]) as date) as moment, coalesce(source, '') as of_source
    from told
)
select
    md5({RECORD_ID}) as mention_id, of_source as source, of_source as standing, {RECORD_ID} as source_key,
    list_contains($registers, of_source) as is_register, null::timestamp as observed_at,
    null::date as first_seen_date, null::date as last_seen_date, list_contains($registers, of_source) as is_live,
    if(list_contains($registers, of_source), of_source, null) as entry_of,
    null::varchar as form_of, null::date as born_from, null::date as born_until,
    false as is_deceased,
    document as document_raw,
    -- Only a passport is issued by a country that is not this one.
    if(upper(document_country) not in ('ES', 'ESP'), 'PASSPORT', null) as document_declared_type,
    upper(document_country) as document_country,
    given_name, surname_1, surname_2,
    if(year(moment) between {_OLDEST_YEAR} and {_NEWEST_YEAR}, moment, null) as birth_date,
    year(moment)::integer as birth_year,
    case
        when upper(sex) in ('M', 'H', '1', 'MALE', 'HOME', 'HOMBRE', 'MAN') then 'M'
        when upper(sex) in ('F', 'D', '6', 'FEMALE', 'DONA', 'MUJER', 'WOMAN') then 'F'
    end as sex,
    street, street_number, postcode, lower(email) as email, phone
from dated
"""


def read_table(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> list[str]:
    """Write a CSV or Parquet file as a temp table of text columns, named in lower case; return their names.

    Raises:
        MentionFileError: the file is neither, or can't be read.
    """
    try:
        relation = _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path)
        connection.execute(f"create or replace temp table raw_file as select columns(*)::varchar from {relation}")
        columns = [str(row[0]) for row in connection.execute("describe raw_file").fetchall()]
    except (UnicodeDecodeError, duckdb.Error, csv.Error) as error:
        # DuckDB's message quotes the line.
        kind = type(error).__name__
        raise MentionFileError(
            f"{path} can't be read ({kind}): expected Parquet, or CSV in UTF-8 with a header"
        ) from None
    lowered = [column.strip().lower() for column in columns]
    renamed = ", ".join(f"{identifier(old)} as {identifier(new)}" for old, new in zip(columns, lowered, strict=True))
    connection.execute(f"create or replace temp table {name} as select {renamed} from raw_file")
    connection.execute("drop table raw_file")
    return lowered


def _parquet(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, hive_partitioning = false)"


def _csv(path: Path) -> str:
    """The file by its header: the delimiter is the one that tells most of the columns that are known."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        first = handle.readline()
    if not first.strip():
        raise MentionFileError(f"{path} is empty; its first line must name its columns")
    headers = {delimiter: next(csv.reader([first], delimiter=delimiter)) for delimiter in _DELIMITERS}
    known = {mark: sum(name.strip().lower() in COLUMNS for name in header) for mark, header in headers.items()}
    delimiter = max(_DELIMITERS, key=lambda mark: (known[mark], len(headers[mark])))
    names = [name.strip() or f"column_{place}" for place, name in enumerate(headers[delimiter])]
    if len({name.lower() for name in names}) < len(names):
        raise MentionFileError(f"{path} has a column twice; use each column name once")
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(str(path))}, auto_detect = false, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, strict_mode = true, max_line_size = 10000000)"
    )


def _check_keys(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    empty, rows, distinct = connection.execute(
        f"select count(*) filter (coalesce(trim({RECORD_ID}), '') = ''), count(*), count(distinct trim({RECORD_ID})) "
        f"from {name}"
    ).fetchall()[0]
    if empty:
        raise MentionFileError(f"{path}: {empty} of {rows} rows have no {RECORD_ID}; give each row a unique one")
    if distinct < rows and count_rows(connection, f"(select distinct * from {name})") > distinct:
        raise MentionFileError(
            f"{path}: {rows} rows have {distinct} different {RECORD_ID}s; give each row a unique one"
        )
    if distinct < rows:
        connection.execute(f"create or replace temp table {name} as select distinct * from {name}")


def _check_registers(
    connection: duckdb.DuckDBPyConnection, path: Path, registers: Collection[str], found: Collection[str]
) -> None:
    if not registers:
        return
    known = "select distinct trim(source) from mention_file" if "source" in found else "select null where false"
    sources = {row[0] for row in connection.execute(known).fetchall()}
    for register in registers:
        if register not in sources:
            raise MentionFileError(f"{path} has no row of the source {register}, which --register names")
