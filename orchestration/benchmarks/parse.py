"""`fil bench parse`: reads an extract of each format with Fil and with a bare reader, on the same bytes in one run.

Three things are measured, each in a process of its own: the bare reader, Fil's reader alone, and Fil's whole parsing
step: checksum, encoding, every rule of the contract, quarantine, keys, raw Parquet.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.benchmarks.bare_readers import BARE
from orchestration.home.settings import PROJECT_DIR
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.landing.receipts import landed_file, landing_dir, read_receipt
from sources.synthetic.city import simulate

_DAY = date(2026, 5, 4)
_HISTORY_DAYS = 365
# One source of each format.
SOURCES = (
    "padro", "contribuents", "cita_previa", "tramits_hisenda", "iris", "activitats_estiu", "atencions", "tramits",
    "llicencies_via_publica", "campanyes", "linies_bus",
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """Median seconds by the clock and of all cores, and peak memory in megabytes."""

    seconds: float
    cpu_seconds: float
    peak_mb: int


@dataclass(frozen=True)
class ParseMeasure:
    """The costs of one extract; `ratio` is Fil's reader divided by the bare one, in seconds of all cores."""

    source: str
    format: str
    rows: int
    bytes: int
    runs: int
    bare_reader: str
    bare: Cost
    reader: Cost
    fil: Cost
    ratio: float


def measure_parsing(population: int, runs: int, sources: tuple[str, ...] = SOURCES) -> Iterator[ParseMeasure]:
    """Measure the extracts of a simulated city of so many people, one after the other."""
    with tempfile.TemporaryDirectory(prefix="fil-bench-") as scratch:
        home = Path(scratch)
        simulate(home, population, 1, 1, _DAY, _HISTORY_DAYS)
        for contract in load_contracts():
            if contract.source in sources:
                land(home, contract, _DAY)
                yield _measure(home, contract, runs)


def _measure(home: Path, contract: Contract, runs: int) -> ParseMeasure:
    turns: dict[str, list[Cost]] = {"bare": [], "reader": [], "fil": []}
    for _ in range(runs):
        for who, costs in turns.items():
            shutil.rmtree(home / "raw", ignore_errors=True)
            costs.append(_cost(home, contract.source, who))
    bare, reader, fil = (_median(costs) for costs in turns.values())
    directory = landing_dir(home, contract, _DAY)
    rows, size = read_receipt(directory)["rows"], landed_file(directory).stat().st_size
    form = contract.delivery.format
    name = f"zipfile, {BARE[form]}" if contract.delivery.archive else BARE[form]
    ratio = round(reader.cpu_seconds / max(bare.cpu_seconds, 0.001), 2)
    return ParseMeasure(contract.source, form, rows, size, runs, name, bare, reader, fil, ratio)


def _cost(home: Path, source: str, who: str) -> Cost:
    command = [sys.executable, "-m", "orchestration.benchmarks.bare_readers", str(home), source, str(_DAY), who]
    done = subprocess.run(  # noqa: S603 - our own command, no shell, no outside input
        command, capture_output=True, text=True, check=False, cwd=PROJECT_DIR
    )
    if done.returncode:
        raise RuntimeError(f"{source}: {who} failed: {done.stderr[-500:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _median(costs: list[Cost]) -> Cost:
    """The median of each figure; of the memory, the maximum."""
    return Cost(
        round(statistics.median(cost.seconds for cost in costs), 3),
        round(statistics.median(cost.cpu_seconds for cost in costs), 3),
        max(cost.peak_mb for cost in costs),
    )
