"""The guard around Dagster's app: every request passes here, whatever its route, and so does every WebSocket."""

from collections.abc import Awaitable, Callable

from orchestration.web.login import NO_SESSION, Message, Receive, Send, answer_login, refuse, sessions_of
from orchestration.web.looking import may_change, repeated, whole_body
from orchestration.web.requests import LOGIN, LOOKING_ONLY, Refusal, refusal
from orchestration.web.sessions import Sessions

App = Callable[[Message, Receive, Send], Awaitable[None]]
_POLICY_VIOLATION = 1008
# No page of another site may show, read or run an answer. A referrer policy of `no-referrer` would make the
# browser hide the origin of Dagster's own requests.
_HEADERS = {
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


class Gate:
    """An ASGI app around another."""

    def __init__(self, app: App, sessions: Sessions, port: int, *, is_read_only: bool = False) -> None:
        """Pass requests to `app` that its own pages make in a session, for the server at a port of this machine."""
        self._app = app
        self._sessions = sessions
        self._port = port
        self._is_read_only = is_read_only

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it to the app."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] not in ("http", "websocket"):
            raise ValueError(f"{scope['type']!r} is no kind of request that is known here")
        guarded = _guarded(send)
        why = refusal(scope, self._port, is_read_only=self._is_read_only)
        is_login = scope["type"] == "http" and scope["path"] == LOGIN
        if why is None and not is_login and not self._is_known(scope):
            why = NO_SESSION
        if why is not None:
            await _refuse(scope, receive, guarded, why)
        elif is_login:
            await answer_login(scope, receive, guarded, self._sessions, self._port)
        elif self._is_read_only and scope["type"] == "http" and scope["method"] == "POST":
            await self._answer_looking(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    async def _answer_looking(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await whole_body(receive)
        if may_change(body):
            await refuse(send, LOOKING_ONLY)
        else:
            await self._app(scope, repeated(body, receive), send)

    def _is_known(self, scope: Message) -> bool:
        return any(self._sessions.is_known(session) for session in sessions_of(scope, self._port))


async def _refuse(scope: Message, receive: Receive, send: Send, why: Refusal) -> None:
    if scope["type"] == "http":
        await refuse(send, why)
        return
    # A WebSocket that is closed before it is accepted is answered with 403.
    await receive()
    await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": why.reason})


def _guarded(send: Send) -> Send:
    """Replace the app's own headers of these names in each answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name, value) for name, value in message.get("headers", []) if name.lower() not in _HEADERS]
            message = {**message, "headers": [*own, *_HEADERS.items()]}
        await send(message)

    return sending
