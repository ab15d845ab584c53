"""Where a benchmark keeps its cities and runs their nights: a directory of its own, removed afterwards or kept.

It never touches a directory that it did not make, and runs no city that does not fit on the disk.
"""

import fcntl
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.settings import ConfigurationError
from sources.synthetic.city import HISTORY_DAYS, simulate

START = date(2026, 5, 4)
# An estimate: extracts, raw tables, work database and what is published take 12 GB for 1.7 million people.
_BYTES_PER_PERSON = 12e9 / 1.7e6
_MARK = ".fil-bench"


@dataclass(frozen=True)
class City:
    """A simulated city: people, business dates from `START` on, and seed."""

    population: int
    nights: int
    seed: int


@contextmanager
def bench_directory(home: Path | None) -> Iterator[Path]:
    """The directory that was named, or a temporary one that is removed, also when the benchmark is asked to end.

    Raises:
        ConfigurationError: it holds something else, can't be made, or another benchmark is using it.
    """
    usual = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if home is None:
            with tempfile.TemporaryDirectory(prefix="fil-bench-") as scratch:
                yield Path(scratch)
        else:
            with _claimed(home):
                yield home.resolve()
    finally:
        signal.signal(signal.SIGTERM, usual)


@contextmanager
def _claimed(home: Path) -> Iterator[None]:
    mark = home / _MARK
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not mark.exists() and any(home.iterdir()):
            raise ConfigurationError(f"--home {home} holds files that no benchmark made: name an empty directory")
        handle = mark.open("w")
    except OSError as error:
        raise ConfigurationError(f"--home {home} can't be used ({error.strerror}): name another directory") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(f"--home {home}: another benchmark is using it; wait for its end") from None
        yield


def require_space(directory: Path, people: int) -> None:
    """Refuse what would fill the disk.

    Args:
        directory: where the cities and their nights will be.
        people: of all cities that are there at one time.

    Raises:
        ConfigurationError: so many people need more than is free.
    """
    # What an earlier benchmark left here is used again or makes room.
    held = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file() and not path.is_symlink())
    needed, free = people * _BYTES_PER_PERSON, shutil.disk_usage(directory).free + held
    if needed > free:
        raise ConfigurationError(
            f"nights of {people:,} people need about {needed / 1e9:,.1f} GB, and {directory} has {free / 1e9:,.1f} GB "
            "free: make room, name another directory by --home, or ask for fewer people"
        )


def written_city(directory: Path, city: City) -> Path:
    """The city's extracts and truth, simulated unless an earlier benchmark left them here."""
    place = directory / f"city-{city.population}-{city.nights}-{city.seed}"
    if not place.exists():
        unfinished = place.with_suffix(".part")
        simulate(unfinished, city.population, city.nights, city.seed, START, HISTORY_DAYS)
        unfinished.rename(place)
    return place


def fresh_home(directory: Path, city: City) -> Path:
    """A `$FIL_HOME` with the city's deliveries waiting, where no night has run; the one of the run before is gone."""
    home = directory / f"home-{city.population}"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(written_city(directory, city), home)
    return home
