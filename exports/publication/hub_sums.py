"""Tables of a hub as sums: of whole tables and of changes, added or taken away, without writing what lies between.

The rows of a past night are those of a later one, without what has come since and with what has gone. Rows are equal
when all their columns are; a column that one side lacks counts as null there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from sources.base.sql import identifier

# As it is written in SQL, like all names of columns here.
CHANGE_COUNT = identifier("change_count")
# Where a row is read: the number of its term above this bit, the number of the row in its table below.
_ROW_BITS = 40


@dataclass(frozen=True)
class Term:
    """An attached database whose tables are added to a sum (`sign` 1) or taken from it (-1).

    Of a night's changes each row counts `change_count` times, of a whole hub once.
    """

    alias: str
    sign: int

    @property
    def negative(self) -> "Term":
        """The same, the other way round."""
        return Term(self.alias, -self.sign)

    def of(self, table: str) -> str:
        """One of its tables."""
        return f"{self.alias}.hub.{identifier(table)}"


def tables_in(connection: duckdb.DuckDBPyConnection, alias: str) -> list[str]:
    """The tables of an attached database's schema `hub`."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'hub' order by 1", [alias]
    ).fetchall()
    return [str(row[0]) for row in rows]


def columns_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The columns of a query or relation, as they are written in SQL."""
    return [identifier(str(row[0])) for row in connection.execute(f"describe {query}").fetchall()]


def write_changes(connection: duckdb.DuckDBPyConnection, table: str, terms: Sequence[Term], target: str) -> None:
    """Write what a sum of terms leaves of a table: each row once, with its count, which may be negative.

    The columns that the first term has come first, then `change_count`, then those that only others have. So all stand
    behind the count of a table that the first term lacks. `target` is what is created, such as `temp table changed`.
    """
    sources = _sources(connection, table, terms)
    is_there = table in tables_in(connection, terms[0].alias)
    _sum_up(connection, sources)
    rows = []
    for place, one in enumerate(sources):
        columns = [one.columns("night."), CHANGE_COUNT]
        selected = ", ".join(columns if is_there and place == 0 else reversed(columns))
        rows.append(f"select {selected} from {_read(place, one)}")
    connection.execute(f"create {target} as {' union all by name '.join(rows)}; drop table summed_rows")


def write_rows_of(
    connection: duckdb.DuckDBPyConnection, table: str, terms: Sequence[Term], columns: Sequence[str], target: str
) -> int:
    """Write a table as the sum of terms has it, with the columns that it had, in a total order; return its rows."""
    sources = _sources(connection, table, terms)
    _sum_up(connection, sources)
    rows = " union all by name ".join(
        f"select {one.columns('night.')}, {CHANGE_COUNT} from {_read(place, one)}" for place, one in enumerate(sources)
    )
    connection.execute(
        f"create table {target} as select {', '.join(columns)} from ("
        f"select *, unnest(range({CHANGE_COUNT})) from ({rows})) order by all; drop table summed_rows"
    )
    row = connection.execute(f"select count(*) from {target}").fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True)
class _Source:
    """A table of a term: its columns without the count, and how often each of its rows counts."""

    relation: str
    names: tuple[str, ...]
    count: str

    def columns(self, prefix: str = "") -> str:
        return ", ".join(f"{prefix}{name}" for name in self.names)


def _sources(connection: duckdb.DuckDBPyConnection, table: str, terms: Sequence[Term]) -> list[_Source]:
    """The tables of that name; not every term has one."""
    found = []
    for term in terms:
        if table not in tables_in(connection, term.alias):
            continue
        names = columns_of(connection, term.of(table))
        has_count = CHANGE_COUNT in names
        own = tuple(name for name in names if name != CHANGE_COUNT)
        found.append(_Source(term.of(table), own, f"{term.sign} * {CHANGE_COUNT}" if has_count else f"{term.sign}"))
    return found


def _sum_up(connection: duckdb.DuckDBPyConnection, sources: Sequence[_Source]) -> None:
    """Write temp table `summed_rows`: one row per row that a sum leaves, with its count and where it can be read.

    Rows are known by two hashes, from left to right and from right to left: together 128 bits. So only what is left is
    read whole.
    """
    every = " union all by name ".join(
        f"select {(place << _ROW_BITS)} + rowid as fil_place, cast({one.count} as integer) as fil_count,"
        f" {one.columns()} from {one.relation}"
        for place, one in enumerate(sources)
    )
    columns = columns_of(connection, f"select * exclude (fil_place, fil_count) from ({every})")
    connection.execute(
        "create or replace temp table summed_rows as"
        f" select cast(sum(fil_count) as integer) as {CHANGE_COUNT}, min(fil_place) as fil_place from ("
        f"select fil_place, fil_count, hash({', '.join(columns)}) as hash_1,"
        f" hash({', '.join(reversed(columns))}, 0) as hash_2 from ({every})"
        f") group by hash_1, hash_2 having sum(fil_count) <> 0"
    )


def _read(place: int, source: _Source) -> str:
    """The rows of a source that stand for a row of the sum, as `night` with their counts."""
    first, row_number = place << _ROW_BITS, f"fil_place - {place << _ROW_BITS}"
    own = f"select {row_number} as row_number, {CHANGE_COUNT} from summed_rows"
    own += f" where fil_place >= {first} and fil_place < {first + (1 << _ROW_BITS)}"
    return (
        f"(select {source.columns()}, rowid as fil_row from {source.relation}) as night"
        f" inner join ({own}) as summed on night.fil_row = summed.row_number"
    )
