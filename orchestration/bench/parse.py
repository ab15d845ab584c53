"""`fil bench parse`: a Padró of full size into raw Parquet, beside one bare DuckDB statement that cuts the same fields.

Fil's time is of all that it does to an extract: its sum, its encoding, every rule of the contract, quarantine, keys.
"""

import hashlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from sources.contract import Contract
from sources.landing import Control, land_one, landed_file, landing_dir
from sources.parsing import parse_extract
from sources.registry import load_contracts
from sources.sql import literal
from sources.synthetic.city import make_city
from sources.synthetic.draws import rates
from sources.synthetic.padro import inscriptions
from sources.synthetic.padro_extract import snapshot
from sources.synthetic.people import CityPlan

_DAY = date(2026, 5, 4)
_TEMPLATE_PEOPLE = 20_000
_NIA_AT, _NIA_WIDTH = 162, 15


@dataclass(frozen=True)
class ParseMeasure:
    """Median seconds of Fil and of the bare statement on one file of so many lines, and how many times each ran."""

    rows: int
    bytes: int
    runs: int
    fil_seconds: float
    duckdb_seconds: float
    ratio: float


def measure_parsing(population: int, runs: int) -> ParseMeasure:
    """Parse a simulated Padró of so many inscriptions, in turn with the bare statement."""
    contract = next(one for one in load_contracts() if one.source == "padro")
    with tempfile.TemporaryDirectory(prefix="fil-bench-") as scratch:
        home = Path(scratch)
        size = _land(home, contract, population)
        original = landed_file(landing_dir(home, contract, _DAY))
        mine, bare = [], []
        for _ in range(runs):
            shutil.rmtree(home / "raw", ignore_errors=True)
            mine.append(_seconds(lambda: parse_extract(home, contract, _DAY)))
            bare.append(_seconds(lambda: _cut(original, contract, home / "bare.parquet")))
    fil, duck = statistics.median(mine), statistics.median(bare)
    return ParseMeasure(population, size, runs, round(fil, 2), round(duck, 2), round(fil / duck, 2))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _land(home: Path, contract: Contract, population: int) -> int:
    """The lines of a simulated city over and over, each with a NIA of its own; return the file's bytes."""
    plan = CityPlan(min(population, _TEMPLATE_PEOPLE), 1, _DAY, rates())
    city = make_city(plan)
    lines = snapshot(plan, city, inscriptions(plan, city), _DAY)["line"]
    turns = pl.int_range(population, eager=True)
    text = lines.gather(turns % len(lines))
    nia = turns.cast(pl.String).str.zfill(_NIA_WIDTH)
    whole = text.str.slice(0, _NIA_AT) + nia + text.str.slice(_NIA_AT + _NIA_WIDTH)
    path = home / contract.delivery.file_pattern.format(date=f"{_DAY:%Y%m%d}")
    content = ("\r\n".join(whole) + "\r\n").encode("iso-8859-1")
    path.write_bytes(content)
    control = Control(population, len(content), hashlib.sha256(content).hexdigest())
    land_one(path, control, landing_dir(home, contract, _DAY), contract, _DAY)
    path.unlink()
    return len(content)


def _cut(original: Path, contract: Contract, output: Path) -> None:
    """One statement, as anybody would write it: no rule, no key, no bad line told from a good one."""
    cuts = ", ".join(
        f"nullif(trim(substr(line, {one.start}, {one.width})), '') as {one.column}" for one in contract.fields
    )
    told = (
        f"read_csv({literal(str(original))}, columns = {{'line': 'varchar'}}, header = false, delim = '\\x01', "
        "quote = '', escape = '', encoding = 'latin-1')"
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"copy (select {cuts} from {told}) to {literal(str(output))} (format parquet, compression zstd)"
        )
