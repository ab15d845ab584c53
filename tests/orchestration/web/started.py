"""`fil ui` as a process on a home of its own, and requests to it as any page or program could make them."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

FIL = Path(sys.executable).parent / "fil"
PAUSE = "mutation { setAutoMaterializePaused(paused: true) }"
IS_PAUSED = "{ instance { autoMaterializePaused } }"
_SECONDS = 600


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Pages:
    """A started server, what it printed so far, and the session of whoever used its first link."""

    process: "subprocess.Popen[str]"
    port: int
    printed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cookie: str = ""

    @property
    def host(self) -> str:
        """As a browser of this machine names it."""
        return f"127.0.0.1:{self.port}"

    @property
    def own(self) -> dict[str, str]:
        """The headers of a request of its own pages."""
        return {"Host": self.host, "Origin": f"http://{self.host}", "Cookie": self.cookie}

    def ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> Answer:
        """Send exactly these headers and no other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in (headers | ({"Content-Length": str(len(body.encode()))} if body else {})).items():
            connection.putheader(name, value)
        connection.endheaders(body.encode() if body else None)
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read().decode("utf-8", "replace"))
        connection.close()
        return answer

    def graphql(self, query: str, **headers: str) -> Answer:
        """A query as its own pages send it, but for the headers that are given; an empty one is left out."""
        sent = (
            self.own | {"Content-Type": "application/json"} | {key.replace("_", "-"): headers[key] for key in headers}
        )
        return self.ask("POST", "/graphql", {key: sent[key] for key in sent if sent[key]}, json.dumps({"query": query}))

    def log_in(self, token: str) -> Answer:
        """Exchange a token as the page of its link does."""
        headers = {"Host": self.host, "Origin": f"http://{self.host}", "Content-Type": "application/json"}
        return self.ask("POST", "/login", headers, json.dumps({"token": token}))

    def tokens(self) -> list[str]:
        """Of each link that was printed, in their order."""
        return [line.strip().rpartition("#")[2] for line in self.printed if "/login#" in line]


@contextmanager
def started(home: Path, *options: str) -> Iterator[Pages]:
    """Start `fil ui`, log in by its first link, and end it as a service manager does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FIL_", "DAGSTER_"))}
    process = subprocess.Popen(
        [str(FIL), "ui", "--port", str(port), *options], env=kept | {"FIL_HOME": str(home)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    pages, is_ready = Pages(process, port), threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            pages.printed.append(line)
            if "/login#" in line:
                is_ready.set()
        is_ready.set()

    def read_errors() -> None:
        pages.errors.extend(process.stderr or ())

    for reader in (read, read_errors):
        threading.Thread(target=reader, daemon=True).start()
    try:
        assert is_ready.wait(_SECONDS) and pages.tokens(), "".join(pages.errors)
        session = pages.log_in(pages.tokens()[0])
        assert session.status == 204, session
        pages.cookie = session.headers["set-cookie"].partition(";")[0]
        yield pages
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
