"""The stages of a night: which steps belong to each, and what each one used.

Steps come from `events.py`, samples from `process_tree.py`; here is only arithmetic.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from itertools import groupby, pairwise
from math import log
from statistics import median
from typing import Any

import numpy as np

from orchestration.benchmarks.night.process_tree import Sample

# Patterns of the names of steps. A step that fits none is OTHER, and the report lists it.
LANDING = "landing and parsing"
STAGES = {
    LANDING: ("landing__*", "work_database_begun", "raw__*"),
    "arrivals checks": ("arrivals_*",),
    "models before linking": ("prelink_models",),
    "linkage": ("linkage", "linkage__*"),
    "models after linking": ("postlink_models",),
    "candidates and departures checks": ("candidates", "departures_*", "segments"),
    "publication": ("publication",),
}
REST = "start-up and rest"
OTHER = "other"


@dataclass(frozen=True)
class Step:
    """A named part of the night, in seconds since 1970."""

    name: str
    began_at: float
    ended_at: float


@dataclass(frozen=True)
class Figures:
    """What a part of a night used; None if the system does not show it."""

    seconds: float
    cpu_seconds: float | None = None
    peak_bytes: float | None = None
    read_bytes: float | None = None
    written_bytes: float | None = None
    disk_read_bytes: float | None = None
    disk_written_bytes: float | None = None


_NAMES = [field.name for field in fields(Figures)]
_COUNTERS = [name for name in _NAMES if name not in ("seconds", "peak_bytes")]  # as `Figures` has them in order


def stage_of(step: str) -> str:
    """The stage that a step belongs to."""
    if step == REST:
        return REST
    fitting = (stage for stage, patterns in STAGES.items() if any(fnmatchcase(step, pattern) for pattern in patterns))
    return next(fitting, OTHER)


def whole_night(steps: Iterable[Step], began_at: float, ended_at: float) -> Iterator[Step]:
    """The steps one after the other, without overlap, and the time before, between and after them as `REST`."""
    at = began_at
    ordered = sorted(steps, key=lambda step: step.began_at)
    ends = [*(step.began_at for step in ordered), ended_at][1:]
    for step, next_at in zip(ordered, ends, strict=True):
        begin, end = max(at, step.began_at), min(step.ended_at, next_at)
        if begin > at:
            yield Step(REST, at, begin)
        if end > begin:
            yield Step(step.name, begin, end)
        at = max(begin, end)
    if ended_at > at:
        yield Step(REST, at, ended_at)


def used(parts: Sequence[Step], samples: Sequence[Sample]) -> list[Figures]:
    """What each part used; parts follow one another.

    Use between two samples is spread evenly over the time between them, so that the parts add up to the whole. A part
    without a sample has the memory of the next sample.
    """
    seconds = [part.ended_at - part.began_at for part in parts]
    if not samples or not parts:
        return [Figures(part_seconds) for part_seconds in seconds]
    taken_at = np.array([sample.at for sample in samples])
    edges = [*(part.began_at for part in parts), parts[-1].ended_at]
    # A process that ends while it is read is missed once; sums must never decrease.
    counted = [
        np.diff(np.interp(edges, taken_at, np.maximum.accumulate([getattr(sample, name) for sample in samples])))
        for name in _COUNTERS
    ]
    resident = np.array([sample.resident_bytes for sample in samples])
    places = np.minimum(np.searchsorted(taken_at, edges), len(samples) - 1)
    peaks = [resident[first : max(last, first + 1)].max() for first, last in pairwise(places)]
    return [
        Figures(seconds[at], float(cpu_seconds), int(peaks[at]), *map(round, sizes))
        for at, (cpu_seconds, *sizes) in enumerate(zip(*counted, strict=True))
    ]


def total(parts: Sequence[Figures]) -> Figures:
    """The sum of several parts, and the highest of their peaks; a figure that one part lacks is None."""
    return _each(parts, lambda name, values: max(values) if name == "peak_bytes" else sum(values))


def middle(runs: Sequence[Figures]) -> Figures:
    """The median of each figure over several runs."""
    return _each(runs, lambda _, values: median(values))


def _each(several: Sequence[Figures], reduce: Callable[[str, list[float]], float]) -> Figures:
    columns = {name: [getattr(figures, name) for figures in several] for name in _NAMES}
    reduced: dict[str, Any] = {name: None if None in of else reduce(name, of) for name, of in columns.items()}
    return Figures(**reduced)


def by_stage(names: Sequence[str], figures: Sequence[Figures]) -> dict[str, Figures]:
    """What every stage used, in the order of the night, and `OTHER` if there was any."""
    staged = sorted(zip(map(stage_of, names), figures, strict=True), key=lambda part: part[0])
    of = {stage: total([of_part for _, of_part in parts]) for stage, parts in groupby(staged, key=lambda part: part[0])}
    order = [REST, *STAGES, *([OTHER] if OTHER in of else [])]
    return {stage: of.get(stage, Figures(0.0)) for stage in order}


def exponent(smaller: tuple[float, float | None], larger: tuple[float, float | None]) -> float | None:
    """The power of the population by which a figure grows, from two pairs of population and figure.

    1 means in proportion; None if a figure is unknown or 0.
    """
    (few, low), (many, high) = smaller, larger
    return log(high / low) / log(many / few) if low and high and few != many else None
