"""A first night, which nights of other tests go on from."""

import shutil
from pathlib import Path

import pytest

from tests.support.nights import assert_no_leak, fill_inbox, kill_when_begun, nightly
from tests.support.once import once


def publish_after_kills(directory: Path) -> None:
    """Killed before it publishes anything, and run again."""
    home = directory / "home"
    fill_inbox(home)
    kill_when_begun(home, "linkage")
    assert not (home / "published" / "current").exists()
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    assert_no_leak(home, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a home is after its first night; only to be read."""
    return once(tmp_path_factory, "first_night", publish_after_kills) / "home"


@pytest.fixture
def home(first_night: Path, tmp_path: Path) -> Path:
    """A copy of it, to go on from."""
    return Path(shutil.copytree(first_night, tmp_path / "home", symlinks=True))
