"""Loads raw Parquet into the work database, as of a business date, with a warning about each late source."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sources.base.sql import identifier, literal
from sources.base.wording import counted
from sources.contracts.contract import Contract, raw_relations
from sources.landing.receipts import damaged_receipts
from sources.loading.beside import load_first_told, load_quarantined, load_quarantined_deaths, rejected_in_use
from sources.loading.superseded import keeps_withdrawals, load_kept
from sources.parsing.noticed import withdrawals_of_nobody
from sources.parsing.raw_files import damaged_file, data_files, good_extracts, require_whole
from sources.parsing.rejections import rejections
from sources.quarantine.releases import load_released_rows

EXTRACTS = "work.raw.extracts"
BOOKKEEPING = {"_source_key": "varchar", "_line_number": "bigint", "_extract_date": "date"}
_IN_VIEW = r"read_parquet\('((?:[^']|'')*)'"


@dataclass(frozen=True)
class LoadedSource:
    """A source as of a business date. It is stale if its last good extract is older than its contract allows.

    `rows_released` are quarantined rows of the extracts in use that an engineer released. `rows_beside` has the rows of
    the tables beside, by table. A source that has never delivered has no extract dates. A source with a `gap` has no
    agreement in force, so its tables are empty. Both are stale only if the source is required, or if its withdrawals or
    protections would no longer apply.
    """

    source: str
    rows: int
    rows_released: int
    rows_beside: dict[str, int]
    extract_dates: tuple[date, ...]
    staleness_days: int | None
    is_stale: bool
    gap: str | None
    warnings: tuple[str, ...]


def load_raw(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, business_date: date
) -> LoadedSource:
    """Load a source's tables in the schema `raw`.

    Reads: the raw and quarantine files; the release journal.
    Writes: `work.raw.<source>__<entity>`, one row per row: of the latest good extract for a snapshot, of all good
    extracts for changes and events. It is a view over the Parquet file if there is one extract and no released row.
    The tables beside it, see `raw_relations`. The `_quarantined` table also has the rows of rejected extracts, because
    a withdrawal or a protection in any of these rows applies, and the superseded withdrawals, see `superseded.py`.
    `EXTRACTS`, one row per extract in use.

    Args:
        connection: to the work database.
        home: a `$FIL_HOME`.
        contract: the source's contract.
        business_date: of the night.

    Raises:
        ExtractDamaged: the parsed rows of an extract can't be read, or have changed since Fil wrote them.
    """
    gap = contract.gap(business_date)
    dates = () if gap else good_extracts(home, contract, business_date)
    used = dates[-1:] if contract.delivery.kind == "snapshot" else dates
    if contract.fields_of("protection") and not gap:
        # Protections of later dates also apply if an earlier night is run again.
        used = tuple(sorted({*used, *good_extracts(home, contract, date.max)[-1:]}))
    relations = raw_relations(contract)
    fields = {field.name: "varchar" for field in contract.fields}
    for name in relations:
        why = {"_reason": "varchar"} if name.endswith("_quarantined") else {}
        _create(connection, f"work.raw.{name}", fields | why | BOOKKEEPING)
    previous = dates[-2:-1] if f"{contract.relation}_previous" in relations else ()
    has_quarantined = bool(contract.read_in_quarantine)
    rejected = rejected_in_use(home, contract, business_date, used) if has_quarantined else ()
    require_whole(home, "raw", contract, {*previous, *used})
    require_whole(home, "quarantine", contract, {*previous, *used, *rejected})
    changed_keys = 0
    try:
        released = load_released_rows(connection, home, contract, {*previous, *used}, business_date)
        if used:
            changed_keys = _load(connection, home, contract, used, contract.relation)
        if f"{contract.relation}_first_told" in relations and len(used) > 1:
            load_first_told(connection, home, contract, used)
        if has_quarantined and keeps_withdrawals(contract):
            load_kept(connection, home, contract, used, (*used, *rejected))
        elif has_quarantined:
            load_quarantined(connection, home, contract, (*used, *rejected))
        elif contract.reports_death:
            load_quarantined_deaths(connection, home, contract, used, f"work.raw.{contract.relation}_quarantined")
        if previous:
            _load(connection, home, contract, previous, f"{contract.relation}_previous")
    except duckdb.Error as error:
        raise damaged(home, contract, tuple(sorted({*previous, *used})), error) from None
    _record_extracts(connection, contract, used)
    rows, *rows_beside = (_count(connection, f"work.raw.{name}") for name in relations)
    staleness_days = (business_date - dates[-1]).days if dates else None
    allowed_days = contract.delivery.staleness_days
    # Without this source, its refusals and protections would no longer apply.
    is_missed = bool(gap and contract.read_in_quarantine and good_extracts(home, contract, business_date))
    is_stale = is_missed or (contract.delivery.is_required if staleness_days is None else staleness_days > allowed_days)
    return LoadedSource(
        contract.source,
        rows,
        sum(count for day, count in released.rows.items() if day in used),
        {
            name: count
            for name, count in zip(relations[1:], rows_beside, strict=True)
            if not name.endswith("_first_told")
        },
        used,
        staleness_days,
        is_stale,
        gap,
        (without_agreement(contract, gap),)
        if gap
        else (
            *_warnings(contract, staleness_days, changed_keys),
            *_rejected_since(home, contract, business_date, dates),
            *damaged_receipts(home, contract, used),
            *withdrawals_of_nobody(connection, home, contract, used),
            *released.warnings,
        ),
    )


def record_agreements(
    connection: duckdb.DuckDBPyConnection, contracts: tuple[Contract, ...], business_date: date
) -> None:
    """Write `work.raw.agreements`, one row per source and purpose that its agreement allows."""
    connection.execute(
        "create or replace table work.raw.agreements (source varchar, purpose varchar, controller varchar, "
        "basis varchar, valid_from date, valid_to date, is_in_force boolean, lists_each_person_once boolean, "
        "is_public_task boolean)"
    )
    for contract in contracts:
        agreement = contract.agreement
        for purpose in agreement.purposes if agreement else ():
            terms = (
                (agreement.controller, agreement.basis, agreement.valid_from, agreement.valid_to) if agreement else ()
            )
            connection.execute(
                "insert into work.raw.agreements values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    contract.source,
                    purpose,
                    *terms,
                    contract.gap(business_date) is None,
                    contract.lists_each_person_once,
                    agreement is not None and purpose in agreement.public_task,
                ],
            )


def without_agreement(contract: Contract, gap: str) -> str:
    """The warning about a source whose agreement has a gap on a day."""
    return (
        f"{contract.source}: {gap}; Fil does not take or use its data until {contract.source}.odcs.yaml has an "
        "agreement in force"
    )


def files_in_views(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[Path]:
    """The Parquet files that a source's raw views read."""
    rows = connection.execute(
        f"select distinct regexp_extract(sql, {literal(_IN_VIEW)}, 1) from duckdb_views() "
        "where database_name = 'work' and schema_name = 'raw' and list_contains($names, view_name) order by all",
        {"names": raw_relations(contract)},
    ).fetchall()
    return [Path(str(file).replace("''", "'")) for (file,) in rows if file]


def _create(connection: duckdb.DuckDBPyConnection, relation: str, columns: dict[str, str]) -> None:
    definition = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
    schema, name = relation.split(".")[1:]
    views = "select 1 from duckdb_views() where database_name = 'work' and schema_name = ? and view_name = ?"
    if connection.execute(views, [schema, name]).fetchone():
        connection.execute(f"drop view {relation}")
    connection.execute(f"create or replace table {relation} ({definition})")


def _load(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, used: tuple[date, ...], relation: str
) -> int:
    """Fill a raw table with the latest row of each key; return the number of events with different rows."""
    if len(used) == 1 and not _has_released(connection, used[0]):
        _view(connection, relation, data_files(home, "raw", contract, used)[0])
        return 0
    values = {"files": data_files(home, "raw", contract, used), "days": list(used)}
    all_rows = (
        "(from read_parquet($files, hive_partitioning = false) union all by name "
        "from released where list_contains($days, _extract_date))"
    )
    # In one extract keys are unique.
    latest = "qualify row_number() over (partition by _source_key order by _extract_date desc) = 1"
    filter_sql = "" if len(used) == 1 else latest
    connection.execute(f"insert into work.raw.{relation} by name select * from {all_rows} {filter_sql}", values)
    if contract.delivery.kind != "events" or len(used) == 1:
        return 0
    names = ", ".join(field.column for field in contract.fields)
    row = connection.execute(
        f"select count(*) from (select _source_key from {all_rows} group by _source_key"
        f" having count(*) > 1 and count(distinct hash(row({names}))) > 1)",
        values,
    ).fetchone()
    return int(row[0]) if row else 0


def _has_released(connection: duckdb.DuckDBPyConnection, day: date) -> bool:
    row = connection.execute("select count(*) from released where _extract_date = ?", [day]).fetchone()
    return bool(row and row[0])


def _view(connection: duckdb.DuckDBPyConnection, relation: str, file: str) -> None:
    """Replace an empty raw table with a view over a Parquet file, with the columns of the table.

    The whole file is read once, so that a damaged file raises here, where its name is known.
    """
    source = f"read_parquet({literal(file)}, hive_partitioning = false)"
    known = {str(name) for name, *_ in connection.execute(f"describe select * from {source}").fetchall()}
    columns = connection.execute(f"describe work.raw.{relation}").fetchall()
    selected = ", ".join(
        identifier(str(name)) if name in known else f"cast(null as {kind}) as {identifier(str(name))}"
        for name, kind, *_ in columns
    )
    connection.execute(f"select bit_xor(hash(columns(*))) from {source}").fetchall()
    connection.execute(f"drop table work.raw.{relation}")
    connection.execute(f"create view work.raw.{relation} as select {selected} from {source}")


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0


def _record_extracts(connection: duckdb.DuckDBPyConnection, contract: Contract, used: tuple[date, ...]) -> None:
    """Write the source's extracts in use to `EXTRACTS`, one row per extract; all others are unheard."""
    connection.execute(f"create table if not exists {EXTRACTS} (source varchar, extract_date date)")
    connection.execute(f"delete from {EXTRACTS} where source = $1", [contract.source])
    connection.execute(f"insert into {EXTRACTS} select $1, unnest($2::date[])", [contract.source, list(used)])


def damaged(home: Path, contract: Contract, used: tuple[date, ...], error: Exception) -> Exception:
    """What to raise instead of a DuckDB error: if a damaged file is the cause, an error that names it."""
    for file in (file for area in ("raw", "quarantine") for file in data_files(home, area, contract, used)):
        try:
            duckdb.execute(f"select bit_xor(hash(columns(*))) from read_parquet({literal(file)})").fetchall()
        except duckdb.Error:
            return damaged_file(Path(file))
    return error


def _warnings(contract: Contract, staleness_days: int | None, changed_keys: int) -> tuple[str, ...]:
    if staleness_days is None:
        return (f"{contract.source}: no good extract has landed yet; deliver one into the inbox",)
    warnings = []
    if contract.delivery.is_late(staleness_days):
        late, allowed = counted(staleness_days, "day"), counted(contract.delivery.staleness_days, "day")
        warnings.append(
            f"{contract.source}: late: {late} without a good extract, {allowed} allowed; ask its owner for an extract"
        )
    if changed_keys:
        warnings.append(
            f"{contract.source}: {counted(changed_keys, 'key')} of earlier extracts came again with different values; "
            "the latest extract applies"
        )
    return tuple(warnings)


def _rejected_since(home: Path, contract: Contract, business_date: date, good: tuple[date, ...]) -> tuple[str, ...]:
    """The nightly warnings about rejected extracts that would otherwise be in use."""
    rejected = rejections(home, contract, business_date)
    if contract.delivery.kind == "snapshot" and good:
        rejected = {day: reason for day, reason in rejected.items() if day > good[-1]}
    return tuple(rejected.values())
