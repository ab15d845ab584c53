"""Who started the server proves it by a token that works once, and is known by a cookie from then on.

Only hashes are kept, in memory: sessions end with the process.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


class Sessions:
    """One token that is not used yet, and the sessions that used ones were exchanged for."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        """`announce` is called with each new token: now, and whenever one was used, so that there always is one."""
        self._announce = announce
        self._token = b""
        self._sessions: set[bytes] = set()
        self._renew()

    def exchange(self, token: str) -> str | None:
        """A new session for the token, which is used up by that; None if it is another, or used already."""
        if not hmac.compare_digest(_digest(token), self._token):
            return None
        session = secrets.token_urlsafe(32)
        self._sessions.add(_digest(session))
        self._renew()
        return session

    def is_known(self, session: str) -> bool:
        """Whether a session was given out by this process."""
        return _digest(session) in self._sessions

    def _renew(self) -> None:
        token = secrets.token_urlsafe(32)
        self._token = _digest(token)
        self._announce(token)
