"""The figures of `fil bench night` as tables for a terminal or in Markdown, and as plain values for JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from orchestration.benchmarks.night.bench import CityMeasure, NightMeasure
from orchestration.benchmarks.night.process_tree import has_samples
from orchestration.benchmarks.night.stages import OTHER, Figures, exponent, stage_of
from orchestration.rendering.tables import Cell, Table

_MB = 2**20
# Parts below this share of the night are only in the JSON file.
_LEAST_SHARE = 0.02
_WHOLE = "whole night"
_UNKNOWN = "This system does not show what processes hold, read and write: there are seconds only."
_COLUMNS = ("seconds", "CPU seconds", "peak MB", "read MB", "written MB", "from disk MB", "to disk MB")


def city_tables(city: CityMeasure) -> Iterator[Table]:
    """For each night a table of its stages, then one of its longest parts, if there are any."""
    for night in city.nights:
        title = f"{city.population:,} people, night {night.business_date}"
        if len(city.runs) > 1:
            title += f", medians of {len(city.runs)} runs"
        rows = [[name, *_cells(of)] for name, of in [*night.stages.items(), (_WHOLE, night.whole)]]
        yield Table(title, ["stage", *_COLUMNS], rows, _note(night), decimals=1)
        longest = _longest(night)
        if longest.rows:
            yield longest


def _note(night: NightMeasure) -> str:
    others = ", ".join(step for step in night.steps if stage_of(step) == OTHER)
    notes = [f"Steps of no stage: {others}." if others else "", "" if has_samples() else _UNKNOWN]
    return " ".join(filter(None, notes))


def _cells(of: Figures) -> list[Cell]:
    sizes = (
        of.peak_bytes, of.read_bytes, of.written_bytes, of.disk_read_bytes, of.disk_written_bytes,
    )  # fmt: skip
    return [of.seconds, of.cpu_seconds, *(None if size is None else round(size / _MB) for size in sizes)]


def _longest(night: NightMeasure) -> Table:
    ordered = sorted(night.parts.items(), key=lambda part: (-part[1], part[0]))
    rows: list[Sequence[Cell]] = [
        [name, seconds, f"{seconds / night.whole.seconds:.1%}"]
        for name, seconds in ordered
        if seconds >= _LEAST_SHARE * night.whole.seconds
    ]
    title = f"Sources, models and tests above {_LEAST_SHARE:.0%} of the night (dbt runs several at once)"
    return Table(title, ["name", "seconds", "share"], rows, decimals=1)


def growth(cities: Sequence[CityMeasure]) -> list[dict[str, Any]]:
    """The power of the population by which each stage grows, between each city and the next larger one."""
    ordered = sorted(cities, key=lambda city: city.population)
    return [
        {
            "from_population": small.population,
            "to_population": large.population,
            "business_date": before.business_date.isoformat(),
            "stage": stage,
            **{
                name: exponent((small.population, getattr(one, name)), (large.population, getattr(other, name)))
                for name in ("seconds", "cpu_seconds", "peak_bytes")
            },
        }
        for small, large in pairwise(ordered)
        for before, after in zip(small.nights, large.nights, strict=True)
        for stage, one, other in _same_stages(before, after)
    ]


def _same_stages(before: NightMeasure, after: NightMeasure) -> Iterator[tuple[str, Figures, Figures]]:
    for stage in before.stages:
        if stage in after.stages:
            yield stage, before.stages[stage], after.stages[stage]
    yield _WHOLE, before.whole, after.whole


def growth_tables(cities: Sequence[CityMeasure]) -> Iterator[Table]:
    """The exponents of growth, one table for each two cities and each night."""
    rates = growth(cities)
    for key in dict.fromkeys((rate["from_population"], rate["to_population"], rate["business_date"]) for rate in rates):
        small, large, day = key
        rows = [
            [rate["stage"], rate["seconds"], rate["cpu_seconds"], rate["peak_bytes"]]
            for rate in rates
            if (rate["from_population"], rate["to_population"], rate["business_date"]) == key
        ]
        title = f"Exponent of growth from {small:,} to {large:,} people, night {day} (1 is in proportion)"
        yield Table(title, ["stage", "seconds", "CPU seconds", "peak memory"], rows, decimals=2)


def comparison(cities: Sequence[CityMeasure]) -> Iterator[Table]:
    """Each night's stages with the cities side by side."""
    for at, night in enumerate(cities[0].nights):
        columns = [f"{city.population:,}: {name}" for city in cities for name in ("seconds", "CPU seconds", "peak MB")]
        nights = [city.nights[at] for city in cities]
        stages = dict.fromkeys(stage for measure in nights for stage in measure.stages)
        rows = [
            [name, *(cell for of in figures for cell in _cells(of)[:3])]
            for name, figures in [
                *((stage, [measure.stages.get(stage, Figures(0.0)) for measure in nights]) for stage in stages),
                (_WHOLE, [measure.whole for measure in nights]),
            ]
        ]
        yield Table(f"Night {night.business_date}", ["stage", *columns], rows, decimals=1)


def as_values(machine: dict[str, Any], cities: Sequence[CityMeasure]) -> dict[str, Any]:
    """All figures, for a JSON file."""
    return {"machine": machine, "cities": [asdict(city) for city in cities], "growth": growth(cities)}
