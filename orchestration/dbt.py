"""dbt in Dagster: the manifest, the project's two halves round the linkage, and dbt's output kept from the logs."""

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, AssetsDefinition
from dagster_dbt import DbtCliInvocation, DbtCliResource, dbt_assets
from packaging.version import Version

from orchestration.database import EXTENSIONS
from orchestration.partitions import business_dates, one_night_a_run
from orchestration.redaction import StepFailed, redacted
from orchestration.resources import Night
from orchestration.segment_isolation import IsolatingBuild
from orchestration.settings import DBT_PROJECT_DIR

DBT_EXECUTABLE = Path(sys.executable).parent / "dbt"
_SOURCE_SUFFIXES = {".sql", ".yml", ".csv"}
_KEPT_SECONDS = 30 * 86_400


class DbtCommand(DbtCliResource):
    """The dbt command, without dbt in this process too: it would open the work database, and takes seconds to load."""

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None

    @cached_property
    def _cli_version(self) -> Version:
        """As installed: `dbt --version` takes seconds, and asks the package index for a newer one."""
        return Version(version("dbt-core"))


def dbt_resource(project: Path) -> DbtCommand:
    """The dbt command of this environment on a copy of the project, with its own profile."""
    return DbtCommand(
        project_dir=str(project),
        profiles_dir=str(project),
        dbt_executable=str(DBT_EXECUTABLE),
        # Its log would quote rows, and lie there where a night is killed.
        global_config_flags=["--no-use-colors", "--log-level-file", "none"],
    )


def prepared_project() -> Path:
    """A copy of the dbt project as it is now, parsed, its manifest in `target/`; whoever edits it edits no night.

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
            shutil.copytree(DBT_PROJECT_DIR, fresh, ignore=shutil.ignore_patterns("target", "logs"))
            copy = copies / _fingerprint(fresh)
            _put(fresh, copy)
            _parse(copy, target)
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


def _parse(project: Path, target: Path) -> None:
    places = ("project-dir", project), ("profiles-dir", project), ("target-path", target), ("log-path", target)
    options = [word for name, place in places for word in (f"--{name}", str(place))]
    result = subprocess.run(  # noqa: S603 - our own dbt, no shell, no outside input
        [str(DBT_EXECUTABLE), "--no-use-colors", "parse", "--quiet", *options],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "FIL_DUCKDB_EXTENSIONS": str(EXTENSIONS)},
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
    digest = hashlib.sha256(str(DBT_PROJECT_DIR).encode())
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory)
        if path.suffix in _SOURCE_SUFFIXES and name.parts[0] != "target":
            digest.update(str(name).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def build_models(project: Path, tag: str) -> AssetsDefinition:
    """The models of one tag as assets, their dbt tests as asset checks."""

    @dbt_assets(
        manifest=project / "target" / "manifest.json",
        select=f"tag:{tag}",
        name=f"{tag}_models",
        partitions_def=business_dates,
        backfill_policy=one_night_a_run,
    )
    def models(context: AssetExecutionContext, dbt: DbtCommand, night: Night) -> Iterator[Any]:
        settings, target = night.settings, night.settings.dbt_artifacts / "target"
        manifest = project / "target" / "manifest.json"

        def invoke(names: Sequence[str] | None) -> DbtCliInvocation:
            """Build the tag, or models and tests of it by their names."""
            select = ["--select", " ".join(names)] if names is not None else []
            with _at_home(settings.home):
                invocation = dbt.cli(
                    ["build", *select],
                    # With a context, Dagster would add the whole tag to the selection.
                    context=None if select else context,
                    manifest=manifest if select else None,
                    target_path=target,
                    raise_on_error=False,
                )
            invocation.context = context
            return invocation

        build = IsolatingBuild(tag, invoke, target, manifest)
        # dbt prints what it meets, rows' values included: nothing of it may reach a log.
        with redacted(StepFailed), contextlib.redirect_stdout(io.StringIO()):
            yield from build.events(night.work_database)

    return models


@contextlib.contextmanager
def _at_home(home: Path) -> Iterator[None]:
    """A command begun within finds the work database as `~/work.duckdb`.

    dbt parses its whole project anew where its profile tells another path than the last time.
    """
    before = os.environ.get("HOME")
    os.environ["HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = before
