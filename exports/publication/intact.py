"""Whether a kept database is still the file that its manifest describes: a publication, or a night's changes.

To read 3 GB takes seconds. So a sum that was computed once is kept, in a file that the caller names, for as long as the
file system says that nobody has touched the database.
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
    """Hold a database against the manifest beside it; without a file of known sums, it is read whole.

    Raises:
        PublicationError: its bytes are others, it is gone, or its manifest can't be read.
    """
    expected, found = _expected(database), _found(database, known_sums)
    while found != expected:
        before, expected = expected, _expected(database)
        if before == expected:
            raise PublicationError(
                f"{database} is not the file that was published: its sha256 differs from the one in {MANIFEST}; "
                f"{_remedy(database)}"
            )
        # Its night was run again meanwhile.
        found = _found(database, known_sums)


def _found(database: Path, known_sums: Path | None) -> str:
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
    place = database.parent
    if place.name == LATEST:
        return f"restore all of {place.parent} from one backup, or remove {place}: the next night writes it anew"
    if database.name == CHANGES:
        again = f"run that night again, `fil nightly --date {place.name}`"
        return f"restore all of {place.parent} from one backup, or {again}"
    # A publication is read by its own night, too, which sums the history up where there is none.
    again = "move it away and run that night again" if database == database_of(place) else "run that night again"
    return f"restore {place} from the backup, or {again}, `fil nightly --date {place.name}`"


def _known_or_computed(database: Path, known_sums: Path) -> str:
    known, name, state = _read(known_sums), str(database.resolve()), _state(database)
    if name in known and known[name]["state"] == state:
        return str(known[name]["sha256"])
    computed = sha256_of(database)
    # Of what was touched meanwhile the sum is not kept.
    if _state(database) == state:
        kept = {path: one for path, one in known.items() if Path(path).exists()}
        # Where it can't be written, the file is read again the next time.
        with suppress(OSError):
            private_directory(known_sums.parent)
            write_durably(known_sums, json.dumps(kept | {name: {"state": state, "sha256": computed}}, indent=1) + "\n")
    return computed


def _state(path: Path) -> list[int]:
    """What changes with a file, even where somebody puts its time back: nobody sets the time of its change."""
    found = path.stat()
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _read(known_sums: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(known_sums.read_text(encoding="utf-8"))
        return content if isinstance(content, dict) and all("state" in one for one in content.values()) else {}
    except (OSError, ValueError, TypeError):
        return {}
