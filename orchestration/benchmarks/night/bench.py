"""`fil bench night`: whole nights of simulated cities as `fil nightly` runs them, and what each stage of them uses."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from orchestration.benchmarks.night.city_home import (
    FIL,
    START,
    City,
    bench_directory,
    city_environment,
    fresh_home,
    require_space,
)
from orchestration.benchmarks.night.events import read_last_night
from orchestration.benchmarks.night.process_tree import watch
from orchestration.benchmarks.night.stages import (
    LANDING,
    REST,
    Figures,
    by_stage,
    middle,
    stage_of,
    total,
    used,
    whole_night,
)
from orchestration.dbt.project import prepared_project
from orchestration.home.settings import ConfigurationError
from orchestration.night.partitions import business_dates
from sources.synthetic.city import HISTORY_DAYS, ImpossibleCity, check_possible


@dataclass(frozen=True)
class NightMeasure:
    """One night: the whole, by stage and by step; `parts` has the seconds of each source and dbt model or test."""

    business_date: date
    whole: Figures
    stages: Mapping[str, Figures]
    steps: Mapping[str, Figures]
    parts: Mapping[str, float]


@dataclass(frozen=True)
class CityMeasure:
    """The nights of a city: medians over its runs, and every run."""

    population: int
    nights: Sequence[NightMeasure]
    runs: Sequence[Sequence[NightMeasure]]


@dataclass(frozen=True)
class Plan:
    """Which cities, how often each is run, and where."""

    populations: Sequence[int]
    nights: int
    seed: int
    runs: int
    home: Path | None


def check_plan(plan: Plan) -> None:
    """Check that the plan can be measured, before anything is written.

    Raises:
        ConfigurationError: a city that can't be simulated, or a night that is not over yet.
    """
    try:
        for population in plan.populations:
            check_possible(population, plan.nights, plan.seed, HISTORY_DAYS)
    except ImpossibleCity as error:
        raise ConfigurationError(str(error)) from None
    last = START + timedelta(days=plan.nights - 1)
    if not business_dates.has_partition_key(last.isoformat()):
        raise ConfigurationError(f"--nights {plan.nights}: the last one, {last}, is not over yet; ask for fewer")


def measure_nights(plan: Plan, progress: Callable[[str], None]) -> Iterator[CityMeasure]:
    """Measure each city's nights, one city after the other; the simulation is not measured.

    Raises:
        ConfigurationError: the directory is not usable, or its disk too small.
        StepFailed: a night failed.
    """
    check_plan(plan)
    cities = [City(population, plan.nights, plan.seed) for population in sorted(plan.populations)]
    with bench_directory(plan.home) as directory:
        # In a temporary directory each city is deleted before the next one.
        require_space(directory, cities if plan.home else cities[-1:])
        # dbt parses its project only after a change, so this is no part of a usual night.
        prepared_project()
        for city in cities:
            runs = [list(_run(directory, city, number, progress)) for number in range(1, plan.runs + 1)]
            yield CityMeasure(city.population, [_median(nights) for nights in zip(*runs, strict=True)], runs)
            if plan.home is None:
                for left in directory.iterdir():
                    shutil.rmtree(left)


def _run(directory: Path, city: City, number: int, progress: Callable[[str], None]) -> Iterator[NightMeasure]:
    progress(f"{city.population:,} people, run {number}: simulating")
    home = fresh_home(directory, city)
    for day in (START + timedelta(days=count) for count in range(city.nights)):
        progress(f"{city.population:,} people, run {number}: night {day}")
        yield _night(home, day)


def _night(home: Path, day: date) -> NightMeasure:
    command = [str(FIL), "nightly", "--date", day.isoformat()]
    watched = watch(command, city_environment(os.environ, home))
    events = read_last_night(home / "dagster")
    parts = list(whole_night(events.steps, watched.began_at, watched.ended_at))
    figures = used(parts, watched.samples)
    names = [part.name for part in parts]
    steps = {
        name: total([part_figures for part, part_figures in zip(names, figures, strict=True) if part == name])
        for name in dict.fromkeys(names)
    }
    whole = replace(total(figures), cpu_seconds=watched.cpu_seconds)
    of_sources = {name: of.seconds for name, of in steps.items() if name != REST and stage_of(name) == LANDING}
    return NightMeasure(day, whole, by_stage(names, figures), steps, of_sources | events.dbt_seconds)


def _median(runs: Sequence[NightMeasure]) -> NightMeasure:
    """The median of each figure over runs of one night; a stage that a run lacks counts as 0."""
    first = runs[0]
    return NightMeasure(
        first.business_date,
        middle([run.whole for run in runs]),
        {stage: middle([run.stages.get(stage, Figures(0.0)) for run in runs]) for stage in first.stages},
        {step: middle([run.steps.get(step, Figures(0.0)) for run in runs]) for step in first.steps},
        {part: median(run.parts.get(part, 0.0) for run in runs) for part in first.parts},
    )
