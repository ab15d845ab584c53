"""A home of its own for what reads the environment, which is put back afterwards."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orchestration.cli.main import main
from tests.support.once import once
from tests.support.published_home import Fil, Result, publish

VARIABLES = (
    "FIL_HOME", "FIL_HUB_KEY", "FIL_HUB_KEY_FILE", "FIL_ALERT_WEBHOOK", "FIL_ALERT_EMAIL", "FIL_SMTP_URL",
    "FIL_WORK_DB", "FIL_DAGSTER_DIR", "FIL_DUCKDB_EXTENSIONS", "DAGSTER_HOME",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("FIL_HOME", str(tmp_path))
    umask = os.umask(0o077)
    yield tmp_path
    os.umask(umask)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home, for copies of it."""
    return once(tmp_path_factory, "made", publish)


@pytest.fixture
def published(made: Path, home: Path) -> Path:
    shutil.copytree(made, home, dirs_exist_ok=True, symlinks=True)
    return home


@pytest.fixture
def fil(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fil:
    """Runs a command on the home as the command line would, in this process."""

    def run(*arguments: str) -> Result:
        monkeypatch.setattr("sys.argv", ["fil", *arguments])
        monkeypatch.setenv("FIL_HOME", str(home))
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Result(int(ended.value.code or 0), told.out, told.err)

    return run


@dataclass
class Webhook:
    """A web server on loopback that keeps what is posted to it."""

    url: str
    received: list[dict[str, str]]


@contextmanager
def serving_webhook() -> Iterator[Webhook]:
    """A webhook for as long as it is looked at."""
    received: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Webhook(f"http://127.0.0.1:{server.server_port}/fil", received)
        server.shutdown()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with serving_webhook() as served:
        yield served
