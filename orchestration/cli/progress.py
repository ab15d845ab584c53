"""Shows long work on a terminal: one line a step, with counts and seconds. Elsewhere nothing is printed.

The lines go to stderr, so that they never mix with results.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from orchestration.run_night import Step
from sources.base.wording import counted


def line_of(step: Step) -> str:
    """The line of a step that has ended: its name, what it made, and its seconds."""
    made = counted(step.relations, "table") if step.relations > 1 else ""
    rows = counted(step.rows, "row") if step.rows is not None else ""
    what = ", ".join(filter(None, (made, rows)))
    return f"{'failed' if step.is_failed else 'done':<6} {step.name:<34} {what:<28} {step.seconds or 0:6.1f} s".rstrip()


@contextmanager
def steps_of_night(day: date) -> Iterator[Callable[[Step], None] | None]:
    """What prints each step of a night; None if stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # not at the top: most commands print no progress

    console = Console(stderr=True, highlight=False, markup=False)
    with console.status(f"Night {day}: starting") as status:

        def show(step: Step) -> None:
            if step.seconds is None:
                status.update(f"Night {day}: {step.name}")
            else:
                console.print(line_of(step))

        yield show


@contextmanager
def working(what: str) -> Iterator[None]:
    """Name the work while it lasts, then print its seconds; nothing if stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    console, began = Console(stderr=True, highlight=False, markup=False), time.monotonic()
    with console.status(what):
        yield
    console.print(f"done   {what:<34} {time.monotonic() - began:6.1f} s")
