"""The dbt project as a night begins with it: a copy, parsed, its tests compiled. Building: `night/dbt_process.py`."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from orchestration.home.memory import MemoryBound
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import DBT_PROJECT_DIR
from orchestration.home.work_database import EXTENSIONS

DBT_EXECUTABLE = Path(sys.executable).parent / "dbt"
_SOURCE_SUFFIXES = {".sql", ".yml", ".csv"}
_KEPT_SECONDS = 30 * 86_400
# No secret has such a name; where a night's work database is, its home tells.
_NEEDED = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "FIL_DBT_MEMORY"}
_NEEDED_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON", "MALLOC_", "OMP_")


def environment_of_dbt(memory: MemoryBound | None = None) -> dict[str, str]:
    """What dbt's process is given: what it needs of this one's environment, the extensions, and its part of the memory.

    Whatever else is in the environment, queries of the project could print.
    """
    own = {name: value for name, value in os.environ.items() if name in _NEEDED or name.startswith(_NEEDED_PREFIXES)}
    part = {"FIL_DBT_MEMORY": f"{memory.dbt_bytes}B"} if memory else {}
    return own | {"FIL_DUCKDB_EXTENSIONS": str(EXTENSIONS)} | part


def prepared_project(memory: MemoryBound | None = None) -> Path:
    """A copy of the dbt project as it is now, parsed, its manifest in `target/`: later edits change no night that runs.

    Raises:
        StepFailed: dbt could not parse the project.
    """
    copies = DBT_PROJECT_DIR / "target" / "copies"
    copies.mkdir(parents=True, exist_ok=True)
    copy = copies / _fingerprint(DBT_PROJECT_DIR)
    if not (copy / "target" / "manifest.json").exists():
        # Each part beside, then in its place at once: another process may be at it, too. What dbt has parsed, it
        # remembers by its place.
        with tempfile.TemporaryDirectory(dir=copies, prefix=".parse-") as scratch:
            fresh, target = Path(scratch) / "dbt_project", Path(scratch) / "target"
            shutil.copytree(DBT_PROJECT_DIR, fresh, ignore=shutil.ignore_patterns("target", "logs", "*.py"))
            copy = copies / _fingerprint(fresh)
            _put(fresh, copy)
            _parse(copy, target, memory)
            _put(target, copy / "target")
    # Where it is another user's, whose nights it serves as well, or can't be written to, it stays.
    with contextlib.suppress(OSError):
        os.utime(copy)
        _forget_old(copies)
    return copy


def _put(fresh: Path, place: Path) -> None:
    """Move a directory to its place, unless one is there."""
    try:
        fresh.rename(place)
    except OSError:
        if not place.exists():
            raise


def _parse(project: Path, target: Path, memory: MemoryBound | None) -> None:
    places = ("project-dir", project), ("profiles-dir", project), ("target-path", target), ("log-path", target)
    options = [word for name, place in places for word in (f"--{name}", str(place))]
    # The tests are compiled, too, as the night counts them itself. No database is needed for that.
    compiled = ["--select", "resource_type:test", "--no-introspect", "--no-populate-cache"]
    result = subprocess.run(  # noqa: S603 - our own dbt, no shell, no outside input
        [str(DBT_EXECUTABLE), "--no-use-colors", "compile", "--quiet", *compiled, *options],
        capture_output=True,
        text=True,
        check=False,
        env=environment_of_dbt(memory) | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    )
    if result.returncode:
        raise StepFailed(f"dbt could not parse {DBT_PROJECT_DIR}: {result.stdout[-2000:]}")


def _forget_old(copies: Path) -> None:
    """Keep what a night may have begun with, which touched it then."""
    for copy in copies.iterdir():
        # Away first: what is deleted in part is no copy. Another process may be at it, too.
        with contextlib.suppress(FileNotFoundError):
            if time.time() - copy.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(copy.rename(copy.with_name(f".gone-{copy.name}")))


def _fingerprint(directory: Path) -> str:
    digest = hashlib.sha256(f"tests compiled, {DBT_PROJECT_DIR}".encode())
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory)
        if path.suffix in _SOURCE_SUFFIXES and name.parts[0] != "target":
            digest.update(str(name).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
