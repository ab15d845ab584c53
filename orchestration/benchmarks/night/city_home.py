"""The directory in which a benchmark keeps its cities and runs their nights.

A benchmark changes only directories that it made, and runs no city that does not fit on the disk.
"""

import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from orchestration.benchmarks.night.process_tree import watch
from orchestration.home.settings import ConfigurationError

FIL = Path(sys.executable).with_name("fil")
START = date(2026, 5, 4)
# An estimate: extracts, raw tables, work database and published files take 12 GB for 1.7 million people.
_BYTES_PER_PERSON = 12e9 / 1.7e6
_MARK = ".fil-bench"
# A benchmark's night connects to no real system and sends no alert.
_OUTWARD = ("FIL_CONNECTION", "FIL_ALERT", "FIL_SMTP", "FIL_SSH")


@dataclass(frozen=True)
class City:
    """A simulated city: people, business dates from `START` on, and seed."""

    population: int
    nights: int
    seed: int


@contextmanager
def bench_directory(home: Path | None) -> Iterator[Path]:
    """The given directory, or a temporary one that is removed, also if the benchmark is stopped by SIGTERM.

    Raises:
        ConfigurationError: it has other files, can't be made, or another benchmark is using it.
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
            raise ConfigurationError(f"--home {home} has files that no benchmark made: choose an empty directory")
        handle = mark.open("w")
    except OSError as error:
        raise ConfigurationError(f"--home {home} can't be used ({error.strerror}): name another directory") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(f"--home {home}: another benchmark is using it; wait for its end") from None
        yield


def require_space(directory: Path, cities: Sequence[City]) -> None:
    """Check that the disk has enough space.

    Args:
        directory: where the cities and their nights will be.
        cities: all that will be there at one time.

    Raises:
        ConfigurationError: they need more than is free.
    """
    needed = sum(city.population for city in cities) * _BYTES_PER_PERSON
    # Files of the same cities from an earlier benchmark are used again or deleted.
    held = sum(size_of(place) for city in cities for place in (_written(directory, city), _home(directory, city)))
    if needed > (room := shutil.disk_usage(directory).free + held):
        people = " and ".join(f"{city.population:,}" for city in cities)
        raise ConfigurationError(
            f"nights of {people} people need about {needed / 1e9:,.1f} GB, and {directory} has room for "
            f"{room / 1e9:,.1f} GB: make room, name another directory by --home, or ask for fewer people"
        )


def size_of(place: Path) -> int:
    """The bytes of all files; a file with two names (a published database) counts once."""
    files = (path.lstat() for path in place.rglob("*"))
    return sum({(file.st_dev, file.st_ino): file.st_size for file in files}.values())


def _written(directory: Path, city: City) -> Path:
    return directory / f"city-{city.population}-{city.nights}-{city.seed}"


def _home(directory: Path, city: City) -> Path:
    return directory / f"home-{city.population}"


def written_city(directory: Path, city: City) -> Path:
    """The city's extracts and truth, simulated unless an earlier benchmark left them here."""
    place = _written(directory, city)
    if not place.exists():
        unfinished = place.with_suffix(".part")
        options = {"out": unfinished, "start": START, **asdict(city)}
        # In a process of its own, because that frees its memory for the nights.
        command = [str(FIL), "simulate", *(f"--{name}={value}" for name, value in options.items())]
        watch(command, city_environment(os.environ, unfinished))
        unfinished.rename(place)
    return place


def city_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment of a command on its own home, without settings that lead outside of this machine."""
    kept = {name: value for name, value in environment.items() if not name.startswith(_OUTWARD)}
    return kept | {"FIL_HOME": str(home)}


def fresh_home(directory: Path, city: City) -> Path:
    """A new `$FIL_HOME` with the city's extracts in the inbox; that of the run before is deleted."""
    home = _home(directory, city)
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(written_city(directory, city), home)
    return home
