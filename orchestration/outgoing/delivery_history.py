"""Lists what past nights delivered, from the history of a home.

`exports.publication.ledger` keeps it. The lists have only ids; the commands log the look-ups.
"""

from datetime import date

import duckdb

from exports.gate.small_cells import shown_count
from exports.publication.ledger import find_corrections, find_spans
from orchestration.casework.find_party import HUB
from orchestration.home.home import Home
from orchestration.outgoing.segments import declared_segments
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.recovery import require_finished
from orchestration.rendering.tables import Table, shown

_COUNTED = """
with counted as (
    select night, target, file, sum(people) as people, sum(withheld) as withheld from delivered_changes group by all
),
files as (select distinct target, file from counted),
nights as (select unnest($nights::date[]) as night),
recipients as (
    select nights.night, target, file,
        sum(coalesce(people, 0)) over of_file as recipients, sum(coalesce(withheld, 0)) over of_file > 0 as is_withheld
    from nights cross join files left join counted using (night, target, file)
    window of_file as (partition by target, file order by nights.night)
)
select night::varchar, target, file, is_withheld, recipients::bigint from recipients
where (recipients > 0 or is_withheld) and night in (select night from nights order by night desc limit $last)
order by night, target, file
"""


def delivered(connection: duckdb.DuckDBPyConnection, home: Home, last: int) -> Table:
    """How many recipients each file of the last nights had, and which files were withheld."""
    require_finished(home)
    connection.execute(
        "create temp table delivered_changes (night date, target varchar, file varchar, people bigint, withheld bigint)"
    )
    nights = []
    for night, relation in hub_history(home).changes_before(connection, date.max):
        nights.append(night)
        connection.execute(
            "insert into delivered_changes"
            " select $1, target, file, sum(change_count) filter (recipient_id is not null),"
            f" sum(change_count) filter (recipient_id is null) from {relation} group by all",
            [night],
        )
    rows = connection.execute(_COUNTED, {"nights": nights, "last": last}).fetchall()
    small = max((segment.small_cell for segment in declared_segments()), default=1)
    kept = [
        (
            *row,
            "withheld" if is_withheld else shown(shown_count(people, small)),
            "yes" if (home.exports / row[1] / row[0]).is_dir() else "no",
        )
        for *row, is_withheld, people in rows
    ]
    note = f"Recipients are rounded to the nearest {small}; {shown(None)} is fewer than {small}, so not shown"
    columns = ("night", "target", "file", "recipients", "kept")
    return Table("Deliveries", columns, kept, note, empty="No night has delivered anything yet.")


def carried(connection: duckdb.DuckDBPyConnection, home: Home, person_ids: list[str]) -> Table:
    """The deliveries that contained persons or organisations, under any of their ids; the hub is attached."""
    ids = [
        str(row[0])
        for row in connection.execute(
            f"""
            with recursive merged as (
                select unnest(ids_before) as former_id, ids_after[1] as later_id
                from (from {HUB}.person_events union all from {HUB}.organisation_events) where event = 'merged'
            ),
            meant (id) as (
                select unnest($ids::varchar[])
                union
                select former_id from meant inner join merged on later_id = id
            )
            select id from meant order by id
            """,
            {"ids": person_ids},
        ).fetchall()
    ]
    find_spans(connection, hub_history(home), ids, date.max)
    rows = connection.execute(
        "select recipient_id, target, file, first_date::varchar, last_date::varchar from carried_spans"
        " order by first_date, target, file, recipient_id"
    ).fetchall()
    columns = ("id", "target", "file", "from night", "to night")
    nothing = f"No delivery has contained {', '.join(person_ids)}."
    return Table("Deliveries that contain the party", columns, rows, empty=nothing)


def corrections(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date) -> Table:
    """The earlier deliveries that contained an id which a published night merged, split, moved or retired."""
    find_corrections(connection, hub_history(home), business_date, HUB)
    rows = connection.execute(
        "select recipient_id, event, ids_now, target, file, first_date::varchar, last_date::varchar from corrections"
        " order by all"
    ).fetchall()
    columns = ("id delivered", "event", "ids now", "target", "file", "from night", "to night")
    nothing = f"No delivery needs a correction since the night of {business_date}."
    return Table(f"Deliveries to correct since the night of {business_date}", columns, rows, empty=nothing)
