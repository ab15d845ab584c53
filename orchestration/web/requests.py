"""Checks requests to Dagster's pages: only those of its own pages, in a browser of this machine, are accepted.

Another site's page can make a browser send requests here: by address, by a host name of its own (DNS rebinding), as a
form, an image or a WebSocket. The browser's headers (`Host`, `Origin`, `Content-Type`) show this; the session shows who
sends the request (`sessions.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOGIN = "/login"
_GRAPHQL = "/graphql"
_HTTP_PORT = 80
_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Refusal:
    """An HTTP status, and the reason with a remedy."""

    status: int
    reason: str


LOOKING_ONLY = Refusal(403, "These pages are read-only: they were started with --read-only")


def hosts(port: int) -> frozenset[str]:
    """The host names by which a browser of this machine reaches the server, and no other site can."""
    names = ("127.0.0.1", "localhost")
    return frozenset(f"{name}:{port}" for name in names) | (frozenset(names) if port == _HTTP_PORT else frozenset())


def values(scope: Mapping[str, Any], header: bytes) -> list[str]:
    """The values of a header (in lower case) of a request."""
    return [value.decode("latin-1").strip() for name, value in scope["headers"] if name.lower() == header]


def refusal(scope: Mapping[str, Any], port: int, *, is_read_only: bool) -> Refusal | None:
    """Why a request (an ASGI scope, HTTP or WebSocket) is refused, even with a session; None if it is not."""
    host = values(scope, b"host")
    if len(host) != 1 or host[0].lower() not in hosts(port):
        return Refusal(403, f"Not this server's name: open http://127.0.0.1:{port}, through a tunnel by the same port")
    origin = values(scope, b"origin")
    is_reading = scope["type"] == "http" and scope["method"] in _READING
    is_own = len(origin) == 1 and origin[0].lower() == f"http://{host[0].lower()}"
    if not is_own and (origin or not is_reading):
        return Refusal(403, "Not asked for by a page of this server")
    if scope["type"] == "websocket":
        return None
    if is_reading:
        # With GET, any link or image could send a query.
        return Refusal(405, "GraphQL is asked by POST") if scope["path"].rstrip("/") == _GRAPHQL else None
    return _refusal_of_writing(scope, is_read_only=is_read_only)


def _refusal_of_writing(scope: Mapping[str, Any], *, is_read_only: bool) -> Refusal | None:
    if scope["method"] != "POST":
        return Refusal(405, "Only GET, HEAD and POST are answered")
    content = values(scope, b"content-type")
    # A form of another site can't send JSON.
    if len(content) != 1 or content[0].partition(";")[0].strip().lower() != "application/json":
        return Refusal(415, "Only application/json is taken")
    if is_read_only and scope["path"] not in (_GRAPHQL, LOGIN):
        return LOOKING_ONLY
    return None
