"""What went where: which file of which night's deliveries carried an id, and what has to be put right there since.

Ids alone stand in it, for good, as the history keeps its changes; what a delivery holds of somebody is for `delivery`.
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
# Beside what carries somebody; of what was withheld the file that stands in its place is known.
_WITHHELD = "withheld.json"
_OF_NOBODY = (".funnel.csv", CORRECTIONS, "removals.csv")
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
    """Write `work.hub.deliveries` from the files of staged deliveries themselves, as they will leave."""
    relation = f"work.hub.{TABLE}"
    connection.execute(f"create or replace table {relation} (target varchar, file varchar, recipient_id varchar)")
    for manifest, directory in staged:
        for told in _recipients(manifest, directory):
            connection.execute(f"insert into {relation} {told} except from {relation}")
    for column, comment in _DESCRIPTION.items():
        subject = f"column {relation}.{column}" if column else f"table {relation}"
        connection.execute(f"comment on {subject} is {literal(comment)}")


def _recipients(manifest: Manifest, directory: Path) -> Iterator[str]:
    """For each file of a delivery that carries somebody the query of target, file and recipient_id."""
    for path in (directory / entry.name for entry in manifest.files):
        if path.name.endswith(_WITHHELD):
            yield f"select {literal(manifest.target)}, {literal(path.stem)}, null"
        elif not path.name.endswith(_OF_NOBODY):
            recipient = "recipient_id" if path.name.startswith("audience.") else "person_id"
            rows = _READERS[path.suffix].format(literal(str(path)))
            yield f"select {literal(manifest.target)}, {literal(path.stem)}, {recipient} from {rows}"


def withheld_of(connection: duckdb.DuckDBPyConnection, target: str, ledger: str) -> list[str]:
    """The stems of what a night withheld from a target: its own name, audiences and segments."""
    rows = connection.execute(
        f"select file from {ledger} where target = $1 and recipient_id is null order by file", [target]
    ).fetchall()
    return [target if file == "withheld" else str(file).removesuffix(".withheld") for (file,) in rows]


def hold_against_ledger(connection: duckdb.DuckDBPyConnection, manifest: Manifest, directory: Path, ledger: str) -> int:
    """How many recipients, file by file, a night's ledger has of a target that what is delivered again lacks.

    Raises:
        DeliveryError: it would carry somebody whom that night did not deliver, so that the ledger would not tell it.
    """
    leaving = " union ".join(_recipients(manifest, directory))
    leaving = f"select * from ({leaving}) as told(target, file, recipient_id) where recipient_id is not null"
    night = f"select target, file, recipient_id from {ledger} where target = {literal(manifest.target)}"
    night += " and recipient_id is not null"
    lacked, stranger = f"({night}) except ({leaving})", f"({leaving}) except ({night})"
    row = connection.execute(
        f"select (select count(*) from ({lacked})), (select count(*) from ({stranger}))"
    ).fetchone()
    lacking, strange = (int(value) for value in row) if row else (0, 0)
    if strange:
        raise DeliveryError(
            f"the delivery to {manifest.target} of {manifest.business_date} would have {strange} recipients that the "
            "original delivery did not have, because its contract or Fil has changed since; run "
            f"`fil nightly --date {manifest.business_date}` instead"
        )
    return lacking


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
    """Write temp table `carried_spans`: target, file, recipient_id, and the first and last night that carried it.

    Args:
        connection: with nothing of the history attached.
        history: of the home.
        ids: to look for, or a query of one column that gives them.
        until: nights before this date are looked at.

    Returns:
        Those nights that told what they delivered.

    Raises:
        PublicationError: changes of a night are damaged.
    """
    wanted = ids if isinstance(ids, str) else f"select unnest([{', '.join(map(literal, ids))}]::varchar[])"
    connection.execute(f"create or replace temp table wanted_ids as select distinct * from ({wanted}) as told(id)")
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


# Of who was merged the former id stands downstream, of who was split the id that meant several, from their merge on.
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
    """Write temp table `corrections`: what earlier deliveries carried under an id that a night changed.

    Its rows: target, recipient_id as it was delivered, event, ids_now (ids with a blank between them, none when it
    means nobody any more), file, first_date and last_date of the nights that carried it wrongly.
    """
    connection.execute(_WRONG.format(hub=hub), {"day": business_date})
    find_spans(connection, history, "select recipient_id from wrong_ids", business_date)
    connection.execute(_CORRECTIONS)
