"""Finds what is known since a night's date about its people, before a night or `fil export` writes files.

`exports.gate.since` and the gate apply it.
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
    """Keep back everyone who may no longer be exported because of what is known since a night's business date.

    This comes from the last published night, if it is a later one, and from extracts that neither night has read.

    Raises:
        PublicationError: the last published night can't be read, or was changed after its publication.
        ExtractDamaged: an extract can't be read any more.
    """
    home = settings.home
    own = extracts_of_work(connection)
    known = {
        contract.source: [(date.min, business_date), *own.get(contract.source, [])] for contract in heard_contracts()
    }
    last = current_date(home.published)
    if last is None or last <= business_date:
        know_since(connection, settings, known, None)
        return
    publication = home.published / str(last)
    read = extracts_known(publication, last)
    # An older hub in its place would lack later withdrawals.
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
    """The extracts that a published night has read, by source; all up to its date if an earlier Fil published it."""
    read = extracts_read(publication / MANIFEST)
    through = [(date.min, business_date)]
    sources = [contract.source for contract in heard_contracts()]
    return {source: through if read is None else read.get(source, []) for source in sources}


def know_since(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    known: Mapping[str, Sequence[Span]],
    last: str | None,
) -> None:
    """Write `work.since`, or drop it if nothing is known since.

    Args:
        connection: with `work` attached.
        settings: of the installation.
        known: the extracts that were read, by source.
        last: the alias of the last published night; None if that is the hub in `work` itself.
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
