"""An alert reaches a real web server on loopback, with the night in it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from orchestration.alerts import send_alert
from orchestration.settings import Settings


def test_the_webhook_receives_the_text(tmp_path: Path) -> None:
    received: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    settings = Settings(home=tmp_path, alert_webhook=f"http://127.0.0.1:{server.server_port}/fil")
    assert send_alert(settings, "Fil: the night 2026-05-04 failed")
    server.server_close()
    assert received == [{"text": "Fil: the night 2026-05-04 failed"}]


def test_without_a_webhook_nothing_is_sent(tmp_path: Path) -> None:
    assert not send_alert(Settings(home=tmp_path), "x")


def test_a_file_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="http"):
        send_alert(Settings(home=tmp_path, alert_webhook="file:///etc/passwd"), "x")
