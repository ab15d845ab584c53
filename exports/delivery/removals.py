"""Writes removals: the recipients in a receiver's last files who may no longer be exported tonight.

The file is part of every delivery, also of a withheld one. It contains only ids, so it does not pass the gate.
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import ExportContract
from exports.delivery.audience_names import stem_sql
from exports.delivery.manifest import FileEntry, describe_file
from exports.delivery.writers import write_rows
from exports.gate.audience_rows import with_admitted
from sources.base.sql import literal

REMOVALS = "removals.csv"
# The recipients that tonight's revisions of other deliveries remove or change (`revisions.py`).
SUPERSEDED = "temp.superseded"

_OF_AUDIENCES = """
create or replace temp table of_audiences as
select distinct
    file, recipient_id, basis as rested_on, request_id as asked, about_person_id, address as written_to,
    split_part(file, '.', 2) as segment, split_part(file, '.', 3) as topic
from temp.last_delivered
where target = {target} and starts_with(file, 'audience.')
"""
# The bases that may still allow a row, beside tonight's file of the same name. If the basis was a request, only this
# request is checked: it must still be of the same topic and address. Otherwise each basis of the contract is checked;
# a request must have the same topic.
_BEARING = """
from (
    select row_number() over () as place, *
    from (
        select of_audiences.*, bases.basis, cast(null as varchar) as request_id, cast(null as varchar) as address,
            -- The child itself: a letter to its family.
            if(recipient_id = about_person_id, 'family', 'person') as addressee, cast(null as varchar) as channel
        from temp.of_audiences, (select unnest([{bases}]) as basis) as bases
        where rested_on is distinct from 'request' and bases.basis <> 'request'
        union all
        select of_audiences.*, 'request', asked, regexp_replace(written_to, '^[+]', '00'), 'person', null
        from temp.of_audiences
        where rested_on = 'request' and not exists (
            select 1 from leaving_requests as requests where requests.request_id = asked and {stem} <> file
        )
        union all
        select of_audiences.*, 'request', requests.request_id, null, 'person', null
        from temp.of_audiences
        inner join leaving_requests as requests
            on coalesce(requests.organisation_id, requests.person_id) = recipient_id and {stem} = file
        where rested_on is distinct from 'request'
    )
)
"""
# The child that a row is about comes from that night's candidates or, if it is hidden there, from tonight's.
_REMOVED = """
insert into temp.removals
{with_admitted},
borne as (
    select written.file, written.recipient_id from written semi join admitted on admitted.place = written.place
    union
    select {stem}, recipient_id from temp.audience_rows
    where is_admitted and not list_has_any([{withheld}]::varchar[], ['audience.' || segment, {stem}])
),
childless as (
    select {stem} as file, person_id as recipient_id
    from work.hub.segment_candidates
    group by all
    having bool_and(coalesce(reason_out in ('deceased', 'protected'), false) and about_person_id is not null)
)
select distinct recipient_id, file
from temp.of_audiences
where (file, recipient_id) not in (select (file, recipient_id) from borne)
    or (file, recipient_id) in (select (file, recipient_id) from childless)
    or (about_person_id is not null and not exists (
        select 1 from leaving_persons as children
        where children.person_id = about_person_id and children.is_deceased is false and children.is_protected is false
    ))
"""


def begin_superseded(
    connection: duckdb.DuckDBPyConnection, exports_dir: Path, business_date: date, reserved: str
) -> None:
    """Create the temp table of recipients that tonight's revisions remove or change.

    If the night is run again, the protected people in its earlier removals are added: an earlier run has revised their
    files.

    Writes: `SUPERSEDED` (target, file, recipient_id), one row per recipient and file.

    Args:
        connection: to the work database.
        exports_dir: of the home.
        business_date: of the night.
        reserved: a query of the ids of protected people.
    """
    connection.execute("create or replace temp table superseded (target varchar, file varchar, recipient_id varchar)")
    for path in exports_dir.glob(f"*/{business_date}/{REMOVALS}"):
        listed = f"read_csv({literal(str(path))}, header = true, all_varchar = true) where recipient_id in ({reserved})"
        connection.execute(
            f"insert into {SUPERSEDED} select $1, file, recipient_id from {listed}", [path.parent.parent.name]
        )


def write_removals(
    connection: duckdb.DuckDBPyConnection,
    contract: ExportContract,
    business_date: date,
    directory: Path,
    withheld: Collection[str],
) -> FileEntry:
    """Write the recipients that a target must remove from its last files.

    Reads: the temp tables of `last_delivered.find_last_delivered` and `deliver.ask_gate`; `SUPERSEDED`.
    Writes: temp table `removals` (recipient_id, file), one row per recipient and file; `removals.csv`.

    Args:
        connection: to the work database.
        contract: of the target.
        business_date: of the night.
        directory: for the file.
        withheld: stems of withheld files.
    """
    path = directory / REMOVALS
    # If tonight's file is withheld, the last file still shows contacts of people who are protected now.
    shown = (
        "or exists (select 1 from leaving_persons where person_id = recipient_id and is_protected is not false)"
        if contract.target in withheld
        else ""
    )
    connection.execute(f"""
        create or replace temp table removals as
        select recipient_id, file from temp.last_delivered
        where target = {literal(contract.target)} and file = target and (
            not exists (select 1 from temp.admitted_persons where person_id = recipient_id) {shown}
        )""")
    _find_in_audiences(connection, contract, business_date, withheld)
    connection.execute(f"""
        insert into temp.removals
        select recipient_id, file from {SUPERSEDED} where target = {literal(contract.target)}
        except from temp.removals""")
    write_rows(connection, "temp.removals", "rows.recipient_id, rows.file", "csv", path)
    [(rows,)] = connection.execute("select count(*) from temp.removals").fetchall()
    return describe_file(path, rows)


def _find_in_audiences(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date, withheld: Collection[str]
) -> None:
    """Add rows of audiences without a valid basis, or about a child that died or is protected."""
    rules = contract.audiences
    if rules is None:
        return
    connection.execute(_OF_AUDIENCES.format(target=literal(contract.target)))
    bearing = _BEARING.format(
        bases=", ".join(map(literal, rules.bases)), stem=stem_sql("requests.segment", "requests.topic")
    )
    removed = _REMOVED.format(
        with_admitted=with_admitted(bearing, rules, business_date),
        stem=stem_sql("segment", "topic"),
        withheld=", ".join(map(literal, withheld)),
    )
    connection.execute(removed)
