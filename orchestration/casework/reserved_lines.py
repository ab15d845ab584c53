"""What look-ups leave out: lines and mentions that may show a person whose address and contact are reserved.

The hub's models hide such values in the hub. Here are lines from elsewhere, and records of other people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from orchestration.casework.find_party import HUB, Party
from orchestration.rendering.tables import Table

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
)
select place from texts
where exists (from numbers where contains(replace(words, ' ', ''), number))
    or exists (from named where contains(' ' || words || ' ', ' ' || given_name || ' ')
        and contains(' ' || words || ' ', ' ' || surname || ' '))
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


def tell_of_protected(connection: duckdb.DuckDBPyConnection, lines: Sequence[str], but: Sequence[str] = ()) -> set[int]:
    """Which lines, counted from 0, may show a person whose address is reserved: by document, NIA or name.

    `but` are ids of persons who are looked up: their own lines may show them.
    """
    decoded = [re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), line) for line in lines]
    rows = connection.execute(_TELL_OF_PROTECTED.format(hub=HUB), {"lines": decoded, "but": list(but)}).fetchall()
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
