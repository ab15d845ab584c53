"""Opens the hub of a published night, read-only: nights and readers do not wait for each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from exports.errors import PublicationError
from exports.publication.intact import require_intact
from exports.publication.seal import current_date
from exports.publication.staging import database_of, is_without_hub
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.home.work_database import attach
from orchestration.past_nights.recovery import require_finished
from sources.base.scratch import scratch_directory
from sources.base.sql import literal


def published_date(home: Home, business_date: date | None = None) -> date:
    """The given date, or the last published one.

    Raises:
        StepFailed: it is not published, or a publication waits to be finished.
    """
    require_finished(home)
    day = business_date or current_date(home.published)
    if day is None or not database_of(home.published / str(day)).exists():
        if day and is_without_hub(home.published / str(day)):
            raise StepFailed(
                f"the person base of {day} is not kept any more: `fil as-of --date {day} --output FILE` writes it"
            )
        what = f"the night of {day} is not" if day else "no night is"
        raise StepFailed(f"{what} published in {home.published}: run `fil nightly --date` first")
    return day


def why_closed(path: Path, error: duckdb.Error) -> str:
    """The message for a published hub that does not open: it is damaged, has another key, or no key is set."""
    if "without a key" in str(error):
        return f"{path} is encrypted, and no key is set: set FIL_HUB_KEY_FILE to the key that it was encrypted with"
    if isinstance(error, duckdb.IOException) or "AES tag" in str(error):
        night = f"`fil nightly --date {path.parent.resolve().name}`"
        return f"{path} can't be read: restore {path.parent} from the backup, or move it away and run {night}"
    return f"{path} does not open with this FIL_HUB_KEY: set the key that it was encrypted with"


def _hub_of(home: Home, business_date: date | None) -> Path:
    return database_of(home.published / str(published_date(home, business_date)))


@contextmanager
def open_published(home: Home, business_date: date | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published hub of a date, or of the last one, under the alias `published`.

    Raises:
        StepFailed: that date is not published, does not open with the key, or was changed after its publication.
    """
    path = _hub_of(home, business_date)
    # A directory of its own: two connections that spill into one directory damage each other's files.
    with scratch_directory(home.work / "spill") as spill, duckdb.connect(":memory:") as connection:
        connection.execute(f"set temp_directory = {literal(str(spill))}")
        try:
            try:
                attach(connection, path, "published", home.hub_key, read_only=True)
            except duckdb.Error:
                # A night that ends at this moment may have removed the database.
                if path.exists():
                    raise
                path = _hub_of(home, business_date)
                attach(connection, path, "published", home.hub_key, read_only=True)
            # An older hub in its place would show values that are reserved now.
            require_intact(path, home.known_sums)
        except duckdb.Error as error:
            raise StepFailed(why_closed(path, error)) from None
        except PublicationError as error:
            raise StepFailed(str(error)) from None
        yield connection
