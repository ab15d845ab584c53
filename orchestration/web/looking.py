"""What `--read-only` lets through to GraphQL: nothing that could hold a mutation.

Dagster refuses those that need a permission, and carries out the others.
"""

import json
import re
from collections.abc import Awaitable, Callable

from orchestration.web.login import Message, Receive

# A document that holds one writes this word; nothing in GraphQL can stand for a letter of it.
_MUTATION = re.compile(r"\bmutation\b", re.ASCII)


def may_change(body: bytes) -> bool:
    """Whether a request's body is anything else than one GraphQL document without a mutation."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return True
    query = content.get("query") if isinstance(content, dict) else None
    return not isinstance(query, str) or _MUTATION.search(query) is not None


async def whole_body(receive: Receive) -> bytes:
    """Everything that is posted."""
    parts, is_more = [], True
    while is_more:
        message = await receive()
        parts.append(message.get("body", b""))
        is_more = message.get("more_body", False)
    return b"".join(parts)


def repeated(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Receives a body that was read already, and then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return waiting.pop() if waiting else await receive()

    return receiving
