"""dbt in Dagster: the manifest, the project's two halves round the linkage, and dbt's output kept from the logs."""

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, AssetsDefinition
from dagster_dbt import DbtCliResource, dbt_assets

from orchestration.database import EXTENSIONS
from orchestration.partitions import business_dates, one_night_a_run
from orchestration.redaction import StepFailed, redacted, scrub_dbt_artifacts
from orchestration.resources import Night
from orchestration.settings import DBT_PROJECT_DIR

DBT_EXECUTABLE = Path(sys.executable).parent / "dbt"
_SOURCE_SUFFIXES = {".sql", ".yml", ".csv"}


class DbtCommand(DbtCliResource):
    """The dbt command, without dbt in this process too: it would open the work database, and takes seconds to load."""

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def dbt_resource() -> DbtCommand:
    """The dbt command of this environment on the project's own profile."""
    return DbtCommand(
        project_dir=str(DBT_PROJECT_DIR),
        profiles_dir=str(DBT_PROJECT_DIR),
        dbt_executable=str(DBT_EXECUTABLE),
        global_config_flags=["--no-use-colors"],
    )


def prepare_manifest() -> Path:
    """Parse the dbt project, unless the manifest is of the same files already.

    Raises:
        StepFailed: dbt could not parse the project.
    """
    target = DBT_PROJECT_DIR / "target"
    manifest, stamp = target / "manifest.json", target / "manifest.sha256"
    fingerprint = _fingerprint(DBT_PROJECT_DIR)
    if manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    # Beside, then in place at once: another process may be reading the one that is there.
    with tempfile.TemporaryDirectory(dir=target, prefix=".parse-") as fresh:
        arguments = ["parse", "--quiet", "--profiles-dir", str(DBT_PROJECT_DIR), "--target-path", fresh]
        result = subprocess.run(  # noqa: S603 - our own dbt, no shell, no outside input
            [str(DBT_EXECUTABLE), *arguments, "--log-path", fresh, "--project-dir", str(DBT_PROJECT_DIR)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "FIL_DUCKDB_EXTENSIONS": str(EXTENSIONS)},
        )
        if result.returncode:
            raise StepFailed(f"dbt could not parse {DBT_PROJECT_DIR}: {result.stdout[-2000:]}")
        (Path(fresh) / stamp.name).write_text(fingerprint)
        # What dbt keeps of the parsing spares the first night of each home another.
        for name in ("partial_parse.msgpack", manifest.name, stamp.name):
            (Path(fresh) / name).replace(target / name)
    return manifest


def _fingerprint(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        if path.suffix in _SOURCE_SUFFIXES and "target" not in path.parts:
            digest.update(str(path.relative_to(directory)).encode() + path.read_bytes())
    return digest.hexdigest()


def build_models(manifest: Path, tag: str) -> AssetsDefinition:
    """The models of one tag as assets, their dbt tests as asset checks."""

    @dbt_assets(
        manifest=manifest,
        select=f"tag:{tag}",
        name=f"{tag}_models",
        partitions_def=business_dates,
        backfill_policy=one_night_a_run,
    )
    def models(context: AssetExecutionContext, dbt: DbtCommand, night: Night) -> Iterator[Any]:
        target = night.settings.dbt_artifacts / "target"
        with _at_home(night.settings.home):
            invocation = dbt.cli(["build"], context=context, target_path=target, raise_on_error=False)
        # dbt prints what it meets, rows' values included: nothing of it may reach a log.
        with redacted(StepFailed), contextlib.redirect_stdout(io.StringIO()):
            try:
                yield from invocation.stream()
            finally:
                failed = failed_nodes(target)
                scrub_dbt_artifacts(target)
            if not invocation.is_successful():
                raise StepFailed(f"dbt build of {tag} failed in: {', '.join(failed) or 'its start'}")

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


def failed_nodes(target: Path) -> list[str]:
    """The models and tests of dbt's last run that did not pass."""
    path = target / "run_results.json"
    if not path.exists():
        return []
    results = json.loads(path.read_text())["results"]
    return [result["unique_id"] for result in results if result["status"] in ("error", "fail")]
