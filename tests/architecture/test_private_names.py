"""The names of other packages that are not public and that Fil takes: look at them again with each new version.

Public ways were tried first. With Dagster's own event log, a night of a small city takes a tenth more processor time.
Dagster's own web server takes no app of ours. Splink has no hook for the SQL that it executes.
"""

import ast
import inspect
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import dagster_webserver.app
import pytest
import splink
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.events import AssetObservationData, StepMaterializationData
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget, WorkspaceFileTarget
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("orchestration", "matching", "quality", "sources", "exports")
# Every module that imports a private name, or overrides a private method.
IMPORTING = {
    "orchestration/web/server.py", "orchestration/night/event_store.py", "orchestration/benchmarks/night/events.py",
}  # fmt: skip
OVERRIDING = {
    "orchestration/night/event_store.py": SqliteEventLogStorage,
    "matching/model/splink_session.py": splink.DuckDBAPI,
}
_PRIVATE = re.compile(r"_[a-z]\w*")


@pytest.mark.parametrize(
    ("package", "seen"),
    [("dagster", "1.13.27"), ("dagster-webserver", "1.13.27"), ("dbt-duckdb", "1.11.1"), ("splink", "5.0.0")],
)
def test_the_private_names_were_read_in_this_version(package: str, seen: str) -> None:
    assert version(package) == seen, (
        f"{package} is new: read what {sorted(IMPORTING | OVERRIDING.keys())} and the lines with SLF001 take of it"
    )


def test_the_private_names_are_taken_where_this_test_says() -> None:
    """Ruff's SLF001 holds the attributes, each beside its reason; this test holds imports and methods."""
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "target" not in path.parts
    }
    importing = {
        name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for module in [getattr(node, "module", None) or "", *(each.name for each in node.names)]
        if any(_PRIVATE.fullmatch(part) for part in module.split("."))
    }
    assert importing == IMPORTING
    overriding = {
        name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call) and _PRIVATE.fullmatch(node.attr)
        if isinstance(node.value.func, ast.Name) and node.value.func.id == "super"
    } | {"orchestration/night/event_store.py"}
    assert overriding == OVERRIDING.keys()


@pytest.mark.parametrize(
    ("taken", "parameters"),
    [
        (ProxyServerManager, {"instance", "workspace_load_target", "code_server_log_level"}),
        (WorkspaceProcessContext, {"instance", "workspace_load_target", "read_only"}),
        (
            dagster_webserver.app.create_app_from_workspace_process_context,
            {"workspace_process_context", "live_data_poll_rate"},
        ),
        (SqliteEventLogStorage._connect, {"shard"}),
        (SqliteEventLogStorage._initdb, {"engine"}),
        (SqliteEventLogStorage.watch, {"run_id", "cursor", "callback"}),
        (DagsterSqliteStorage, {"base_dir", "inst_data"}),
        (splink.DuckDBAPI._execute_sql_against_backend, {"final_sql"}),
    ],
)
def test_what_is_called_or_overridden_has_these_parameters(taken: Callable[..., object], parameters: set[str]) -> None:
    assert parameters <= inspect.signature(taken).parameters.keys()


def test_what_is_read_is_there(tmp_path: Path) -> None:
    assert DuckDBConnectionManager._ENV is None
    storage = DagsterSqliteStorage(str(tmp_path))
    log = storage._event_log_storage
    assert isinstance(log, SqliteEventLogStorage)
    assert {"_base_dir", "_db_lock", "_initialized_dbs", "_watchers"} <= vars(log).keys()
    assert (tmp_path / "history" / "runs" / f"{INDEX_SHARD_NAME}.db").is_file()
    storage.dispose()
    assert "materialization" in StepMaterializationData._fields
    assert "asset_observation" in AssetObservationData._fields


def test_the_web_server_loads_the_definitions_from_a_module(tmp_path: Path) -> None:
    assert callable(ProxyServerManager.get_code_server_specs)
    target = ModuleTarget("module", attribute=None, working_directory="/", location_name=None)
    assert [origin.location_name for origin in target.create_origins()] == ["module"]
    assert list(WorkspaceFileTarget([str(tmp_path / "workspace.yaml")]).paths) == [str(tmp_path / "workspace.yaml")]
