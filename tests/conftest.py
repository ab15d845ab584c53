"""The order of the tests: what takes minutes comes first, so that no process ends with it alone."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "pipeline" not in item.path.parts)
