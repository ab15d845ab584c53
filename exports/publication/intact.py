"""Checks that a kept database, a publication or night changes, still matches its manifest.

Reading 3 GB takes seconds. So a computed sum is kept in a file that the caller names, until the database's file
attributes change.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from exports.errors import PublicationError
from exports.publication.history_index import CHANGES, LATEST
from exports.publication.staging import database_of
from exports.staged import MANIFEST
from sources.base.files import private_directory, sha256_of, write_durably


def require_intact(database: Path, known_sums: Path | None = None) -> None:
    """Compare a database with the manifest beside it; without a file of known sums, the whole database is read.

    Raises:
        PublicationError: the database differs from the manifest, one of them is missing, or the manifest is damaged.
    """
    expected, actual = _expected(database), _actual(database, known_sums)
    while actual != expected:
        before, expected = expected, _expected(database)
        if before == expected:
            raise PublicationError(
                f"{database} is not the file that was published: its sha256 differs from the one in {MANIFEST}; "
                f"{_remedy(database)}"
            )
        # Its night was run again meanwhile.
        actual = _actual(database, known_sums)


def require_databases_intact(directory: Path) -> None:
    """Compare the databases of a directory with its manifest; the manifest of a night whose hub was removed has none.

    Raises:
        PublicationError: a database differs from the manifest, or is missing.
    """
    content = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    databases = sorted(directory.glob("*.duckdb"))
    if not databases and (content.get("sha256") or content.get("database")):
        raise PublicationError(f"{directory} has no database any more; {_remedy(directory)}")
    for database in databases:
        require_intact(database)


def _actual(database: Path, known_sums: Path | None) -> str:
    try:
        return sha256_of(database) if known_sums is None else _known_or_computed(database, known_sums)
    except FileNotFoundError:
        raise PublicationError(f"{database} does not exist any more; {_remedy(database)}") from None


def _expected(database: Path) -> str:
    manifest = database.parent / MANIFEST
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return str(content["sha256"] if "sha256" in content else content["database"]["sha256"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise PublicationError(f"{manifest} is lost or damaged; {_remedy(database)}") from None


def _remedy(database: Path) -> str:
    directory = database.parent
    if directory.name == LATEST:
        return (
            f"restore all of {directory.parent} from one backup, or remove {directory}: the next night writes it anew"
        )
    if database.name == CHANGES:
        again = f"run that night again, `fil nightly --date {directory.name}`"
        return f"restore all of {directory.parent} from one backup, or {again}"
    # A publication must be moved away, because its own night reads it, too; without it, the history is summed up.
    again = "move it away and run that night again" if database == database_of(directory) else "run that night again"
    return f"restore {directory} from the backup, or {again}, `fil nightly --date {directory.name}`"


def _known_or_computed(database: Path, known_sums: Path) -> str:
    known, name, state = _read(known_sums), str(database.resolve()), _state(database)
    if name in known and known[name]["state"] == state:
        return str(known[name]["sha256"])
    computed = sha256_of(database)
    # If the database changed meanwhile, the sum is not kept.
    if _state(database) == state:
        kept = {path: entry for path, entry in known.items() if Path(path).exists()}
        # If the sum can't be written, the database is read again the next time.
        with suppress(OSError):
            private_directory(known_sums.parent)
            write_durably(known_sums, json.dumps(kept | {name: {"state": state, "sha256": computed}}, indent=1) + "\n")
    return computed


def _state(path: Path) -> list[int]:
    """Attributes that change with a file; the change time (ctime) can't be set back."""
    stat = path.stat()
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _read(known_sums: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(known_sums.read_text(encoding="utf-8"))
        return content if isinstance(content, dict) and all("state" in entry for entry in content.values()) else {}
    except (OSError, ValueError, TypeError):
        return {}
