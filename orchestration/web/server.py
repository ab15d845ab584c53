"""Runs Dagster's pages behind the gate, on the loopback, with the daemon for schedules and sensors.

It does what `dagster dev` does, which can't run our app. Only this module imports these private names of Dagster, and
`tests/architecture/test_private_names.py` checks them.
"""

import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn
import yaml
from dagster import DagsterInstance
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget, WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context

from orchestration.home.redaction import StepFailed
from orchestration.home.settings import PROJECT_DIR, ConfigurationError
from orchestration.web.gate import Gate
from orchestration.web.opening import announcing
from orchestration.web.sessions import Sessions

_LOOPBACK = "127.0.0.1"
_MODULE = "orchestration.definitions"
_POLL_MILLISECONDS = 2_000
_SECONDS_TO_END = 60


def serve(scratch: Path, port: int, *, is_read_only: bool) -> None:
    """Serve until a signal ends it; `scratch` is a private directory. With `is_read_only` there is no daemon.

    Raises:
        ConfigurationError: the port is taken.
        StepFailed: the daemon ended by itself.
    """
    # SIGTERM ends it like Ctrl-C, with all processes that were started here.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        _listening(port) as listener,
        tempfile.TemporaryDirectory(dir=scratch, prefix="ui-") as directory,
        DagsterInstance.get() as instance,
        _code_server(instance, Path(directory)) as workspace,
        ExitStack() as stack,
    ):
        context = stack.enter_context(
            WorkspaceProcessContext(instance, WorkspaceFileTarget([str(workspace)]), read_only=is_read_only)
        )
        app = create_app_from_workspace_process_context(context, live_data_poll_rate=_POLL_MILLISECONDS)
        sessions = Sessions(announcing(f"http://{_LOOPBACK}:{port}", Path(directory)))
        server = uvicorn.Server(configuration(Gate(app, sessions, port, is_read_only=is_read_only)))
        daemon = None if is_read_only else stack.enter_context(_daemon(workspace, server))
        server.run(sockets=[listener])
    if daemon is not None and daemon.returncode > 0:
        raise StepFailed(f"Dagster's daemon ended with exit code {daemon.returncode}: see its output above")


def configuration(app: Gate) -> uvicorn.Config:
    """The settings of uvicorn: no log of requests, and no trust in headers about the sender."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """A socket that only this machine reaches.

    Raises:
        ConfigurationError: another process has the port.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_LOOPBACK, port))
            listener.listen()
        except OSError as error:
            raise ConfigurationError(f"--port {port} can't be used ({error.strerror}): choose another port") from None
        yield listener


@contextmanager
def _code_server(instance: DagsterInstance, directory: Path) -> Iterator[Path]:
    """A process that loads the definitions for the pages and the daemon; yield the workspace file with its address."""
    target = ModuleTarget(_MODULE, attribute=None, working_directory=str(PROJECT_DIR), location_name=None)
    with ProxyServerManager(instance, target, code_server_log_level="warning") as servers:
        workspace = directory / "workspace.yaml"
        workspace.write_text(yaml.safe_dump({"load_from": list(servers.get_code_server_specs())}), encoding="utf-8")
        yield workspace


@contextmanager
def _daemon(workspace: Path, server: uvicorn.Server) -> Iterator["subprocess.Popen[bytes]"]:
    """The daemon; it ends with the server, and the server ends with it."""
    command = [str(Path(sys.executable).parent / "dagster-daemon"), "run", "--workspace", str(workspace)]
    with subprocess.Popen(command, cwd=PROJECT_DIR) as daemon:  # noqa: S603 - our own Dagster, no shell
        threading.Thread(target=_end_after, args=(daemon, server), daemon=True).start()
        try:
            yield daemon
        finally:
            daemon.send_signal(signal.SIGINT)
            try:
                daemon.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                daemon.kill()


def _end_after(daemon: "subprocess.Popen[bytes]", server: uvicorn.Server) -> None:
    daemon.wait()
    server.should_exit = True
