"""Counts that may be shown: of the finest table each is rounded or hidden alone, all others are sums of what is shown.

So neither a whole beside its parts nor two nights beside each other tell a small count. Nothing here knows a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# A count as it may be shown; None is too small to be.
Shown = int | None


@dataclass(frozen=True)
class FunnelStep:
    """A step: how many are left after it and left at it, as they may be shown."""

    number: int
    step: str
    people_left: Shown
    people_out: Shown


def shown_count(count: int, small_cell: int) -> Shown:
    """A count of the finest table to the nearest multiple of the least that is shown; nobody is always shown.

    Two counts of two nights never differ by less than that, however few came or went between them.
    """
    if 0 < count < small_cell:
        return None
    return (count + small_cell // 2) // small_cell * small_cell


def shown_sum(cells: Iterable[Shown]) -> Shown:
    """What shown counts add up to; who is hidden in one is not counted, and a sum of hidden ones alone is hidden."""
    found = list(cells)
    shown = sum(one for one in found if one is not None)
    return None if not shown and None in found else shown


def shown_parts(counts: Mapping[str, int], small_cell: int) -> dict[str, int]:
    """Of a whole that may be known to the one, such as the rows of a file, the parts that may be shown.

    Who is in a small part is in none that is shown: not even that there is such a part may be known. Were every shown
    part as large as its number can mean, and every small one, too, the whole would tell the small ones; then one
    number is the next higher.
    """
    found = {name: shown for name, count in counts.items() if (shown := shown_count(count, small_cell))}
    small = [count for name, count in counts.items() if count and name not in found]
    is_told = all(shown_count(counts[name] + 1, small_cell) != shown for name, shown in found.items()) and all(
        count == small_cell - 1 for count in small
    )
    if small and is_told and len(found) + len(small) > 1:
        largest = max(counts, key=lambda name: (counts[name], name))
        found[largest] = found.get(largest, 0) + small_cell
    return found


def shown_funnel(steps: Sequence[tuple[int, str, Sequence[Shown]]], end: Sequence[Shown]) -> list[FunnelStep]:
    """A funnel that is added up from its end, so that who is left tells no more than who leaves.

    Args:
        steps: number, name and the shown counts of those who leave at it, in order.
        end: the shown counts of those whom no step takes out.
    """
    found = []
    left = list(end)
    for number, step, outs in reversed(steps):
        found.append(FunnelStep(number, step, shown_sum(left), shown_sum(outs)))
        left += outs
    return found[::-1]
