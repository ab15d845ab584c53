"""Calls that may hang, watched: one that gives no sign of life for too long is left behind.

What is called, and what its failure means, is the caller's to know.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")
Alive = Callable[[], None]


def watched(do: Callable[[Alive], Result], silence_seconds: float) -> Result:
    """What `do` returns or raises, from a thread of its own; as long as it calls its argument, it is waited for.

    A thread left behind keeps no process from ending, and ends at its next sign of life. Time limits of a library would
    not do: neither a mounted folder nor every call of SFTP has one.

    Raises:
        TimeoutError: nothing was heard of it for so long.
    """
    heard: queue.SimpleQueue[None] = queue.SimpleQueue()
    done: Future[Result] = Future()
    is_left = threading.Event()

    def alive() -> None:
        if is_left.is_set():
            raise TimeoutError
        heard.put(None)

    def run() -> None:
        try:
            done.set_result(do(alive))
        except BaseException as error:
            done.set_exception(error)
        finally:
            heard.put(None)

    threading.Thread(target=run, daemon=True).start()
    try:
        while not done.done():
            heard.get(timeout=silence_seconds)
    except queue.Empty:
        raise TimeoutError from None
    finally:
        is_left.set()
    return done.result()
