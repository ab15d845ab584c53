"""One small city, written once for all tests that only read it."""

from datetime import date
from pathlib import Path

import pytest

from sources.synthetic import SimulationResult, simulate

START = date(2026, 5, 30)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulationResult]:
    """A city of 4,000 over three nights, the third a first of the month."""
    out = tmp_path_factory.mktemp("city")
    return out, simulate(out, population=4_000, nights=3, seed=11, start=START)
