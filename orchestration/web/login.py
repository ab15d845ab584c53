"""The page that exchanges the token for a cookie, and its answers.

The token is after the `#` of the address: a browser never sends that part, so no log and no referrer has it.
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from orchestration.web.requests import LOGIN, Refusal, values
from orchestration.web.sessions import Sessions

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_LONGEST_BODY = 1_000
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Fil</title></head>
<body><p id="message">One moment …</p>
<script nonce="NONCE">
const token = location.hash.slice(1);
history.replaceState(null, "", "LOGIN");
const tell = () => { document.getElementById("message").textContent =
    "This link was used already, or is of another start: open the last one that `fil ui` printed."; };
fetch("LOGIN", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token})})
    .then(answer => answer.ok ? location.replace("/") : tell(), tell);
</script></body></html>
""".replace("LOGIN", LOGIN)
NO_SESSION = Refusal(401, "Open the link that `fil ui` printed last")


def cookie_name(port: int) -> str:
    """The cookie of one server: a browser sends it to all ports of a machine."""
    return f"fil_session_{port}"


def sessions_of(scope: Mapping[str, Any], port: int) -> list[str]:
    """The sessions in a request's cookies; other servers of this machine may have set cookies, too."""
    pairs = [pair.partition("=") for header in values(scope, b"cookie") for pair in header.split(";")]
    return [value.strip() for name, _, value in pairs if name.strip() == cookie_name(port)]


async def answer_login(scope: Mapping[str, Any], receive: Receive, send: Send, sessions: Sessions, port: int) -> None:
    """Show the page, or exchange the token that it posts for the session's cookie."""
    if scope["method"] != "POST":
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'"
        )
        page = _PAGE.replace("NONCE", nonce).encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy.encode())]
        await answer(send, 200, b"" if scope["method"] == "HEAD" else page, headers)
        return
    session = sessions.exchange(_token(await _body(receive)))
    if session is None:
        await refuse(send, NO_SESSION)
        return
    cookie = f"{cookie_name(port)}={session}; Path=/; HttpOnly; SameSite=Strict"
    await answer(send, 204, b"", [(b"set-cookie", cookie.encode())])


async def refuse(send: Send, why: Refusal) -> None:
    """Answer with a status and its reason."""
    await answer(send, why.status, f"{why.reason}\n".encode(), [(b"content-type", b"text/plain; charset=utf-8")])


async def answer(send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Send a whole answer, which must not be cached."""
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    kept = (b"cache-control", b"no-store")
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length, kept]})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    """The posted body; if it is too long, only its beginning, which is no token."""
    body, is_more = b"", True
    while is_more and len(body) <= _LONGEST_BODY:
        message = await receive()
        body, is_more = body + message.get("body", b""), message.get("more_body", False)
    return body[:_LONGEST_BODY]


def _token(body: bytes) -> str:
    """The token of a body, or an empty text, which is never a token."""
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    token = content.get("token") if isinstance(content, dict) else None
    return token if isinstance(token, str) and token.isascii() else ""
