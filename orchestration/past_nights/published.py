"""Opens what a night published, read-only: no night waits for a reader, nor a reader for a night."""

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
    """The date itself, or the last one that is published.

    Raises:
        StepFailed: nothing of it is published, or a publication waits to be finished.
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
    """What to say of a published hub that does not open: it is damaged, or its key is another, or there is none."""
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
        StepFailed: that date is not published, does not open with the key, or is not as it was published.
    """
    path = _hub_of(home, business_date)
    # Of its own: two that spill into one directory spoil each other's files.
    with scratch_directory(home.work / "spill") as spill, duckdb.connect(":memory:") as connection:
        connection.execute(f"set temp_directory = {literal(str(spill))}")
        try:
            try:
                attach(connection, path, "published", home.hub_key, read_only=True)
            except duckdb.Error:
                # A night that ends at this moment may take the database before away.
                if path.exists():
                    raise
                path = _hub_of(home, business_date)
                attach(connection, path, "published", home.hub_key, read_only=True)
            # An older hub in its place would show what nobody may see any more.
            require_intact(path, home.known_sums)
        except duckdb.Error as error:
            raise StepFailed(why_closed(path, error)) from None
        except PublicationError as error:
            raise StepFailed(str(error)) from None
        yield connection
