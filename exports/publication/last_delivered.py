"""Finds the recipients in the last files that each receiver has, and the basis of each row of an audience.

`removals.py` finds the recipients that a receiver must remove.
"""

from datetime import date

import duckdb

from exports.delivery.audience_names import stem_sql
from exports.publication.hub_sums import tables_in
from exports.publication.ledger import TABLE
from exports.publication.night_changes import History

# A row of the ledger without recipient is a withheld file: a target's own file, an audience, or all audiences of a
# segment. The receiver still has this file from an earlier night.
_RELATIONS = """
create or replace temp table last_delivered (
    target varchar, file varchar, recipient_id varchar, basis varchar, request_id varchar, about_person_id varchar,
    address varchar
);
create or replace temp table looked_for (target varchar, stem varchar);
"""
# For people who are protected now, the ledger hides the audience: it may be any of that night's, unless an earlier run
# of the same date listed it (`removals.begin_superseded`).
_OF_NIGHT = """
create or replace temp table of_night as
select target, file, recipient_id, case
    when recipient_id is not null then file
    when file = 'withheld' then target
    else nullif(regexp_replace(file, '[.]withheld$', ''), '')
end as stem
from {night}.{ledger}
where file <> 'audience.RESERVAT'
union
select hidden.target, audiences.file, hidden.recipient_id, audiences.file
from {night}.{ledger} as hidden
inner join (
    select distinct target, file from {night}.{ledger}
    where starts_with(file, 'audience.') and file <> 'audience.RESERVAT' and recipient_id is not null
) as audiences using (target)
where hidden.file = 'audience.RESERVAT'
    and (hidden.target, hidden.recipient_id) not in (select (target, recipient_id) from temp.superseded);
"""
# The basis of an audience's row is in that night's candidates; for people who are hidden there, it is unknown.
_REMEMBER = """
insert into last_delivered
with
last_files as (
    select target, file, recipient_id from of_night
    where recipient_id is not null and ({is_whole} or exists (
        select 1 from looked_for where looked_for.target = of_night.target
            and (of_night.stem = looked_for.stem or starts_with(of_night.stem, looked_for.stem || '.'))
    ))
),
candidates as (
    select {stem} as file, coalesce(organisation_id, person_id) as recipient_id, basis, request_id,
        about_person_id, address
    from {night}.hub.segment_candidates
    where reason_out is null
)
select last_files.*, candidates.basis, candidates.request_id, candidates.about_person_id,
    candidates.address
from last_files
anti join last_delivered using (target, file, recipient_id)
left join candidates on candidates.file = last_files.file and candidates.recipient_id = last_files.recipient_id;
"""
_LOOK_FURTHER = """
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
_EACH_TARGET = "(select distinct target, '' as stem from of_night)"


def find_last_delivered(connection: duckdb.DuckDBPyConnection, history: History, business_date: date) -> None:
    """Find the recipients in the last files of each receiver.

    If a date is run again, the files of its earlier run are included, because they are replaced.

    Reads: the ledger and the candidates of nights up to the business date, the last one first.
    Writes: temp table `last_delivered` (target, file, recipient_id; for an audience also basis, request_id,
    about_person_id and address, if known), one row per row of a file.
    """
    connection.execute(_RELATIONS)
    connection.execute(
        "create temp table if not exists superseded (target varchar, file varchar, recipient_id varchar)"
    )
    before = _EACH_TARGET
    for day, night in history.nights_back(connection, business_date, (TABLE, "segment_candidates")):
        if TABLE not in tables_in(connection, night):
            return
        connection.execute(_OF_NIGHT.format(night=night, ledger=f"hub.{TABLE}"))
        is_whole = str(before == _EACH_TARGET).lower()
        connection.execute(_REMEMBER.format(night=night, is_whole=is_whole, stem=stem_sql("segment", "topic")))
        if day == business_date:
            continue
        connection.execute(_LOOK_FURTHER.format(before=before))
        if not connection.execute("from looked_for").fetchall():
            return
        before = "looked_for"
