"""Counts that may be shown: what is smaller than the rule is hidden, and with it what would give it away.

Which counts there are is for those who show them; nothing here knows a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FunnelStep:
    """A step: how many are left after it and left at it; None is not shown."""

    number: int
    step: str
    people_left: int | None
    people_out: int | None


def shown_funnel(steps: Sequence[FunnelStep], small_cell: int, *, is_end_known: bool) -> list[FunnelStep]:
    """The steps of a funnel, without a small count, and without those left that would tell one by subtraction.

    Args:
        steps: in order, with every count.
        small_cell: the least count that is shown; zero is always.
        is_end_known: whoever sees it has the rows of those left at the end, so that their count hides nothing.
    """
    counts = [one.people_out or 0 for one in steps]
    if not is_end_known and steps:
        counts.append(steps[-1].people_left or 0)
    is_hidden = [0 < count < small_cell for count in counts]
    # Between two shown totals the hidden counts are told together: they must be none, or enough.
    is_total_shown = _totals(
        [count if hidden else 0 for count, hidden in zip(counts, is_hidden, strict=True)], small_cell
    )
    return [
        FunnelStep(
            one.number,
            one.step,
            one.people_left if is_total_shown[place] else None,
            None if is_hidden[place] else one.people_out,
        )
        for place, one in enumerate(steps)
    ]


def _totals(hidden: Sequence[int], small_cell: int) -> list[bool]:
    """After which counts the total may be shown; the last one is known, and the first gives way if need be."""
    shown = []
    together = 0
    for count in hidden:
        together += count
        is_shown = together == 0 or together >= small_cell
        shown.append(is_shown)
        together = 0 if is_shown else together
    place = len(hidden) - 1
    while together and together < small_cell and place >= 0:
        place -= 1
        while place >= 0 and not shown[place]:
            place -= 1
        if place >= 0:
            shown[place] = False
            before = max((at for at in range(place) if shown[at]), default=-1)
            together += sum(hidden[before + 1 : place + 1])
    # What nothing hidden follows is told by the end.
    for place in range(len(hidden) - 1, -1, -1):
        shown[place] = True
        if hidden[place]:
            break
    return shown


def shown_counts(counts: Mapping[str, int], small_cell: int) -> dict[str, int | None]:
    """Counts of one whole by their names; of too few hidden ones the next smallest is hidden, too."""
    shown: dict[str, int | None] = {name: None if 0 < count < small_cell else count for name, count in counts.items()}
    rest = sorted((count, name) for name, count in shown.items() if count)
    together = sum(count for name, count in counts.items() if shown[name] is None)
    for count, name in rest:
        if together == 0 or together >= small_cell:
            break
        shown[name] = None
        together += count
    return shown
