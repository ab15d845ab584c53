"""The stages of a night: which of its steps belong to each, and what each one used.

Steps come from `events.py`, samples from `process_tree.py`; here is arithmetic alone.
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

# Patterns of the names of steps. What fits none is OTHER, and the report lists it.
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
    """What a part of a night used; None where the system does not show it."""

    seconds: float
    cpu_seconds: float | None = None
    peak_bytes: float | None = None
    read_bytes: float | None = None
    written_bytes: float | None = None
    disk_read_bytes: float | None = None
    disk_written_bytes: float | None = None


_NAMES = [one.name for one in fields(Figures)]
_COUNTERS = [name for name in _NAMES if name not in ("seconds", "peak_bytes")]  # as `Figures` has them in order


def stage_of(step: str) -> str:
    """The stage that a step belongs to."""
    if step == REST:
        return REST
    fitting = (stage for stage, patterns in STAGES.items() if any(fnmatchcase(step, one) for one in patterns))
    return next(fitting, OTHER)


def whole_night(steps: Iterable[Step], began_at: float, ended_at: float) -> Iterator[Step]:
    """The steps one after the other, without overlap, and what lies before, between and after them as `REST`."""
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
    """What each part used, parts being one after the other.

    What was used between two samples is spread evenly over the time between them, so that the parts add up to the
    whole. A part in which no sample was taken has the memory of the next one.
    """
    seconds = [part.ended_at - part.began_at for part in parts]
    if not samples or not parts:
        return [Figures(one) for one in seconds]
    taken_at = np.array([sample.at for sample in samples])
    edges = [*(part.began_at for part in parts), parts[-1].ended_at]
    # What a process used is missed once where it ends while it is looked at; no sum ever becomes less.
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
    """The sum of several parts, and the highest of their peaks; a figure that one of them lacks is unknown."""
    return _each(parts, lambda name, values: max(values) if name == "peak_bytes" else sum(values))


def middle(runs: Sequence[Figures]) -> Figures:
    """The median of each figure over several runs."""
    return _each(runs, lambda _, values: median(values))


def _each(several: Sequence[Figures], reduce: Callable[[str, list[float]], float]) -> Figures:
    columns = {name: [getattr(one, name) for one in several] for name in _NAMES}
    reduced: dict[str, Any] = {name: None if None in of else reduce(name, of) for name, of in columns.items()}
    return Figures(**reduced)


def by_stage(names: Sequence[str], figures: Sequence[Figures]) -> dict[str, Figures]:
    """What every stage used, in the order of the night, and `OTHER` where there was any."""
    found = sorted(zip(map(stage_of, names), figures, strict=True), key=lambda one: one[0])
    of = {stage: total([one for _, one in parts]) for stage, parts in groupby(found, key=lambda one: one[0])}
    order = [REST, *STAGES, *([OTHER] if OTHER in of else [])]
    return {stage: of.get(stage, Figures(0.0)) for stage in order}


def exponent(smaller: tuple[float, float | None], larger: tuple[float, float | None]) -> float | None:
    """By which power of the population a figure grows, from two pairs of both; 1 is in proportion.

    None where a figure is unknown or nought.
    """
    (few, low), (many, high) = smaller, larger
    return log(high / low) / log(many / few) if low and high and few != many else None
