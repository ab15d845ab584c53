"""The names of Dagster that are not public and that `fil ui` takes: look at them again with each of its versions."""

import inspect

import dagster
import dagster_webserver.app
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget, WorkspaceFileTarget


def test_this_version_of_dagster_has_the_names_that_are_taken() -> None:
    assert dagster.__version__ == "1.13.27"
    taken = {
        ProxyServerManager: {"instance", "workspace_load_target", "code_server_log_level"},
        WorkspaceProcessContext: {"instance", "workspace_load_target", "read_only"},
        dagster_webserver.app.create_app_from_workspace_process_context: {
            "workspace_process_context", "live_data_poll_rate",
        },
    }  # fmt: skip
    for name, parameters in taken.items():
        assert parameters <= inspect.signature(name).parameters.keys(), name
    assert callable(ProxyServerManager.get_code_server_specs)
    target = ModuleTarget("module", attribute=None, working_directory="/", location_name=None)
    assert [origin.location_name for origin in target.create_origins()] == ["module"]
    assert list(WorkspaceFileTarget(["workspace.yaml"]).paths) == ["workspace.yaml"]
