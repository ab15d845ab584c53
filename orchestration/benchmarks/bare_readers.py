"""Reads one extract in a process of its own, with Fil or with a simple reader, and measures the cost.

The command is `python -m orchestration.benchmarks.bare_readers HOME SOURCE DATE WHO`; it prints the cost as JSON.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pyarrow as pa

# DuckDB needs it to scan batches; a process loads it once, so it is no cost of an extract.
import pyarrow.dataset  # noqa: F401

from sources.base.sql import literal
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.receipts import landed_file, landing_dir
from sources.parsing.original import read
from sources.parsing.parse import parse_extract

# No rules, no keys, no check of lines: what such a reader can't read, it leaves out.
BARE = {
    "fixed_width": "DuckDB read_csv and substr",
    "delimited": "DuckDB read_csv",
    "json_lines": "DuckDB read_json",
    "xml": "lxml.iterparse, counting",
    "xlsx": "fastexcel",
    "geojson": "json and shapely",
    "parquet": "DuckDB read_parquet",
}
# For these formats the bare reader writes nothing, so Fil's reader writes nothing, either.
_WITHOUT_OUTPUT = ("xml", "xlsx", "geojson")


def main(home: Path, source: str, day: date, who: str) -> None:
    """Run one of `bare`, `reader` and `fil` on a landed extract."""
    contract = next(candidate for candidate in load_contracts() if candidate.source == source)
    file = landed_file(landing_dir(home, contract, day))
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "out.parquet"
        ways: dict[str, Callable[[], object]] = {
            "fil": lambda: parse_extract(home, contract, day),
            "reader": lambda: _fields(file, contract, output),
            "bare": lambda: _bare(file, contract, output),
        }
        before, began = _cpu_seconds(), time.perf_counter()
        ways[who]()
        seconds, cpu_seconds = time.perf_counter() - began, _cpu_seconds() - before
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mb": _peak_mb()}) + "\n")


def _peak_mb() -> int:
    """The peak memory of this process; on Linux, `getrusage` would include that of its parent."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20
    (peak,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak) // 2**10


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _fields(file: Path, contract: Contract, output: Path) -> None:
    """Fil's reader alone: every field as text, written like the bare reader's."""
    reading = read(file, contract)
    if contract.delivery.format in _WITHOUT_OUTPUT:
        for _ in reading.batches:
            pass
        return
    with duckdb.connect(":memory:") as connection:
        connection.register("original", pa.RecordBatchReader.from_batches(reading.schema, reading.batches))
        fields = ", ".join(field.column for field in contract.fields)
        _copy(connection, f"select {fields} from ({reading.query})", output)


def _bare(file: Path, contract: Contract, output: Path) -> None:
    form = contract.delivery.format
    if form == "xml":
        _count_records(file, str(contract.delivery.record))
    elif form == "xlsx":
        _load_sheet(file, str(contract.delivery.sheet))
    elif form == "geojson":
        _load_features(file)
    else:
        if contract.delivery.archive:
            with ZipFile(file) as parts:
                file = Path(parts.extract(parts.namelist()[0], output.parent))
        with duckdb.connect(":memory:") as connection:
            _copy(connection, _statement(file, contract), output)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, output: Path) -> None:
    connection.execute(f"copy ({query}) to {literal(str(output))} (format parquet, compression zstd)")


def _statement(file: Path, contract: Contract) -> str:
    delivery, name = contract.delivery, literal(str(file))
    columns = "{" + ", ".join(f"{literal(field.name)}: 'varchar'" for field in contract.fields) + "}"
    encoding = "utf-8" if delivery.encoding in (None, "utf-8") else "latin-1"
    plain = f"auto_detect = false, ignore_errors = true, encoding = '{encoding}'"
    if delivery.format == "parquet":
        return f"from read_parquet({name})"
    if delivery.format == "json_lines":
        return f"from read_json({name}, format = 'newline_delimited', ignore_errors = true, columns = {columns})"
    if delivery.format == "delimited":
        quote = '"' if delivery.is_quoted else ""
        return (
            f"from read_csv({name}, columns = {columns}, header = true, delim = {literal(str(delivery.delimiter))}, "
            f"quote = '{quote}', escape = '{quote}', {plain})"
        )
    cuts = ", ".join(
        f"nullif(trim(substr(line, {field.start}, {field.width})), '') as {field.column}" for field in contract.fields
    )
    line = f"columns = {{'line': 'varchar'}}, header = false, delim = '\\x01', quote = '', escape = '', {plain}"
    return f"select {cuts} from read_csv({name}, {line})"


def _count_records(file: Path, record: str) -> int:
    from lxml import etree

    count = 0
    for _, element in etree.iterparse(str(file), tag="{*}" + record):
        count += 1
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    return count


def _load_sheet(file: Path, sheet: str) -> None:
    import fastexcel

    fastexcel.read_excel(file).load_sheet(sheet, header_row=None, dtypes="string").to_arrow()


def _load_features(file: Path) -> None:
    import shapely

    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features], on_invalid="ignore")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], date.fromisoformat(sys.argv[3]), sys.argv[4])
