"""A hub of two tables with its history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.changing_city import City


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path)
    yield city
    city.connection.close()
