"""Earlier deliveries without what is reserved since: each that shows it is replaced, in the night's own commit.

A revision holds the same files, byte for byte, but for those that show where somebody lives or is reached who is
protected by now; its manifest names the one that it supersedes. Whom they showed is told to receivers by `removals.py`.
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
from exports.publication.reserved import Past
from exports.publication.staging import business_date_of
from exports.staged import MANIFEST
from sources.base.files import fresh_directory, sha256_of, sync_directory
from sources.base.sql import identifier, literal

# How each format is read back, the one first that keeps types best; an empty text in CSV is not a missing one.
_READERS = {
    ".parquet": "read_parquet({})",
    ".jsonl": "read_json({}, format = 'newline_delimited', sample_size = -1)",
    ".csv": "read_csv({}, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
    " allow_quoted_nulls = false, union_by_name = true, filename = 'read_from')",
}
_IS_RESERVED = "person_id in (from reserved_persons)"
# Who is told of a child that is protected, by that night's own publication.
_TOLD = """
create or replace temp table told_of_reserved as
select segment, topic, coalesce(organisation_id, person_id) as recipient_id from {members}
where about_person_id in (from reserved_persons)
"""
_OF_NOBODY = """(
    select null::varchar as segment, null::varchar as topic, null::varchar as organisation_id,
        null::varchar as person_id, 'P' as about_person_id
)"""
_IS_TOLD = (
    "(recipient_id in (from reserved_recipients)"
    " or (segment, topic, recipient_id) in (select (segment, topic, recipient_id) from told_of_reserved))"
)


def stage_revisions(
    connection: duckdb.DuckDBPyConnection, exports_dir: Path, business_date: date, past: Past
) -> list[StagedDelivery]:
    """Stage the deliveries of other nights that show what is reserved by tonight, each without it.

    Whom they show is added to the temp table of `removals.begin_superseded`.

    Args:
        connection: after `past.find`, with its temp tables, and `begin_superseded`.
        exports_dir: of the home.
        business_date: of tonight, whose own deliveries are staged by themselves.
        past: the hubs of the nights that delivered them.

    Raises:
        DeliveryError: a delivery can't be read, so that nobody can tell whom it shows.
    """
    staged = []
    for contract in map(load_contract, TARGETS):
        for final in sorted((exports_dir / contract.target).glob("????-??-??")):
            # What a receiver took away shows nobody any more.
            shown = final.is_dir() and any(path.name != MANIFEST for path in final.iterdir())
            if final.name == str(business_date) or not shown:
                continue
            try:
                if one := _revision(connection, contract, final, past):
                    staged.append(one)
            except (OSError, ValueError, KeyError, TypeError, duckdb.Error) as error:
                raise DeliveryError(
                    f"{final} can't be read ({type(error).__name__}), and it may show the address of a person who "
                    "became protected since: remove it, then run the night again"
                ) from None
    return staged


def _revision(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, final: Path, past: Past
) -> StagedDelivery | None:
    """A delivery without what is reserved, staged; None where it shows nothing of it."""
    manifest = Manifest.read(final)
    names = [entry.name for entry in manifest.files if (final / entry.name).exists()]
    own = [name for suffix in _READERS for name in names if name == f"{contract.target}{suffix}"]
    told = [name for name in names if name.startswith("audience.") and name.endswith(".csv")]
    told = [name for name in told if not name.endswith(".funnel.csv")]
    directory = final.with_name(f".staging-{final.name}")
    shows_own = bool(own) and _shows_own(connection, contract, final / own[0])
    shown = _shown_audiences(connection, contract, final, told, past)
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
    """Those of a file's columns that show where somebody lives or is reached, by whichever version of the contract."""
    columns = [str(row[0]) for row in connection.execute(f"describe from {_source(path)}").fetchall()]
    return [name for name in columns if name in {*emptied_columns("persons"), *contract.reserved_columns}]


def _shows_own(connection: duckdb.DuckDBPyConnection, contract: ExportContract, path: Path) -> bool:
    """Note whom a target's own file shows; who is protected is in no file of messages at all."""
    reserved = _reserved_columns(connection, contract, path)
    is_shown = "true" if contract.purpose == "communicate" else f"concat({', '.join(reserved) or 'null'}) <> ''"
    return _note(connection, f"select {literal(contract.target)}, {literal(contract.target)}, person_id"
                 f" from {_source(path)} where {_IS_RESERVED} and {is_shown}")  # fmt: skip


def _shown_audiences(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, final: Path, names: Sequence[str], past: Past
) -> list[Path]:
    """Note whom a delivery's audiences show; return their files."""
    if not names:
        return []
    day = business_date_of(final.name)
    if day in past.history.nights():
        with past.history.as_published(connection, day, "of_delivery", ("segment_members",)):
            connection.execute(_TOLD.format(members="of_delivery.hub.segment_members"))
    else:
        connection.execute(_TOLD.format(members=_OF_NOBODY))
    shown = f"from {_source(*(final / name for name in names))} where {_IS_TOLD}"
    file = "regexp_replace(parse_filename(read_from), '[.]csv$', '')"
    if not _note(connection, f"select {literal(contract.target)}, {file}, recipient_id {shown}"):
        return []
    rows = connection.execute(f"select distinct parse_filename(read_from) {shown} order by 1").fetchall()
    return [final / name for (name,) in rows]


def _note(connection: duckdb.DuckDBPyConnection, shown: str) -> bool:
    """Whether a query of target, file and recipient_id gives anybody; whoever it gives is noted."""
    [(count,)] = connection.execute(f"insert into {SUPERSEDED} select distinct * from ({shown})").fetchall()
    return bool(count)


def _write_own(
    connection: duckdb.DuckDBPyConnection,
    contract: ExportContract,
    final: Path,
    names: Sequence[str],
    directory: Path,
) -> dict[str, int]:
    """Write a target's own files without what is reserved, from the one that keeps types best; return their rows."""
    source = _source(final / names[0])
    columns = [str(row[0]) for row in connection.execute(f"describe from {source}").fetchall()]
    told = ", ".join(identifier(name) for name in columns if name != "read_from")
    query = f"select {told} from {source} where not {_IS_RESERVED}"
    if contract.purpose != "communicate":
        hidden = dict.fromkeys(_reserved_columns(connection, contract, final / names[0]), "null")
        hidden |= {"is_protected": "true"} if "is_protected" in columns else {}
        replaced = ", ".join(
            f"if({_IS_RESERVED}, {value}, {identifier(name)}) as {identifier(name)}" for name, value in hidden.items()
        )
        query = f"select * replace ({replaced}) from {source}"
    [(rows,)] = connection.execute(f"select count(*) from ({query})").fetchall()
    for name in names:
        write_rows(connection, f"({query})", "rows.person_id", Path(name).suffix.removeprefix("."), directory / name)
    return dict.fromkeys(names, rows)


def _write_audience(connection: duckdb.DuckDBPyConnection, path: Path, directory: Path) -> int:
    """Write an audience without the rows that show somebody, the others as they stood; return how many they are."""
    rows = f"select * exclude (read_from) from {_source(path)} where not {_IS_TOLD}"
    connection.execute(f"create or replace temp table revised as {rows}")
    write_rows(connection, "temp.revised", "rows.rowid", "csv", directory / path.name)
    [(count,)] = connection.execute("select count(*) from temp.revised").fetchall()
    return int(count)
