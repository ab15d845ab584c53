"""The registry of person ids, which can't be rebuilt from the extracts; only `commit_pending` changes it.

Rows are only added, each with its business date, so that an older day can be run again as it was. A day that is run for
the first time after later ones adds its ids `aside`: they are kept, and do not affect later days.
"""

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from matching.registry.database import open_registry
from matching.registry.registry import Registry
from matching.relations import (
    ASSIGNED_IDS,
    IDENTIFIED_MENTIONS,
    KNOWN_EVENTS,
    KNOWN_FORMER,
    KNOWN_MEMBERSHIPS,
    KNOWN_NIGHTS,
    KNOWN_PERSONS,
    NEW_EVENTS,
    Relation,
)
from sources.base import journal
from sources.base.files import fresh_directory, remove
from sources.base.journal import RegistryError
from sources.base.sql import literal

_SECRET_BYTES = 32
TABLES = ("persons", "memberships", "events")


@dataclass(frozen=True)
class PendingRegistry:
    """Changes of one night that wait for its publication: a directory of Parquet files, and their hash."""

    business_date: date
    directory: Path
    content_hash: str
    persons: int
    memberships: int
    events: int


def registry_secret(registry: Registry) -> bytes:
    """The key from which ids are derived, made once; it is beside the journal, because a rebuild needs both.

    Raises:
        RegistryError: it is lost or damaged, and ids were derived from it.
    """
    path = registry.secret
    if not path.exists():
        if any(journal.read(registry.directory, "commits")):
            raise RegistryError(
                f"{path} is lost: restore it from the backup, because without it Fil would derive other ids"
            )
        fresh = path.with_name(".id_secret.new")
        fresh.write_text(secrets.token_hex(_SECRET_BYTES), encoding="ascii")
        fresh.chmod(0o600)
        fresh.replace(path)
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        secret = b""
    if len(secret) != _SECRET_BYTES:
        raise RegistryError(
            f"{path} is damaged: restore it from the backup, because without it Fil would derive other ids"
        )
    return secret


_MEMBERSHIPS = (
    "select mention_id, arg_max(person_id, (business_date, commit_number)) as person_id"
    " from memberships where business_date {} $day and starts_with(person_id, $prefix) group by mention_id"
)
_SNAPSHOT = {
    KNOWN_MEMBERSHIPS: _MEMBERSHIPS.format("<="),
    KNOWN_FORMER: "select distinct mention_id, person_id from memberships where business_date <= $day"
    " and starts_with(person_id, $prefix)",
    KNOWN_EVENTS: "select event, ids_before, ids_after, cause, business_date from events where business_date <= $day"
    " and not (is_aside and business_date = $day)"
    " and starts_with(coalesce(ids_before[1], ids_after[1]), $prefix)",
    KNOWN_PERSONS: "with last_events as (select unnest(list_distinct(ids_before || ids_after)) as person_id, event,"
    " ids_before, ids_after, business_date, rowid as place from events where business_date <= $day"
    " and not (is_aside and business_date = $day)),"
    " ended as (select person_id from last_events group by person_id"
    " having not list_contains(arg_max(ids_after, (business_date, place)), person_id)"
    " and arg_max(event, (business_date, place)) in ('retired', 'merged', 'split'))"
    " select person_id, minted_date, person_id not in (from ended) as is_active, is_aside and person_id not in"
    " (select person_id from memberships where business_date <= $day) as is_aside"
    " from persons where minted_date <= $day and not (is_aside and minted_date = $day)"
    " and starts_with(person_id, $prefix)",
}


def open_snapshot(connection: duckdb.DuckDBPyConnection, registry: Registry, business_date: date, prefix: str) -> bytes:
    """Copy the registry at the end of a day, for the ids of a letter; return its secret.

    Reads: the registry.
    Writes: `KNOWN_PERSONS`, one row per id; `KNOWN_MEMBERSHIPS`, one row per mention; `KNOWN_FORMER`, one row per
    mention and id; `KNOWN_EVENTS`, one row per change.
    """
    secret = registry_secret(registry)
    _copy(connection, registry, _SNAPSHOT, {"day": business_date, "prefix": prefix})
    return secret


def copy_nights(connection: duckdb.DuckDBPyConnection, registry: Registry, business_date: date) -> None:
    """Copy the dates of the nights published before a day.

    Reads: the registry.
    Writes: `KNOWN_NIGHTS`, one row per night.
    """
    query = "select distinct business_date from commits where business_date < $day"
    _copy(connection, registry, {KNOWN_NIGHTS: query}, {"day": business_date})


def copy_memberships_before(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    business_date: date,
    prefix: str,
    table: Relation,
    among: Sequence[str] | None = None,
) -> None:
    """Copy the id of each mention at the end of the nights before a day.

    Reads: the registry.
    Writes: `table`, one row per mention.

    Args:
        connection: to the work database.
        registry: the registry.
        business_date: the day.
        prefix: the letter of the ids.
        table: the relation to write.
        among: only these mentions; None for all.
    """
    query = _MEMBERSHIPS.format("<")
    if among is not None:
        wanted = ", ".join(map(literal, among))
        query = f"from ({query}) where mention_id in ({wanted})"
    _copy(connection, registry, {table: query}, {"day": business_date, "prefix": prefix})


def _copy(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    queries: Mapping[Relation, str],
    values: Mapping[str, object],
) -> None:
    with open_registry(registry) as opened:
        for name, query in queries.items():
            rows = opened.execute(query, dict(values)).to_arrow_table()
            connection.register("snapshot_rows", rows)
            connection.execute(f"create or replace temp table {name} as from snapshot_rows")
            connection.unregister("snapshot_rows")


_CHANGES = {
    "persons": f"select person_id from {ASSIGNED_IDS} anti join {KNOWN_PERSONS} using (person_id) order by person_id",
    "memberships": f"select mention_id, person_id from {IDENTIFIED_MENTIONS}"
    " where person_before is distinct from person_id order by mention_id",
    "events": f"select event, ids_before, ids_after, cause from {NEW_EVENTS} order by all",
}


def add_changes(connection: duckdb.DuckDBPyConnection, *, is_first: bool) -> None:
    """Add the changes of one kind of party to tonight's changes; the first kind begins new tables.

    Reads: `ASSIGNED_IDS`, `KNOWN_PERSONS`, `IDENTIFIED_MENTIONS`, `NEW_EVENTS`.
    Writes: a temporary table `pending_…` for each table of the registry, one row per new row, for `write_pending`.
    """
    for name, query in _CHANGES.items():
        begin = f"create or replace temp table pending_{name} as" if is_first else f"insert into pending_{name}"
        connection.execute(f"{begin} {query}")


def write_pending(connection: duckdb.DuckDBPyConnection, registry: Registry, business_date: date) -> PendingRegistry:
    """Write tonight's changes to a directory, completely or not at all."""
    waiting = registry.pending
    fresh = waiting / f".{business_date}.new"
    fresh_directory(fresh)
    for name in TABLES:
        connection.execute(f"copy pending_{name} to {literal(f'{fresh / name}.parquet')} (format parquet)")
    counts, content_hash = _content(connection, {name: f"pending_{name}" for name in TABLES})
    directory = waiting / f"{business_date}-{content_hash}"
    # A date has one pending night: changes of an earlier run that was never published are deleted.
    for void in waiting.glob(f"{business_date}-*"):
        remove(void)
    fresh.replace(directory)
    return PendingRegistry(business_date, directory, content_hash, *counts)


def _content(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str]) -> tuple[list[int], str]:
    """The number of rows of each table of a night's changes, and the hash of all of them."""
    counts, digests = [], []
    for name in TABLES:
        [(count, digest)] = connection.execute(
            f"select count(*), sha256(concat_ws('|', count(*), bit_xor(md5_number(to_json(changes)::varchar))))"
            f" from {relations[name]} as changes"
        ).fetchall()
        counts.append(int(count))
        digests.append(str(digest))
    return counts, "".join(digest[:16] for digest in digests)


def pending_of(registry: Registry, business_date: date) -> PendingRegistry | None:
    """The changes that the last run of a night left pending, or None."""
    waiting = registry.pending
    for directory in waiting.glob(f"{business_date}-*"):
        content_hash = directory.name.removeprefix(f"{business_date}-")
        counts = [
            duckdb.read_parquet(f"{directory / name}.parquet").aggregate("count(*)").fetchall()[0][0] for name in TABLES
        ]
        return PendingRegistry(business_date, directory, content_hash, *counts)
    return None


def commit_pending(registry: Registry, pending: PendingRegistry) -> bool:
    """Commit: keep the files, journal them, then one transaction; it may be killed at any point and repeated."""
    kept = registry.commits / pending.directory.name
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    if not kept.exists():
        fresh = kept.with_name(f".{kept.name}.new")
        remove(fresh)
        shutil.copytree(pending.directory, fresh)
        fresh.replace(kept)
    entry = {"business_date": pending.business_date.isoformat(), "content_hash": pending.content_hash}
    if entry not in list(journal.read(registry.directory, "commits")):
        journal.append(registry.directory, "commits", entry)
    with open_registry(registry) as opened:
        applied = apply_commit(opened, kept, pending.business_date, pending.content_hash)
    shutil.rmtree(pending.directory, ignore_errors=True)
    return applied


_APPLIED = (
    "insert into persons select *, $day::date, false from {persons}",
    "insert into memberships select *, $day::date, $number::bigint from {memberships}",
    "insert into events select *, $day::date, false from {events}",
)
# Later days must not change: only new ids are added, as seen on that day and never again.
_SET_ASIDE = (
    "create or replace temp table fresh as from {persons} anti join persons using (person_id)",
    "insert into persons select *, $day::date, true from fresh",
    "insert into events select 'minted', []::varchar[], [person_id], 'first seen, by a night run after later ones',"
    " $day::date, true from fresh order by person_id",
    "insert into events select 'retired', [person_id], []::varchar[], 'seen by no later night', $day::date, true"
    " from fresh order by person_id",
)


def apply_commit(
    connection: duckdb.DuckDBPyConnection,
    kept: Path,
    business_date: date,
    content_hash: str,
    *,
    is_replayed: bool = False,
) -> bool:
    """Write the changes of a night, in one transaction; False if they are in the registry already.

    Args:
        connection: to the registry.
        kept: directory of the changes.
        business_date: of the night.
        content_hash: of the changes.
        is_replayed: whether they were kept for long, so that their hash is computed again.

    Raises:
        RegistryError: replayed changes are not those that were kept.
    """
    source = {name: f"read_parquet({literal(f'{kept / name}.parquet')})" for name in TABLES}
    connection.begin()
    try:
        known = connection.execute(
            "select 1 from commits where business_date = ? and content_hash = ?", [business_date, content_hash]
        ).fetchone()
        if known:
            connection.rollback()
            return False
        if is_replayed and _content(connection, source)[1] != content_hash:
            connection.rollback()
            raise RegistryError(f"{kept} has changed since it was kept")
        row = connection.execute(
            "select coalesce(max(commit_number), 0) + 1, max(business_date) from commits"
        ).fetchone()
        number, last = row if row else (1, None)
        is_applied = last is None or business_date >= last
        stamp = {"day": business_date, "number": number}
        for statement in _APPLIED if is_applied else _SET_ASIDE:
            used = {name: value for name, value in stamp.items() if f"${name}" in statement}
            connection.execute(statement.format(**source), used)
        connection.execute("insert into commits values (?, ?, ?, ?)", [number, business_date, content_hash, is_applied])
        connection.commit()
    except duckdb.Error:
        connection.rollback()
        raise
    return True


__all__ = [
    "PendingRegistry",
    "RegistryError",
    "add_changes",
    "apply_commit",
    "commit_pending",
    "copy_nights",
    "open_snapshot",
    "write_pending",
]
