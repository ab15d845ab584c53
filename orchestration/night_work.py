"""What is known of a night only until the next begins: its scored pairs, and which fields each mention had.

They stand in the work database, which the next night makes anew.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

import duckdb

from matching.calibration import calibration_error, thresholds, weight_bins
from orchestration.city_truth import number
from orchestration.database import attach
from orchestration.lock import NightRunning, intake_lock
from orchestration.settings import Settings

_FIELDS = {
    "document": "document is null",
    "valid document": "not is_document_valid",
    "given name": "given_name is null",
    "surname": "surname_1 is null",
    "second surname": "surname_1 is not null and surname_2 is null",
    "birth date": "birth_date is null",
    "street": "street is null",
    "e-mail and phone": "email is null and phone is null",
}
# Parts of the mentions by a field that they lack, for `matching.evaluation_groups`.
MISSING = f"""(
    select unnest([{", ".join(f"if({condition}, '{name}', null)" for name, condition in _FIELDS.items())}]) as part,
        {number("mention_id")} as mention_id
    from work.intermediate.int_person_mentions
)"""
MISSING = f"(from {MISSING} where part is not null)"


@contextmanager
def work_of_night(connection: duckdb.DuckDBPyConnection, settings: Settings, business_date: date) -> Iterator[str]:
    """Attach the work database as `work`, if it is that night's still; yields why it is not, or nothing.

    Nights wait meanwhile, as a reader would shut them out.
    """
    with ExitStack() as held:
        if not settings.work_database.exists():
            yield "the work database is not there"
            return
        try:
            held.enter_context(intake_lock(settings.home))
        except NightRunning:
            yield "a night is running"
            return
        attach(connection, settings.work_database, "work", settings.hub_key, read_only=True)
        held.callback(connection.execute, "detach work")
        yield _why_not(connection, business_date)


def _why_not(connection: duckdb.DuckDBPyConnection, business_date: date) -> str:
    tables = connection.execute(
        "select count(*) from information_schema.tables where table_catalog = 'work' and table_name in "
        "('run', 'int_person_mentions', 'scored_pairs', 'organisation_pairs')"
    ).fetchall()[0][0]
    if tables < 4:
        return "the last night did not come as far as its links"
    of = connection.execute("select business_date from work.raw.run").fetchall()[0][0]
    return "" if of == business_date else f"the work database is of {of} by now"


def calibrate(connection: duckdb.DuckDBPyConnection, pairs: str, true_pairs: int) -> dict[str, Any]:
    """Bins of weight with predicted and observed shares of matches, and what each threshold would do."""
    ends = ", ".join(f"{number(end)} as {end}" for end in ("mention_id_l", "mention_id_r"))
    bins = weight_bins(connection, f"(select * replace ({ends}) from work.linkage.{pairs})")
    scored_matches = sum(one.matches for one in bins)
    found = thresholds(bins, true_pairs)
    return {
        "bins": [asdict(one) | {"observed": one.observed, "observed_bits": one.observed_bits} for one in bins],
        "calibration_error": calibration_error(bins),
        "never_scored_pairs": true_pairs - scored_matches,
        "thresholds": [asdict(one) for one in found],
    }
