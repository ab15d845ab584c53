"""What look-ups leave out: lines and mentions that may show a person whose address and contact are reserved.

The hub's models hide such values in the hub. Here are lines from elsewhere, and records of other people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.casework.find_party import HUB, Party
from orchestration.rendering.tables import Table
from sources.base.sql import identifier
from sources.contracts.catalogue import load_contracts
from sources.parsing.raw_files import data_files, good_extracts

RESERVED_LINE = "not shown: the person's address and contact are reserved"

# Words are compared without accents, case or punctuation, numbers also without spaces.
_TELL_OF_PROTECTED = """
with texts as (
    select place, regexp_replace(upper(strip_accents(line)), '[^A-Z0-9]+', ' ', 'g') as words
    from (select unnest($lines) as line, generate_subscripts($lines, 1) as place)
),
protected as (from {hub}.persons where is_protected and not list_contains($but, person_id)),
named as (
    select
        regexp_replace(upper(strip_accents(given_name)), '[^A-Z0-9]+', ' ', 'g') as given_name,
        regexp_replace(upper(strip_accents(surname_1)), '[^A-Z0-9]+', ' ', 'g') as surname
    from protected
),
numbers as (
    select number from {hub}.identifiers semi join protected using (person_id) where number <> ''
    union select source_key from {hub}.mentions semi join protected using (person_id) where source = 'padro'
    union select unnest($contacts)
)
select place from texts
where exists (from numbers where contains(replace(words, ' ', ''), number))
    or exists (from named where contains(' ' || words || ' ', ' ' || given_name || ' ')
        and contains(' ' || words || ' ', ' ' || surname || ' '))
"""

# Of a child's row, for example, the key of the mention has the row's key and the part.
_KEYS_OF_PROTECTED = """
select distinct split_part(source_key, '#', 1)
from {hub}.mentions semi join (from {hub}.persons where is_protected) using (person_id)
where source = $source
"""
_CONTACTS = """
select distinct if(value like '%@%', letters, right(letters, 9))
from (
    select unnest([{columns}]) as value,
        regexp_replace(upper(strip_accents(value)), '[^A-Z0-9]+', '', 'g') as letters
    from read_parquet($files, union_by_name = true, hive_partitioning = false)
    where _source_key in (select unnest($keys))
)
where value like '%@%' or regexp_full_match(letters, '[0-9]{{9,}}')
"""

_IS_RESERVED = """
select count(*) > 0 from {hub}.persons where is_protected is not false and person_id in (
    select $id union select person_id from {hub}.relationships where related_organisation_id = $id
)
"""


def is_reserved(connection: duckdb.DuckDBPyConnection, party: Party) -> bool:
    """Whether a person's address and contact are reserved, or an organisation's seat may be such a person's home."""
    (row,) = connection.execute(_IS_RESERVED.format(hub=HUB), {"id": party.party_id}).fetchall()
    return bool(row[0])


def contacts_of_protected(connection: duckdb.DuckDBPyConnection, home: Path) -> list[str]:
    """Every e-mail and telephone in the landed rows of protected persons, in letters and digits alone.

    The hub does not have them. Telephones have nine digits, without a country.
    """
    found: set[str] = set()
    for contract in load_contracts():
        keys = connection.execute(_KEYS_OF_PROTECTED.format(hub=HUB), {"source": contract.source}).fetchall()
        files = data_files(home, "raw", contract, good_extracts(home, contract, date.max))
        columns = ", ".join(identifier(name) for name in contract.fields_of("contact"))
        if keys and files and columns:
            query = _CONTACTS.format(columns=columns)
            rows = connection.execute(query, {"files": files, "keys": [key for (key,) in keys]}).fetchall()
            found |= {str(contact) for (contact,) in rows}
    return sorted(found)


def tell_of_protected(
    connection: duckdb.DuckDBPyConnection, lines: Sequence[str], but: Sequence[str] = (), contacts: Sequence[str] = ()
) -> set[int]:
    """Which lines, counted from 0, may show a person whose address is reserved: by document, NIA, name or contact.

    `but` are ids of persons who are looked up: their own lines may show them. `contacts` are of
    `contacts_of_protected`, for lines that are not of the hub.
    """
    decoded = [re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), line) for line in lines]
    values = {"lines": decoded, "but": list(but), "contacts": list(contacts)}
    rows = connection.execute(_TELL_OF_PROTECTED.format(hub=HUB), values).fetchall()
    return {place - 1 for (place,) in rows}


def mentions_of_protected(connection: duckdb.DuckDBPyConnection, values: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The mentions that may be a protected person's, although the hub shows their place."""
    shown = {mention: fields for mention, fields in values.items() if not fields.get("is_protected")}
    lines = [" ".join(str(value) for value in fields.values() if value is not None) for fields in shown.values()]
    hidden = tell_of_protected(connection, lines) if lines else set()
    return [mention for place, mention in enumerate(shown) if place in hidden]


def without_reserved(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], party: Party) -> list[Table]:
    """The tables of a party's card without rows that may show another, protected person; a note counts those rows."""
    lines = [" ".join(str(cell) for cell in row if cell is not None) for table in tables for row in table.rows]
    reserved = tell_of_protected(connection, lines, but=[party.party_id]) if lines else set()
    shown, place = [], 0
    for table in tables:
        rows = [row for at, row in enumerate(table.rows, start=place) if at not in reserved]
        place += len(table.rows)
        hidden = len(table.rows) - len(rows)
        shown.append(replace(table, rows=rows, note=f"{hidden} {RESERVED_LINE}") if hidden else table)
    return shown
