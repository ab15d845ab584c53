"""Makes a past night's hub available as `work`, as it was published, to make its deliveries again.

`since.py` writes who may no longer be exported; nights that are run again use it, too.
"""

from datetime import date

import duckdb

from exports.publication.hub_sums import columns_of
from sources.base.sql import identifier

THAT_NIGHT, LAST_NIGHT = "that_night", "last_night"
# Columns that audiences need and that nights of an earlier version of Fil do not have.
_ADDED = {"segment_members": ("message_id",)}


def prepare_again(connection: duckdb.DuckDBPyConnection, business_date: date) -> None:
    """Make an empty database `work` the hub of a past night, so that the queries and checks of a night work on it.

    Reads: `that_night.hub`.
    Writes: `work.raw.run`, one row; a view in `work.hub` per table.

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
        columns = columns_of(connection, THAT_NIGHT, str(table))
        added = "".join(f", cast(null as varchar) as {one}" for one in _ADDED.get(str(table), ()) if one not in columns)
        connection.execute(f"create view work.hub.{name} as select *{added} from {THAT_NIGHT}.hub.{name}")
