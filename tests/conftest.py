"""The order of the tests: what takes minutes comes first, so that no process ends with it alone."""

import pytest

# Those that make what other modules go on from, and the longest that needs none of it: no process waits for another.
_FIRST = ("test_night.py", "test_demo.py", "test_mentions_in_the_hub.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: (item.path.name not in _FIRST, "pipeline" not in item.path.parts))
