"""Two cities, made once for all tests that only read them: a small one as it is written, a larger one as it is."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sources.synthetic import SimulationResult, simulate
from sources.synthetic.base.randomness import rates
from sources.synthetic.city import make_city
from sources.synthetic.people.population import CityPlan

START = date(2026, 5, 30)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulationResult]:
    """A city of 4,000 over three nights, the third a first of the month."""
    out = tmp_path_factory.mktemp("city")
    return out, simulate(out, population=4_000, nights=3, seed=11, start=START)


@pytest.fixture(scope="session")
def plan() -> CityPlan:
    """The plan of a city large enough for its shares to tell something."""
    return CityPlan(20_000, 3, START, rates())


@pytest.fixture(scope="session")
def city(plan: CityPlan) -> pl.DataFrame:
    """Everybody in that city, with everything true about them."""
    return make_city(plan)
