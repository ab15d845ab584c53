"""Sessions of the user who started the server: a token that works once is exchanged for a cookie.

Only hashes are kept, in memory: sessions end with the process.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


class Sessions:
    """One unused token, and the sessions for which used tokens were exchanged."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        """`announce` is called with each new token: now, and after each use, so that there is always an unused one."""
        self._announce = announce
        self._token = b""
        self._sessions: set[bytes] = set()
        self._renew()

    def exchange(self, token: str) -> str | None:
        """A new session for the token, which then works no more; None if it is wrong or was used."""
        if not hmac.compare_digest(_digest(token), self._token):
            return None
        session = secrets.token_urlsafe(32)
        self._sessions.add(_digest(session))
        self._renew()
        return session

    def is_known(self, session: str) -> bool:
        """Whether this process made the session."""
        return _digest(session) in self._sessions

    def _renew(self) -> None:
        token = secrets.token_urlsafe(32)
        self._token = _digest(token)
        self._announce(token)
