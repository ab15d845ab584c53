"""A past night's hub laid out for delivery again: as it was published, under the name of the night's own database.

Who may not leave any more is written by `since.py`, for this and for nights that are run again alike.
"""

from datetime import date

import duckdb

from sources.base.sql import identifier

THAT_NIGHT, LAST_NIGHT = "that_night", "last_night"


def prepare_again(connection: duckdb.DuckDBPyConnection, business_date: date) -> None:
    """Make an empty database `work` the hub of a past night, for the same queries, checks and files as that night's.

    Args:
        connection: with `work` and `that_night` attached.
        business_date: of that night.
    """
    connection.execute("create schema work.raw; create schema work.hub")
    connection.execute("create table work.raw.run as select ?::date as business_date", [business_date])
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'hub'", [THAT_NIGHT]
    ).fetchall()
    for (table,) in tables:
        name = identifier(str(table))
        connection.execute(f"create view work.hub.{name} as from {THAT_NIGHT}.hub.{name}")
