"""Opens the work database of the last night: its scored pairs and the fields of its mentions.

The next night replaces it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date

import duckdb

from orchestration.home.home import Home
from orchestration.home.lock import NightRunning, intake_lock
from orchestration.home.work_database import attach


@contextmanager
def work_of_night(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date | None) -> Iterator[str]:
    """Attach the work database as `work`, if it is still that night's; yield why it is not, or an empty text.

    Without a date, any night's will do; `date_of_work` is its date.

    Nights wait meanwhile, because they can't open a database that a reader has open.
    """
    with ExitStack() as held:
        if not home.work_database.exists():
            yield "there is no work database; run that night again"
            return
        try:
            held.enter_context(intake_lock(home))
        except NightRunning:
            yield "a night is running; wait for it to end"
            return
        attach(connection, home.work_database, "work", home.hub_key, read_only=True)
        held.callback(connection.execute, "detach work")
        yield _why_not(connection, business_date)


def date_of_work(connection: duckdb.DuckDBPyConnection) -> date:
    """The business date of the attached work database, published or not."""
    day: date = connection.execute("select business_date from work.raw.run").fetchall()[0][0]
    return day


def _why_not(connection: duckdb.DuckDBPyConnection, business_date: date | None) -> str:
    tables = connection.execute(
        "select count(*) from information_schema.tables where table_catalog = 'work' and table_name in "
        "('run', 'int_person_mentions', 'scored_pairs', 'organisation_pairs')"
    ).fetchall()[0][0]
    if tables < 4:
        return "the last night stopped before it linked the mentions; run it again"
    of = date_of_work(connection)
    return (
        ""
        if business_date in (None, of)
        else f"the last night is that of {of}; use --date {of}, or run that night again"
    )
