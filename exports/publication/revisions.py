"""Revises earlier deliveries that show reserved values of newly protected people; the night's seal replaces them.

A revision has the same files. Only files that show the address or contact of a protected person are written again. Its
manifest names the manifest that it supersedes. `removals.py` lists the removed recipients for the receivers.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import TARGETS, ExportContract, load_contract
from exports.contracts.declared import emptied_columns
from exports.delivery.deliver import StagedDelivery
from exports.delivery.manifest import Manifest, describe_file, write_manifest
from exports.delivery.removals import SUPERSEDED
from exports.delivery.writers import write_rows
from exports.errors import DeliveryError
from exports.gate.rows import as_one_text
from exports.publication.reserved import Past
from exports.publication.staging import business_date_of
from exports.staged import MANIFEST
from sources.base.files import fresh_directory, sha256_of, sync_directory
from sources.base.sql import identifier, literal

# How each format is read; the format that keeps types best comes first. In CSV, an empty text is not null.
_READERS = {
    ".parquet": "read_parquet({})",
    ".jsonl": "read_json({}, format = 'newline_delimited', sample_size = -1)",
    ".csv": "read_csv({}, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
    " allow_quoted_nulls = false, union_by_name = true, filename = 'read_from')",
}
_IS_RESERVED = "person_id in (from reserved_persons)"
# The recipients of messages about a protected child, from that night's own publication.
_RECIPIENTS = """
create or replace temp table recipients_of_reserved as
select segment, topic, coalesce(organisation_id, person_id) as recipient_id from {members}
where about_person_id in (from reserved_persons)
"""
_NO_MEMBERS = """(
    select null::varchar as segment, null::varchar as topic, null::varchar as organisation_id,
        null::varchar as person_id, 'P' as about_person_id
)"""
_IS_REMOVED = (
    "(recipient_id in (from reserved_recipients)"
    " or (segment, topic, recipient_id) in (select (segment, topic, recipient_id) from recipients_of_reserved))"
)


def stage_revisions(
    connection: duckdb.DuckDBPyConnection, exports_dir: Path, business_date: date, past: Past
) -> list[StagedDelivery]:
    """Stage a revision of each delivery of other nights that shows reserved values.

    Writes: the rows that it removes or changes, to `removals.SUPERSEDED` (target, file, recipient_id).

    Args:
        connection: with the temp tables of `past.find` and of `removals.begin_superseded`.
        exports_dir: of the home.
        business_date: of tonight; its own deliveries are staged elsewhere.
        past: the hubs of the nights that made the deliveries.

    Raises:
        DeliveryError: a delivery can't be read, so it may show reserved values.
    """
    staged = []
    for contract in map(load_contract, TARGETS):
        for final in sorted((exports_dir / contract.target).glob("????-??-??")):
            # A delivery whose files the receiver has moved away is not revised.
            has_files = final.is_dir() and any(path.name != MANIFEST for path in final.iterdir())
            if final.name == str(business_date) or not has_files:
                continue
            try:
                if revision := _revision(connection, contract, final, past):
                    staged.append(revision)
            except (OSError, ValueError, KeyError, TypeError, duckdb.Error) as error:
                raise DeliveryError(
                    f"{final} can't be read ({type(error).__name__}), and it may show the address of a person who "
                    "became protected since: remove it, then run the night again"
                ) from None
    return staged


def _revision(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, final: Path, past: Past
) -> StagedDelivery | None:
    """Stage a delivery without reserved values; None if it shows none."""
    manifest = Manifest.read(final)
    names = [entry.name for entry in manifest.files if (final / entry.name).exists()]
    own = [name for suffix in _READERS for name in names if name == f"{contract.target}{suffix}"]
    audiences = [name for name in names if name.startswith("audience.") and name.endswith(".csv")]
    audiences = [name for name in audiences if not name.endswith(".funnel.csv")]
    directory = final.with_name(f".staging-{final.name}")
    shows_own = bool(own) and _shows_own(connection, contract, final / own[0])
    shown = _shown_audiences(connection, contract, final, audiences, past)
    if not shows_own and not shown:
        return None
    fresh_directory(directory)
    written = _write_own(connection, contract, final, own, directory) if shows_own else {}
    written |= {path.name: _write_audience(connection, path, directory) for path in shown}
    for path in final.iterdir():
        if path.is_file() and path.name != MANIFEST and path.name not in written:
            os.link(path, directory / path.name)
    entries = [
        describe_file(directory / entry.name, written.get(entry.name, entry.rows))
        for entry in manifest.files
        if entry.name in names
    ]
    revised = replace(manifest, files=tuple(entries), supersedes=sha256_of(final / MANIFEST))
    token = write_manifest(directory, revised)
    sync_directory(directory)
    return StagedDelivery(directory, final, token, revised)


def _source(*paths: Path) -> str:
    files = ", ".join(literal(str(path)) for path in paths)
    return _READERS[paths[0].suffix].format(f"[{files}]")


def _reserved_columns(connection: duckdb.DuckDBPyConnection, contract: ExportContract, path: Path) -> list[str]:
    """The columns of a file with addresses or contacts, in the current and earlier versions of the contract."""
    columns = [str(row[0]) for row in connection.execute(f"describe from {_source(path)}").fetchall()]
    return [name for name in columns if name in {*emptied_columns("persons"), *contract.reserved_columns}]


def _shows_own(connection: duckdb.DuckDBPyConnection, contract: ExportContract, path: Path) -> bool:
    """Note the protected people with reserved values in a target's own file; for messages, all protected people."""
    reserved = _reserved_columns(connection, contract, path)
    is_shown = "true" if contract.purpose == "communicate" else f"{as_one_text(reserved)} <> ''"
    return _note(connection, f"select {literal(contract.target)}, {literal(contract.target)}, person_id"
                 f" from {_source(path)} where {_IS_RESERVED} and {is_shown}")  # fmt: skip


def _shown_audiences(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, final: Path, names: Sequence[str], past: Past
) -> list[Path]:
    """Note the rows to remove from a delivery's audiences; return the files with such rows."""
    if not names:
        return []
    day = business_date_of(final.name)
    if day in past.history.nights():
        with past.history.as_published(connection, day, "of_delivery", ("segment_members",)):
            connection.execute(_RECIPIENTS.format(members="of_delivery.hub.segment_members"))
    else:
        connection.execute(_RECIPIENTS.format(members=_NO_MEMBERS))
    connection.execute(f"""
        create or replace temp table shown_rows as
        select parse_filename(read_from) as name, recipient_id
        from {_source(*(final / name for name in names))} where {_IS_REMOVED}
        """)
    file = "regexp_replace(name, '[.]csv$', '')"
    _note(connection, f"select {literal(contract.target)}, {file}, recipient_id from shown_rows")
    rows = connection.execute("select distinct name from shown_rows order by name").fetchall()
    return [final / name for (name,) in rows]


def _note(connection: duckdb.DuckDBPyConnection, shown: str) -> bool:
    """Write the rows of a query of target, file and recipient_id to `SUPERSEDED`; return whether there are any."""
    [(count,)] = connection.execute(f"insert into {SUPERSEDED} select distinct * from ({shown})").fetchall()
    return bool(count)


def _write_own(
    connection: duckdb.DuckDBPyConnection,
    contract: ExportContract,
    final: Path,
    names: Sequence[str],
    directory: Path,
) -> dict[str, int]:
    """Write a target's own files without reserved values, from the file that keeps types best; return their rows."""
    source = _source(final / names[0])
    columns = [str(row[0]) for row in connection.execute(f"describe from {source}").fetchall()]
    columns_sql = ", ".join(identifier(name) for name in columns if name != "read_from")
    query = f"select {columns_sql} from {source} where not {_IS_RESERVED}"
    if contract.purpose != "communicate":
        hidden = dict.fromkeys(_reserved_columns(connection, contract, final / names[0]), "null")
        hidden |= {"is_protected": "true"} if "is_protected" in columns else {}
        replaced = ", ".join(
            f"if({_IS_RESERVED}, {value}, {identifier(name)}) as {identifier(name)}" for name, value in hidden.items()
        )
        query = f"select * replace ({replaced}) from {source}"
    connection.execute(f"create or replace temp table revised as {query}")
    for name in names:
        write_rows(connection, "temp.revised", "rows.person_id", Path(name).suffix.removeprefix("."), directory / name)
    [(rows,)] = connection.execute("select count(*) from temp.revised").fetchall()
    return dict.fromkeys(names, int(rows))


def _write_audience(connection: duckdb.DuckDBPyConnection, path: Path, directory: Path) -> int:
    """Write an audience without the rows to remove; the other rows do not change. Return their number."""
    rows = f"select * exclude (read_from) from {_source(path)} where not {_IS_REMOVED}"
    connection.execute(f"create or replace temp table revised as {rows}")
    write_rows(connection, "temp.revised", "rows.rowid", "csv", directory / path.name)
    [(count,)] = connection.execute("select count(*) from temp.revised").fetchall()
    return int(count)
