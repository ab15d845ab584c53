"""Hosts by port, and the browser that is opened without the link in what it is started with."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.web.looking import may_change
from orchestration.web.requests import hosts
from orchestration.web.sessions import Sessions


def test_a_host_is_this_machine_by_the_port_that_a_browser_tells() -> None:
    assert hosts(3000) == {"127.0.0.1:3000", "localhost:3000"}
    assert hosts(80) == {"127.0.0.1:80", "localhost:80", "127.0.0.1", "localhost"}


@pytest.mark.parametrize(
    ("body", "is_refused"),
    [
        (b'{"query": "{ version }"}', False),
        (b'{"query": "query mutations { permissions { permission } }", "variables": {"a": "mutation"}}', False),
        (b'{"query": "{ __schema { mutationType { name } } }"}', False),
        (b'{"query": "mutation { setNuxSeen }"}', True),
        (b'{"query": "\\u006dutation{setNuxSeen}"}', True),
        (b'{"query": "#\\nmutation@skip(if:false){setNuxSeen}"}', True),
        (b'{"query": "query a { version } mutation b { setNuxSeen }", "operationName": "b"}', True),
        (b'{"query": "{ version }", "query": "mutation { setNuxSeen }"}', True),
        ('{"query": "mutation { setNuxSeen }"}'.encode("utf-16"), True),
        (b'[{"query": "{ version }"}]', True),
        (b'{"query": ["mutation { setNuxSeen }"]}', True),
        (b"{}", True),
        (b"", True),
        (b"mutation", True),
        (b"[" * 100_000, True),
    ],
)
def test_to_look_at_only_one_document_without_a_mutation_is_let_through(body: bytes, is_refused: bool) -> None:
    assert may_change(body) == is_refused


def test_a_token_is_used_up_and_another_announced() -> None:
    announced: list[str] = []
    sessions = Sessions(announced.append)
    session = sessions.exchange(announced[0])
    assert session is not None and sessions.is_known(session) and len(announced) == 2
    assert sessions.exchange(announced[0]) is None and not sessions.is_known(announced[1])
    other = sessions.exchange(announced[1])
    assert other not in (None, session) and sessions.is_known(session)


def test_a_browser_is_started_with_a_file_that_leads_to_the_link(tmp_path: Path) -> None:
    browser, asked = tmp_path / "browser", tmp_path / "asked"
    browser.write_text(f'#!/bin/sh\necho "$1" > {asked}\n')
    browser.chmod(0o700)
    code = (
        "import sys; from pathlib import Path; from orchestration.web import opening\n"
        "opening._has_browser = lambda: True\n"
        f"opening.announcing('http://127.0.0.1:3000', Path({str(tmp_path)!r}))('TOKEN')"
    )
    environment = {"BROWSER": f"{browser} %s", "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True)
    opened = asked.read_text().strip()
    assert opened.startswith("file://") and "TOKEN" not in opened
    page = Path(opened.removeprefix("file://"))
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert re.findall(r'url=([^"]+)"', page.read_text()) == ["http://127.0.0.1:3000/login#TOKEN"]
