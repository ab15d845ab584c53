"""The ledger of deliveries: which file of which night carried an id, and which ids must be corrected there.

It contains only ids. The history keeps its changes without a time limit.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb

from exports.delivery.corrections_file import CORRECTIONS
from exports.delivery.manifest import Manifest
from exports.errors import DeliveryError
from exports.publication.night_changes import LEDGER, History
from sources.base.sql import literal

TABLE = LEDGER
# The end of a file that replaces a withheld file, and of files without recipients.
_WITHHELD = "withheld.json"
_WITHOUT_RECIPIENTS = (".funnel.csv", CORRECTIONS, "removals.csv")
_DESCRIPTION = {
    "": "One row per target, file and recipient: who stood in the night's deliveries, by id alone; of what was withheld"
    " one row without recipient.",
    "target": "Who received it, such as attention",
    "file": "File of the delivery without its format: campaigns, audience.<segment>.<topic>; of what was withheld"
    " withheld, audience.<segment>.<topic>.withheld or audience.<segment>.withheld",
    "recipient_id": "Person, or organisation, as it was called that night; null of what was withheld",
}


_READERS = {
    ".jsonl": "read_json({}, format = 'newline_delimited', columns = {{person_id: 'VARCHAR'}})",
    ".parquet": "read_parquet({})",
    ".csv": "read_csv({}, header = true, all_varchar = true)",
}


def record_deliveries(connection: duckdb.DuckDBPyConnection, staged: Iterable[tuple[Manifest, Path]]) -> None:
    """Write the night's ledger from the files of staged deliveries.

    Writes: `work.hub.deliveries` (target, file, recipient_id), one row per target, file and recipient.
    """
    relation = f"work.hub.{TABLE}"
    connection.execute(f"create or replace table {relation} (target varchar, file varchar, recipient_id varchar)")
    for manifest, directory in staged:
        for query in _recipient_queries(manifest, directory):
            connection.execute(f"insert into {relation} {query} except from {relation}")
    for column, comment in _DESCRIPTION.items():
        subject = f"column {relation}.{column}" if column else f"table {relation}"
        connection.execute(f"comment on {subject} is {literal(comment)}")


def _recipient_queries(manifest: Manifest, directory: Path) -> Iterator[str]:
    """For each file of a delivery with recipients, the query of target, file and recipient_id."""
    for path in (directory / entry.name for entry in manifest.files):
        if path.name.endswith(_WITHHELD):
            yield f"select {literal(manifest.target)}, {literal(path.stem)}, null"
        elif not path.name.endswith(_WITHOUT_RECIPIENTS):
            recipient = "recipient_id" if path.name.startswith("audience.") else "person_id"
            rows = _READERS[path.suffix].format(literal(str(path)))
            yield f"select {literal(manifest.target)}, {literal(path.stem)}, {recipient} from {rows}"


def withheld_of(connection: duckdb.DuckDBPyConnection, target: str, ledger: str) -> list[str]:
    """The stems that a night withheld from a target: the target's name, audiences and segments."""
    rows = connection.execute(
        f"select file from {ledger} where target = $1 and recipient_id is null order by file", [target]
    ).fetchall()
    return [target if file == "withheld" else str(file).removesuffix(".withheld") for (file,) in rows]


def compare_with_ledger(connection: duckdb.DuckDBPyConnection, manifest: Manifest, directory: Path, ledger: str) -> int:
    """Compare a delivery that is made again with a night's ledger; return how many recipients per file it lacks.

    Args:
        connection: with the night's hub attached.
        manifest: of the delivery.
        directory: with its files.
        ledger: the night's ledger, a relation.

    Raises:
        DeliveryError: the delivery has a recipient that is not in the ledger.
    """
    delivered = " union ".join(_recipient_queries(manifest, directory))
    delivered = f"select * from ({delivered}) as rows(target, file, recipient_id) where recipient_id is not null"
    night = f"select target, file, recipient_id from {ledger} where target = {literal(manifest.target)}"
    night += " and recipient_id is not null"
    missing_sql, new_sql = f"({night}) except ({delivered})", f"({delivered}) except ({night})"
    row = connection.execute(
        f"select (select count(*) from ({missing_sql})), (select count(*) from ({new_sql}))"
    ).fetchone()
    missing, new = (int(value) for value in row) if row else (0, 0)
    if new:
        raise DeliveryError(
            f"the delivery to {manifest.target} of {manifest.business_date} would have {new} recipients that the "
            "original delivery did not have, because its contract or Fil has changed since; run "
            f"`fil nightly --date {manifest.business_date}` instead"
        )
    return missing


_SPANS = """
create or replace temp table carried_spans as
with changed as (
    select *, lead(night) over (partition by target, file, recipient_id order by night) as gone_on from carried
),
nights as (select unnest($nights::date[]) as night)
select target, file, recipient_id, changed.night as first_date, max(nights.night) as last_date
from changed inner join nights on nights.night < coalesce(gone_on, date '9999-12-31')
where change_count > 0
group by all
"""


def find_spans(
    connection: duckdb.DuckDBPyConnection, history: History, ids: Sequence[str] | str, until: date
) -> list[date]:
    """Find the nights whose deliveries carried some ids.

    Reads: the ledger's changes of each night before `until`.
    Writes: temp table `carried_spans` (target, file, recipient_id, first_date, last_date), one row per span of nights.

    Args:
        connection: with nothing of the history attached.
        history: of the home.
        ids: to search, or a query of one column with them.
        until: nights before this date are searched.

    Returns:
        The nights with a ledger.

    Raises:
        PublicationError: changes of a night are damaged.
    """
    wanted = ids if isinstance(ids, str) else f"select unnest([{', '.join(map(literal, ids))}]::varchar[])"
    connection.execute(f"create or replace temp table wanted_ids as select distinct * from ({wanted}) as ids(id)")
    connection.execute(
        "create or replace temp table carried"
        " (night date, target varchar, file varchar, recipient_id varchar, change_count integer)"
    )
    nights = []
    for night, changes in history.changes_before(connection, until):
        nights.append(night)
        connection.execute(
            f"insert into carried select $1, target, file, recipient_id, change_count from {changes}"
            " where recipient_id in (from wanted_ids)",
            [night],
        )
    connection.execute(_SPANS, {"nights": nights})
    return nights


# Receivers have the former id of a merged person, and the id of a split person since the merge that was wrong.
_WRONG = """
create or replace temp table wrong_ids as
with events as (from {hub}.person_events union all by name from {hub}.organisation_events),
tonight as (
    select event, ids_before, ids_after, unnest(if(
        event = 'merged', list_filter(ids_before, lambda one: not list_contains(ids_after, one)), ids_before
    )) as recipient_id
    from events
    where business_date = $day and event in ('merged', 'split', 'reassigned', 'retired') and ids_before <> ids_after
),
merges as (
    select ids_before, ids_after[1] as heir, business_date from events where event = 'merged' and business_date < $day
)
select tonight.recipient_id, event, array_to_string(tonight.ids_after, ' ') as ids_now,
    max(merges.business_date) as since
from tonight
left join merges
    on event = 'split' and heir = recipient_id
    and list_has_any(merges.ids_before, list_filter(tonight.ids_after, lambda one: one <> recipient_id))
group by all
"""

_CORRECTIONS = """
create or replace temp table corrections as
select target, recipient_id, event, ids_now, file, greatest(first_date, since) as first_date, last_date
from wrong_ids inner join carried_spans using (recipient_id)
where last_date >= coalesce(since, first_date)
"""


def find_corrections(
    connection: duckdb.DuckDBPyConnection, history: History, business_date: date, hub: str = "work.hub"
) -> None:
    """Find what earlier deliveries carried under an id that a night changed.

    Reads: the events in `hub`; the ledger's changes of earlier nights.
    Writes: temp table `corrections`, one row per target, file, delivered id and span of nights: target, recipient_id
    (as delivered), event, ids_now (separated by blanks; empty if the id means nobody now), file, first_date and
    last_date of the nights that carried it wrongly.

    Args:
        connection: with nothing of the history attached.
        history: of the home.
        business_date: of the night.
        hub: the schema with the events.
    """
    connection.execute(_WRONG.format(hub=hub), {"day": business_date})
    find_spans(connection, history, "select recipient_id from wrong_ids", business_date)
    connection.execute(_CORRECTIONS)
