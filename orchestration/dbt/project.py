"""Prepares the dbt project for a night: a copy, parsed, its tests compiled. `night/dbt_process.py` builds it."""

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
# Longer than any night; a copy that is missing is made again in seconds.
_KEPT_SECONDS = 86_400
# Relative to HOME, so that what dbt parsed is valid in every home.
_WORK_DATABASE = "~/work.duckdb"
# No secret has such a name; HOME is where the work database is.
_NEEDED = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "FIL_DBT_MEMORY"}
_NEEDED_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON", "MALLOC_", "OMP_")


def environment_of_dbt(memory: MemoryBound | None = None) -> dict[str, str]:
    """The environment of dbt's process: the variables that it needs, the extensions, and its part of the memory.

    All other variables are left out, because queries of the project could print them.
    """
    own = {name: value for name, value in os.environ.items() if name in _NEEDED or name.startswith(_NEEDED_PREFIXES)}
    part = {"FIL_DBT_MEMORY": f"{memory.dbt_bytes}B"} if memory else {}
    return own | {"FIL_WORK_DB": _WORK_DATABASE, "FIL_DUCKDB_EXTENSIONS": str(EXTENSIONS)} | part


def prepared_project(memory: MemoryBound | None = None) -> Path:
    """A parsed copy of the present dbt project, with its manifest in `target/`: later edits change no running night.

    Raises:
        StepFailed: dbt could not parse the project.
    """
    copies = DBT_PROJECT_DIR / "target" / "copies"
    copies.mkdir(parents=True, exist_ok=True)
    copy = copies / _fingerprint(DBT_PROJECT_DIR)
    if not (copy / "target" / "manifest.json").exists():
        # Each part is made beside its place and then renamed, because another process may do the same. dbt stores what
        # it parsed under the path of the project.
        with tempfile.TemporaryDirectory(dir=copies, prefix=".parse-") as scratch:
            fresh, target = Path(scratch) / "dbt_project", Path(scratch) / "target"
            shutil.copytree(DBT_PROJECT_DIR, fresh, ignore=shutil.ignore_patterns("target", "logs", "*.py"))
            copy = copies / _fingerprint(fresh)
            _put(fresh, copy)
            _parse(copy, target, memory)
            _put(target, copy / "target")
    # If the copy is another user's or can't be written, it stays as it is.
    with contextlib.suppress(OSError):
        os.utime(copy)
        _forget_old(copies)
    return copy


def _put(fresh: Path, place: Path) -> None:
    """Move a directory to its place, unless there is one already."""
    try:
        fresh.rename(place)
    except OSError:
        if not place.exists():
            raise


def _parse(project: Path, target: Path, memory: MemoryBound | None) -> None:
    places = ("project-dir", project), ("profiles-dir", project), ("target-path", target), ("log-path", target)
    options = [word for name, place in places for word in (f"--{name}", str(place))]
    # The tests are compiled, too, because the night runs their queries itself. This needs no database.
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
    """Delete copies that no night has used for a day."""
    for copy in copies.iterdir():
        # It is renamed first, so that no partial copy is used. Another process may delete it at the same time.
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
