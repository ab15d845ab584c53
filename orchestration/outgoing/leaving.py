"""Before anything is written into `exports/`: what is known since of whoever would leave, for nights and exports alike.

How it keeps people back is for `exports.gate.since` and the gate.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import duckdb

from exports.errors import PublicationError
from exports.gate.since import begin_since, end_since, forget_since
from exports.publication.intact import require_intact
from exports.publication.past_hub import LAST_NIGHT
from exports.publication.seal import current_date
from exports.publication.staging import database_of, extracts_of_work, extracts_read
from exports.staged import MANIFEST
from orchestration.dbt.unheard import forget_heard, hear
from orchestration.home.settings import Settings
from orchestration.home.work_database import attach
from sources.loading.hearing import Span, heard_contracts, unheard_extracts

_OF_ANOTHER_FIL = (duckdb.CatalogException, duckdb.BinderException)


def keep_back(connection: duckdb.DuckDBPyConnection, settings: Settings, business_date: date) -> None:
    """Keep back from a night's deliveries whoever may not leave any more by what is known since its business date.

    Known is what the last published night says, where that is a later one, and what extracts say that neither has read.

    Raises:
        PublicationError: the last published night can't be asked, or is not as it was published.
        ExtractDamaged: an extract can't be read any more.
    """
    home = settings.home
    own = extracts_of_work(connection)
    known = {one.source: [(date.min, business_date), *own.get(one.source, [])] for one in heard_contracts()}
    last = current_date(home.published)
    if last is None or last <= business_date:
        know_since(connection, settings, known, None)
        return
    publication = home.published / str(last)
    read = extracts_known(publication, last)
    # In its place, an older hub would not know who said no since.
    require_intact(database_of(publication), home.known_sums)
    with ExitStack() as attached:
        attach(connection, database_of(publication), LAST_NIGHT, home.hub_key, read_only=True)
        attached.callback(connection.execute, f"detach {LAST_NIGHT}")
        try:
            know_since(connection, settings, {name: [*known[name], *read[name]] for name in known}, LAST_NIGHT)
        except _OF_ANOTHER_FIL:
            raise PublicationError(
                f"the night of {last} was published by an earlier version of Fil, without data that earlier dates "
                f"need: run `fil nightly --date {last}` first"
            ) from None


def extracts_known(publication: Path, business_date: date) -> dict[str, list[Span]]:
    """Which extracts a published night has read, of each source that is asked; of an earlier Fil's, those up to it."""
    read = extracts_read(publication / MANIFEST)
    through = [(date.min, business_date)]
    return {one.source: through if read is None else read.get(one.source, []) for one in heard_contracts()}


def know_since(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    known: Mapping[str, Sequence[Span]],
    last: str | None,
) -> None:
    """Write `work.since` anew, or drop it where nothing is known since.

    Args:
        connection: with `work` attached.
        settings: of the installation.
        known: which extracts have been read, by source.
        last: under which name the last published night is attached; None where that is the hub in `work` itself.
    """
    unheard = unheard_extracts(settings.home.directory, known, settings.parse_bound)
    if last is None and not unheard:
        forget_since(connection)
        return
    begin_since(connection, last)
    try:
        end_since(connection, hear(connection, settings.home.directory, unheard) if unheard else None)
    finally:
        forget_heard(connection)
