"""The order of the tests: what takes minutes comes first, so that no process ends with it alone."""

import pytest

# The night that other modules go on from, and the longest that needs none: neither process waits for the other.
_FIRST = ("test_night.py", "test_demo.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: ("pipeline" not in item.path.parts, item.path.name not in _FIRST))
