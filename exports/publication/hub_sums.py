"""Computes the tables of a hub as sums of terms: whole tables and night changes, added or subtracted.

The rows of a past night are those of a later night, without the rows that came since and with the rows that went. Two
rows are equal if all their columns are equal; a column that one side lacks is null there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from exports.errors import PublicationError
from sources.base.sql import identifier

CHANGE_COUNT = "change_count"
_OWN = (CHANGE_COUNT, "fil_place", "fil_count", "fil_row")
# The place of a row: the number of its term in the bits above, the number of the row in its table in the bits below.
_ROW_BITS = 40
# DuckDB has one hash for null, an empty list and a list of null, for 0.0 and -0.0, for a month and 30 days.
_HASHED_AS_TEXT = ("STRUCT", "MAP", "UNION", "FLOAT", "DOUBLE", "INTERVAL")

# The columns of a table, in order, with their types.
Columns = Mapping[str, str]


class Term(NamedTuple):
    """An attached database whose tables are added to a sum (`sign` 1) or subtracted (-1).

    A row of changes has the factor `change_count`; a row of a whole hub has the factor 1.
    """

    alias: str
    sign: int

    @property
    def negative(self) -> "Term":
        """The same term with the opposite sign."""
        return Term(self.alias, -self.sign)


def tables_in(connection: duckdb.DuckDBPyConnection, alias: str) -> list[str]:
    """The tables of an attached database's schema `hub`."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'hub' order by 1", [alias]
    ).fetchall()
    return [str(row[0]) for row in rows]


def columns_of(connection: duckdb.DuckDBPyConnection, alias: str, table: str) -> dict[str, str]:
    """The columns of a table of an attached database, with their types; empty if there is no such table."""
    try:
        # Faster than `duckdb_columns()`, which lists the columns of every attached database.
        rows = connection.execute(f"describe {identifier(alias)}.hub.{identifier(table)}").fetchall()
    except duckdb.CatalogException:
        return {}
    return {str(name): str(kind) for name, kind, *_ in rows}


def require_usable_names(connection: duckdb.DuckDBPyConnection, alias: str) -> None:
    """Check that no column of a hub has a name that this module uses.

    Raises:
        PublicationError: a column has such a name.
    """
    for table in tables_in(connection, alias):
        if taken := {name.lower() for name in columns_of(connection, alias, table)} & set(_OWN):
            raise PublicationError(f"hub.{table} has a column {min(taken)}, which the history needs: rename the column")


def write_changes(connection: duckdb.DuckDBPyConnection, table: str, terms: Sequence[Term], columns: Columns) -> None:
    """Write a table's sum to `changes.hub`, one row per different row, with its count, which may be negative.

    Reads: the table in the database of each term.
    Writes: `changes.hub.<table>` (`columns`, change_count, columns that only earlier terms have). A column with two
    types becomes text.

    Args:
        connection: with the databases of all terms and `changes` attached.
        table: its name.
        terms: to sum up.
        columns: of the table after the changes, with their types.
    """
    sources = _sources(connection, table, terms)
    kinds = _kinds(sources)
    own = [identifier(name) for name in columns]
    others = [identifier(name) for name in kinds if name not in columns]
    _sum_up(connection, sources, kinds)
    connection.execute(
        f"create table changes.hub.{identifier(table)} as select {', '.join([*own, CHANGE_COUNT, *others])}"
        f" from ({_left(sources, kinds)}); drop table summed_rows"
    )


def write_table(
    connection: duckdb.DuckDBPyConnection, table: str, terms: Sequence[Term], columns: Columns, target: str
) -> int:
    """Write a table's sum, in a total order; return its number of rows.

    Reads: the table in the database of each term.
    Writes: `target` (`columns`), each row as often as its count.

    Args:
        connection: with the databases of all terms attached.
        table: its name.
        terms: to sum up.
        columns: of the table to write, with their types.
        target: the full name of the table to write.

    Raises:
        PublicationError: a count is negative, so the terms do not fit together.
    """
    sources = _sources(connection, table, terms)
    if not sources:
        empty = ", ".join(_missing(name, kind) for name, kind in columns.items())
        connection.execute(f"create table {target} as select {empty} limit 0")
        return 0
    kinds = _kinds(sources)
    _sum_up(connection, sources, kinds)
    [(missing,)] = connection.execute(f"select count(*) from summed_rows where {CHANGE_COUNT} < 0").fetchall()
    if missing:
        raise PublicationError(
            f"the history does not fit together: {missing} rows of hub.{table} went that were never there; restore the "
            "whole history directory from one backup"
        )
    selected = [
        _cast(name, kinds[name], kind) if name in kinds else _missing(name, kind) for name, kind in columns.items()
    ]
    connection.execute(
        f"create table {target} as select {', '.join(selected)} from ("
        f"select *, unnest(range({CHANGE_COUNT})) from ({_left(sources, kinds)})) order by all; drop table summed_rows"
    )
    row = connection.execute(f"select count(*) from {target}").fetchone()
    return int(row[0]) if row else 0


def add_up(connection: duckdb.DuckDBPyConnection, changes: str, into: str) -> None:
    """Add a night's changes to the changes in another database.

    Reads: `<changes>.hub`.
    Writes: `<into>.hub`, which has the changes so far; at first it is empty.

    Args:
        connection: with both databases attached.
        changes: alias of the night's changes.
        into: alias of the other database.
    """
    for table in tables_in(connection, changes):
        source, target = f"{changes}.hub.{identifier(table)}", f"{into}.hub.{identifier(table)}"
        [(rows,)] = connection.execute(f"select count(*) from {source}").fetchall()
        if not rows:
            continue
        new, known = columns_of(connection, changes, table), columns_of(connection, into, table)
        if not known:
            connection.execute(f"create table {target} as from {source}")
        elif new.keys() <= known.keys() and all(known[name] == kind for name, kind in new.items()):
            connection.execute(f"insert into {target} by name from {source}")
        else:
            kinds = _merged([known, new])
            rows_of = " union all by name ".join(
                f"select {', '.join(_cast(name, columns[name], kinds[name]) for name in columns)} from {relation}"
                for columns, relation in ((known, target), (new, source))
            )
            connection.execute(f"create or replace table {target} as {rows_of}")


@dataclass(frozen=True)
class _Source:
    """A table of a term: its columns without the count, and the SQL of each row's factor."""

    relation: str
    columns: Columns
    count: str


def _sources(connection: duckdb.DuckDBPyConnection, table: str, terms: Sequence[Term]) -> list[_Source]:
    """The tables with this name; a term may lack it."""
    sources = []
    for term in terms:
        if columns := columns_of(connection, term.alias, table):
            count = f"{term.sign} * {CHANGE_COUNT}" if CHANGE_COUNT in columns else f"{term.sign}"
            own = {name: kind for name, kind in columns.items() if name != CHANGE_COUNT}
            sources.append(_Source(f"{term.alias}.hub.{identifier(table)}", own, count))
    return sources


def _kinds(sources: Sequence[_Source]) -> dict[str, str]:
    return _merged([source.columns for source in sources])


def _merged(tables: Sequence[Columns]) -> dict[str, str]:
    """All columns of the tables; a column with two types becomes text."""
    kinds: dict[str, str] = {}
    for columns in tables:
        for name, kind in columns.items():
            kinds[name] = kind if kinds.get(name, kind) == kind else "VARCHAR"
    return kinds


def _cast(name: str, kind: str, wanted: str) -> str:
    return identifier(name) if kind == wanted else f"cast({identifier(name)} as {wanted}) as {identifier(name)}"


def _missing(name: str, kind: str) -> str:
    return f"cast(null as {kind}) as {identifier(name)}"


def _hashed(name: str, kind: str) -> str:
    is_text = kind.endswith("]") or kind.startswith(_HASHED_AS_TEXT)
    return f"cast({identifier(name)} as varchar)" if is_text else identifier(name)


def _sum_up(connection: duckdb.DuckDBPyConnection, sources: Sequence[_Source], kinds: Columns) -> None:
    """Write temp table `summed_rows` (change_count, fil_place), one row per different row with a count other than 0.

    Two hashes identify a row, of its columns in order and in reverse order. So only the remaining rows are read whole.
    """
    every = " union all ".join(
        f"select {(number << _ROW_BITS)} + rowid as fil_place, cast({source.count} as integer) as fil_count,"
        f" {_all_columns(source, kinds)} from {source.relation}"
        for number, source in enumerate(sources)
    )
    columns = [_hashed(name, kind) for name, kind in kinds.items()]
    connection.execute(
        "create or replace temp table summed_rows as"
        f" select cast(sum(fil_count) as integer) as {CHANGE_COUNT}, min(fil_place) as fil_place from ("
        f"select fil_place, fil_count, hash({', '.join(columns)}) as hash_1,"
        f" hash({', '.join(reversed(columns))}, 0) as hash_2 from ({every})"
        f") group by hash_1, hash_2 having sum(fil_count) <> 0"
    )


def _all_columns(source: _Source, kinds: Columns) -> str:
    """SQL of all columns of a sum, from one source; columns that it lacks are null."""
    return ", ".join(
        _cast(name, source.columns[name], kind) if name in source.columns else _missing(name, kind)
        for name, kind in kinds.items()
    )


def _left(sources: Sequence[_Source], kinds: Columns) -> str:
    """The query of the rows in `summed_rows`, read at their places, with their counts."""
    parts = []
    for number, source in enumerate(sources):
        first = number << _ROW_BITS
        wanted = f"select fil_place - {first} as fil_row, {CHANGE_COUNT} from summed_rows"
        wanted += f" where fil_place >= {first} and fil_place < {first + (1 << _ROW_BITS)}"
        names = ", ".join(f"night.{identifier(name)}" for name in kinds)
        parts.append(
            f"select {names}, summed.{CHANGE_COUNT} from ({wanted}) as summed inner join"
            f" (select rowid as fil_row, {_all_columns(source, kinds)} from {source.relation}) as night"
            " on night.fil_row = summed.fil_row"
        )
    return " union all ".join(parts)
