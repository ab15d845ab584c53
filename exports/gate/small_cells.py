"""Rounds and hides counts: each count of the finest table alone; all other counts are sums of these.

So nobody can compute a small count from a total and its parts, or from two nights. There is no data of people here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# A count to show; None if it is too small.
Shown = int | None


@dataclass(frozen=True)
class FunnelStep:
    """A step of a funnel: the people who remain after it and those whom it takes out, as counts to show."""

    number: int
    step: str
    people_left: Shown
    people_out: Shown


def shown_count(count: int, small_cell: int) -> Shown:
    """Round a count of the finest table to the nearest multiple of `small_cell`; smaller counts are hidden, 0 is shown.

    So the counts of two nights never differ by less than `small_cell`, even if only one person came or went.
    """
    if 0 < count < small_cell:
        return None
    return (count + small_cell // 2) // small_cell * small_cell


def shown_sum(cells: Iterable[Shown]) -> Shown:
    """The sum of the shown counts. It is hidden if a count is hidden and the sum of the others is 0."""
    counts = list(cells)
    shown = sum(count for count in counts if count is not None)
    return None if not shown and None in counts else shown


def shown_parts(counts: Mapping[str, int], small_cell: int) -> dict[str, int]:
    """The parts to show of an exactly known total, such as the rows of a file.

    Small parts are left out, so that nobody knows that they exist. If each shown part is the largest count of its
    rounded number, and each small part is as large as possible, the total would reveal the small parts. Then the
    largest part gets the next higher number.
    """
    parts = {name: shown for name, count in counts.items() if (shown := shown_count(count, small_cell))}
    small = [count for name, count in counts.items() if count and name not in parts]
    is_revealed = all(shown_count(counts[name] + 1, small_cell) != shown for name, shown in parts.items()) and all(
        count == small_cell - 1 for count in small
    )
    if small and is_revealed and len(parts) + len(small) > 1:
        largest = max(counts, key=lambda name: (counts[name], name))
        parts[largest] = parts.get(largest, 0) + small_cell
    return parts


def shown_funnel(steps: Sequence[tuple[int, str, Sequence[Shown]]], end: Sequence[Shown]) -> list[FunnelStep]:
    """A funnel that is added up from its end, so that the remaining people reveal no more than those taken out.

    Args:
        steps: in order; for each its number, its name and the shown counts of the people whom it takes out.
        end: the shown counts of the people whom no step takes out.
    """
    funnel = []
    left = list(end)
    for number, step, outs in reversed(steps):
        funnel.append(FunnelStep(number, step, shown_sum(left), shown_sum(outs)))
        left += outs
    return funnel[::-1]
