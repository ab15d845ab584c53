"""Whom a receiver has to remove: who stands in the last files that it received and may not leave any more tonight.

They go with every delivery, also with one that is withheld. Ids alone stand in it; it passes no gate.
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import duckdb

from exports.audience_gate import with_admitted
from exports.contract import ExportContract
from exports.history import History, has_table
from exports.ledger import TABLE
from exports.manifest import FileEntry, describe_file
from exports.writers import write_rows
from sources.sql import literal

REMOVALS = "removals.csv"
# Whom deliveries of other nights showed until tonight revised them (`revisions.py`).
SUPERSEDED = "temp.superseded"

# A row of the ledger without a recipient is of what was withheld; it covers a target's own file, an audience, or all
# audiences of a segment. What it covers, the receiver has from a night before.
_LAST_FILES = """
create or replace temp table last_delivered (target varchar, file varchar, recipient_id varchar);
create or replace temp table looked_for (target varchar, stem varchar);
"""
# The ledger hides in which audience somebody stood who is protected since: it may have been any of that night's.
_NIGHT = """
create or replace temp table of_night as
select target, file, recipient_id, case
    when recipient_id is not null then file
    when file = 'withheld' then target
    else regexp_replace(file, '[.]withheld$', '')
end as stem
from {ledger}
where file <> 'audience.RESERVAT'
union
select hidden.target, audiences.file, hidden.recipient_id, audiences.file
from {ledger} as hidden
inner join (
    select distinct target, file from {ledger}
    where starts_with(file, 'audience.') and file <> 'audience.RESERVAT' and recipient_id is not null
) as audiences using (target)
where hidden.file = 'audience.RESERVAT';
insert into last_delivered
select target, file, recipient_id from of_night
where recipient_id is not null and ({is_first} or exists (
    select 1 from looked_for where looked_for.target = of_night.target
        and (of_night.stem = looked_for.stem or starts_with(of_night.stem, looked_for.stem || '.'))
));
create or replace temp table looked_for as
select distinct of_night.target, if(len(of_night.stem) > len(before.stem), of_night.stem, before.stem) as stem
from of_night
inner join {before} as before
    on before.target = of_night.target and (
        before.stem = of_night.stem or before.stem = '' or starts_with(of_night.stem, before.stem || '.')
        or starts_with(before.stem, of_night.stem || '.')
    )
where of_night.recipient_id is null;
"""


def begin_superseded(
    connection: duckdb.DuckDBPyConnection, exports_dir: Path, business_date: date, reserved: str
) -> None:
    """Make the temp table of target, file and recipient_id of what tonight revises.

    It begins with those whom the same night listed before it was run again: what showed them is revised by now.
    `reserved` is a query of the ids of who is protected.
    """
    connection.execute("create or replace temp table superseded (target varchar, file varchar, recipient_id varchar)")
    for path in exports_dir.glob(f"*/{business_date}/{REMOVALS}"):
        listed = f"read_csv({literal(str(path))}, header = true, all_varchar = true) where recipient_id in ({reserved})"
        connection.execute(
            f"insert into {SUPERSEDED} select $1, file, recipient_id from {listed}", [path.parent.parent.name]
        )


def find_last_delivered(connection: duckdb.DuckDBPyConnection, history: History, business_date: date) -> None:
    """Write temp table `last_delivered`: target, file and recipient_id of the last files that each receiver has."""
    connection.execute(_LAST_FILES)
    is_first = True
    for night in history.nights_back(connection, business_date):
        if not has_table(connection, night, TABLE):
            return
        before = "(select distinct target, '' as stem from of_night)" if is_first else "looked_for"
        ledger, first = f"{night}.hub.{TABLE}", str(is_first).lower()
        connection.execute(_NIGHT.format(ledger=ledger, is_first=first, before=before))
        row = connection.execute("select count(*) from looked_for").fetchone()
        if row is None or not row[0]:
            return
        is_first = False


def write_removals(
    connection: duckdb.DuckDBPyConnection,
    contract: ExportContract,
    business_date: date,
    directory: Path,
    withheld: Collection[str],
) -> FileEntry:
    """Write whom of its last files a target has to remove; the gate has been asked (`delivery.ask_gate`) before.

    `withheld` are the stems of what it does not receive.
    """
    path = directory / REMOVALS
    # In a card that stays with its receiver, contact and place of a person protected since are still shown.
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
    _find_in_audiences(connection, contract, business_date)
    connection.execute(
        "create temp table if not exists superseded (target varchar, file varchar, recipient_id varchar)"
    )
    connection.execute(f"""
        insert into temp.removals
        select recipient_id, file from {SUPERSEDED} where target = {literal(contract.target)}
        except from temp.removals""")
    write_rows(connection, "temp.removals", "rows.recipient_id, rows.file", "csv", path)
    row = connection.execute("select count(*) from temp.removals").fetchone()
    return describe_file(path, int(row[0]) if row else 0)


def _find_in_audiences(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> None:
    """Add who may not be told any more on any basis, or only of a child that died or is protected by now."""
    rules = contract.audiences
    if rules is None:
        return
    bases = ", ".join(literal(basis) for basis in rules.bases)
    source = f"""
        from (
            select row_number() over () as place, *
            from (
                select
                    file, split_part(file, '.', 2) as segment, split_part(file, '.', 3) as topic, recipient_id,
                    unnest([{bases}]) as basis, cast(null as varchar) as address
                from temp.last_delivered
                where target = {literal(contract.target)} and starts_with(file, 'audience.')
            )
        )"""
    connection.execute(f"""
        insert into temp.removals
        {with_admitted(source, rules, business_date)},
        childless as (
            select candidates.segment, candidates.person_id
            from work.hub.segment_candidates as candidates
            group by all
            having bool_and(coalesce(reason_out in ('deceased', 'protected'), false) and about_person_id is not null)
        )
        select distinct recipient_id, file
        from (
            select written.recipient_id, written.file
            from written
            group by all
            having not bool_or(written.place in (select place from admitted))
            union all
            select written.recipient_id, written.file
            from written
            semi join childless on childless.segment = written.segment and childless.person_id = written.recipient_id
        )""")
