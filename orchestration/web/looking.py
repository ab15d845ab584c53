"""Checks GraphQL requests for `--read-only`: none that could contain a mutation is passed on.

Dagster itself refuses only mutations that need a permission.
"""

import json
import re
from collections.abc import Awaitable, Callable

from orchestration.web.login import Message, Receive

# A document with a mutation contains this word; GraphQL has no other way to write it.
_MUTATION = re.compile(r"\bmutation\b", re.ASCII)


def may_change(body: bytes) -> bool:
    """Whether a request's body is anything but one GraphQL document without a mutation."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return True
    query = content.get("query") if isinstance(content, dict) else None
    return not isinstance(query, str) or _MUTATION.search(query) is not None


async def whole_body(receive: Receive) -> bytes:
    """The whole posted body."""
    parts, is_more = [], True
    while is_more:
        message = await receive()
        parts.append(message.get("body", b""))
        is_more = message.get("more_body", False)
    return b"".join(parts)


def repeated(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """A `receive` that first gives a body that was read already, and then what follows."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return waiting.pop() if waiting else await receive()

    return receiving
