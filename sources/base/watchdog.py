"""A limit for calls that may hang: the caller stops waiting if a call is silent for too long."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")
Alive = Callable[[], None]


def watched(do: Callable[[Alive], Result], silence_seconds: float) -> Result:
    """Run `do` in its own thread, and return what it returns or raise what it raises.

    `do` calls its argument to show that it is still working. After a timeout its thread ends at its next such call, and
    does not stop the process from ending. The time limits of the libraries are not enough: mounted folders and some
    SFTP calls have none.

    Raises:
        TimeoutError: `do` was silent for longer than `silence_seconds`.
    """
    signals: queue.SimpleQueue[None] = queue.SimpleQueue()
    done: Future[Result] = Future()
    is_abandoned = threading.Event()

    def alive() -> None:
        if is_abandoned.is_set():
            raise TimeoutError
        signals.put(None)

    def run() -> None:
        try:
            done.set_result(do(alive))
        except BaseException as error:
            done.set_exception(error)
        finally:
            signals.put(None)

    threading.Thread(target=run, daemon=True).start()
    try:
        while not done.done():
            signals.get(timeout=silence_seconds)
    except queue.Empty:
        raise TimeoutError from None
    finally:
        is_abandoned.set()
    return done.result()
