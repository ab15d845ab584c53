"""Backs up the registry, and rebuilds a lost one from its last backup and the journal.

`ids.py` has what the registry holds, and how a night is committed to it.
"""

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb

from matching.registry.database import open_database, open_registry
from matching.registry.ids import apply_commit
from matching.registry.registry import Registry
from sources.base import journal
from sources.base.files import remove
from sources.base.journal import RegistryError


def rebuild_registry(registry: Registry, backup_dir: Path | None = None) -> int:
    """Rebuild a lost registry from its last backup that opens, and the later commits in the journal.

    Returns:
        The number of commits replayed, none if the registry is there.

    Raises:
        RegistryError: its secret, its journal or one of its commits is lost, too.
    """
    if registry.database.exists():
        return 0
    _require_journal(registry, backup_dir)
    commits = registry.commits
    replayed = 0
    # It has another name until it is complete: a rebuild that was killed begins again.
    fresh = registry.database.with_name(f".{registry.database.name}.new")
    _restore_backup(fresh, registry.database.name, backup_dir)
    with open_database(fresh) as connection:
        for entry in journal.read(registry.directory, "commits"):
            day, content_hash = date.fromisoformat(entry["business_date"]), entry["content_hash"]
            kept = commits / f"{day}-{content_hash}"
            try:
                replayed += apply_commit(connection, kept, day, content_hash, is_replayed=True)
            except (duckdb.Error, RegistryError):
                raise RegistryError(
                    f"{kept} is lost or damaged, and the registry can't be rebuilt without it: restore it, or "
                    f"{registry.database}, from the backup"
                ) from None
        connection.execute("checkpoint")
    fresh.rename(registry.database)
    return replayed


def _backups(backup_dir: Path | None) -> list[Path]:
    """The backups, the latest first."""
    return sorted(backup_dir.glob("????-??-??"), reverse=True) if backup_dir else []


def _require_journal(registry: Registry, backup_dir: Path | None) -> None:
    """Require the secret and the journal that the last backup has: only the journal has the stewards' decisions."""
    if backups := _backups(backup_dir):
        present = registry.beside
        for lost in ("id_secret", *(f"journal/{path.name}" for path in backups[0].glob("registry/journal/*.jsonl"))):
            if not (present / lost).exists():
                raise RegistryError(
                    f"{present / lost} is lost with the registry: restore it from {backups[0] / 'registry' / lost}"
                )


def _restore_backup(fresh: Path, name: str, backup_dir: Path | None) -> None:
    """Copy the latest backup that opens, if any; the journal has what it lacks."""
    fresh.unlink(missing_ok=True)
    for backup in _backups(backup_dir):
        if (backup / name).exists():
            shutil.copy(backup / name, fresh)
            try:
                with open_database(fresh):
                    return
            except RegistryError:
                fresh.unlink()


def back_up(registry: Registry, backup_dir: Path, business_date: date, keep: int) -> Path:
    """Copy the registry to `<business date>/`, completely or not at all; keep only the latest `keep` copies."""
    final, fresh = backup_dir / business_date.isoformat(), backup_dir / f".{business_date}.new"
    for leftover in backup_dir.glob(".*"):
        remove(leftover)
    fresh.mkdir(mode=0o700, parents=True)
    with open_registry(registry) as connection:
        connection.execute("checkpoint")
    shutil.copy(registry.database, fresh / registry.database.name)
    # Commits are in the database already; pending changes belong to a night.
    left_out = shutil.ignore_patterns("commits", "pending")
    shutil.copytree(registry.beside, fresh / "registry", ignore=left_out)
    if os.path.lexists(final):
        final.rename(backup_dir / f".{business_date}.old")
    fresh.rename(final)
    for outdated in [*backup_dir.glob(".*"), *sorted(backup_dir.glob("????-??-??"))[:-keep]]:
        remove(outdated)
    return final
