"""Homes on real disks that are too small or can't be written to: what is told, and what the next run publishes."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.nights import assert_plain, assert_the_same, fil, home_of_the_same_city, nightly

# Whole nights that take minutes: `make test-long`.
pytestmark = pytest.mark.long

Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """`mount` with its options and places; what was mounted is taken away again, the last first."""
    places: list[str] = []

    def mounting(*arguments: str) -> None:
        try:
            done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("this system has no `mount`, so no disk is filled")
        if done.returncode:
            pytest.skip(f"this user may mount nothing, so no disk is filled: {done.stderr.strip()}")
        if "remount" not in arguments[1]:
            places.append(arguments[-1])

    yield mounting
    for place in reversed(places):
        subprocess.run(["umount", place], check=True, capture_output=True)


# Of about 60 MB that a night takes here: before anything has landed, as models are built, and as it publishes.
@pytest.mark.parametrize("megabytes", [1, 16, 42])
def test_a_full_disk_is_told_and_with_room_the_night_is_as_ever(
    first_night: Path, tmp_path: Path, mount: Mount, megabytes: int
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(home))
    home_of_the_same_city(home, first_night)
    failed = nightly(home)
    assert failed.returncode == 1
    assert "the disk is full: free space on the disk of FIL_HOME" in failed.stderr, failed.stderr
    assert_plain(failed)
    assert not (home / "published" / "current").exists()
    mount("-o", "remount,size=1g", str(home))
    mended = nightly(home)
    assert mended.returncode == 0, mended.stderr
    assert_the_same(home, first_night)
    assert_plain(mended)


COMMANDS = (
    ("nightly", "--date", "2026-05-04"), ("doctor",), ("segment", "list"), ("deliveries", "list"), ("review", "list"),
    ("export", "--target", "attention", "--date", "2026-05-04"),
)  # fmt: skip


def test_a_home_that_can_not_be_written_to_is_told_by_every_command(
    first_night: Path, home: Path, mount: Mount
) -> None:
    """By a mount, as root may write to whatever the modes say."""
    with read_only(home, mount):
        told = {" ".join(command): fil(home, *command) for command in COMMANDS}
    for command, result in told.items():
        assert_plain(result)
        assert result.returncode == 0 or "can't be written" in result.stdout + result.stderr, (command, result)
    assert told["nightly --date 2026-05-04"].returncode == told["doctor"].returncode == 1
    mended = nightly(home)
    assert mended.returncode == 0, mended.stderr
    assert_the_same(home, first_night)


@contextmanager
def read_only(home: Path, mount: Mount) -> Iterator[None]:
    mount("--bind", str(home), str(home))
    mount("-o", "remount,ro,bind", str(home))
    yield
    mount("-o", "remount,rw,bind", str(home))
