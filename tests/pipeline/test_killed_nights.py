"""Nights that are killed at any moment: what is public stays whole, and the next run ends as an undisturbed night.

`test_night.py` has three kills, each as a certain step begins.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.nights import (
    DAY,
    FIL,
    ROOT,
    assert_no_leak,
    assert_the_same,
    environment,
    fill_inbox,
    home_of_the_same_city,
    nightly,
)

# Whole nights that take minutes: `make test-long`.
pytestmark = pytest.mark.long

KILLS, IN_A_ROW = 20, 4
SEED = 2026


class Undisturbed(NamedTuple):
    """A home after a night that nobody killed, and how long that took."""

    home: Path
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    fill_inbox(home)
    began = time.monotonic()
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    return Undisturbed(home, time.monotonic() - began)


def moments() -> list[list[float]]:
    """One in each twentieth of a night, in any order, so that no stage is left out."""
    chosen = random.Random(SEED)  # noqa: S311 - nothing is kept secret by it
    shares = [(part + chosen.random()) / KILLS for part in range(KILLS)]
    chosen.shuffle(shares)
    return [shares[first : first + IN_A_ROW] for first in range(0, KILLS, IN_A_ROW)]


def kill_after(home: Path, seconds: float) -> None:
    """Start a night and kill it, with all its children, if it has not ended by then."""
    night = subprocess.Popen(
        [str(FIL), "nightly", "--date", DAY], env=environment(home, None), cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        night.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(night.pid, signal.SIGKILL)
        night.wait()


def public(home: Path) -> Iterator[Path]:
    """Every file that a reader may meet."""
    for path in (home / "exports").glob(f"*/{DAY}/*"):
        if path.name != "manifest.json":
            yield path.relative_to(home)


@pytest.mark.parametrize("shares", moments(), ids=lambda shares: "-".join(f"{share:.2f}" for share in shares))
def test_the_next_run_publishes_what_an_undisturbed_night_does(
    tmp_path: Path, undisturbed: Undisturbed, shares: list[float]
) -> None:
    home = home_of_the_same_city(tmp_path / "home", undisturbed.home)
    for share in shares:
        kill_after(home, share * undisturbed.seconds)
        for file in public(home):
            assert (home / file).read_bytes() == (undisturbed.home / file).read_bytes(), (share, file)
        if (home / "published" / "current").exists():
            assert_the_same(home, undisturbed.home)
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    assert_the_same(home, undisturbed.home)
    places = ("published", "exports", "history", "backup")
    assert [path for place in places for path in (home / place).rglob(".*")] == []
    assert_no_leak(home, result.stdout, result.stderr)
