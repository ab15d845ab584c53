"""The made-up marts with every segment, built once."""

from pathlib import Path

import pytest

from tests.support.made_up_segments import built_segments


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_segments(tmp_path_factory)
