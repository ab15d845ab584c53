"""`fil bench link`: links millions of mentions of a simulated city with Fil, and with Splink and nothing added.

Both get the same normalised rows, model and rules. `fil match` on the file, which also reads, normalises and trains, is
measured beside them.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from matching.benchmarks.beside_splink import LINKERS
from matching.evaluation.pair_counts import evaluate_links
from matching.model.model_file import promoted_model
from orchestration.benchmarks.city_mentions import REGISTERS, write_mentions
from orchestration.benchmarks.processes import Cost, run_process
from orchestration.linking.file_matching import normalised_mentions
from sources.base.sql import literal

_SEED = 7
_TRUTH = "truth.parquet"


@dataclass(frozen=True)
class LinkMeasure:
    """The result of one tool: medians over whole processes, and pairwise scores."""

    tool: str
    mentions: int
    runs: int
    seconds: float
    cpu_seconds: float
    peak_mb: int
    precision: float
    recall: float


def measure_linking(mentions: int, runs: int, *, with_file: bool = True) -> Iterator[LinkMeasure]:
    """Measure each tool in turn, `runs` times; with the file, also `fil match` from beginning to end."""
    with _written(mentions) as home:
        costs: dict[str, list[Cost]] = {tool: [] for tool in LINKERS}
        for _ in range(runs):
            for tool in LINKERS:
                costs[tool].append(_linked(tool, home))
        for tool in LINKERS:
            links = f"select mention_id, person_id from {literal(str(home / f'{tool}.parquet'))}"
            yield _measure(tool, mentions, costs[tool], links, home / _TRUTH)
        if with_file:
            output = home / "match.parquet"
            registers = [part for source in REGISTERS for part in ("--register", source)]
            fil = str(Path(sys.executable).with_name("fil"))
            cost = run_process([fil, "match", str(home / "mentions.parquet"), "--output", str(output), *registers])
            links = f"select md5(record_id) as mention_id, person_id from {literal(str(output))}"
            yield _measure("fil match", mentions, [cost], links, home / _TRUTH)


def measure_spilling(mentions: int, limits: Sequence[int]) -> Iterator[LinkMeasure]:
    """Measure Fil alone, once under each memory limit of DuckDB in gigabytes; 0 is its default, 80 % of the machine."""
    with _written(mentions) as home:
        for limit in limits:
            cost = _linked("fil", home, limit)
            links = f"select mention_id, person_id from {literal(str(home / 'fil.parquet'))}"
            yield _measure(f"fil {limit} GB" if limit else "fil unbound", mentions, [cost], links, home / _TRUTH)


@contextmanager
def _written(mentions: int) -> Iterator[Path]:
    """A directory with `mentions.parquet`, `truth.parquet` and `normalised.parquet`."""
    with tempfile.TemporaryDirectory(prefix="fil-bench-") as scratch:
        home = Path(scratch)
        write_mentions(home / "mentions.parquet", mentions, _SEED)
        with normalised_mentions(home / "mentions.parquet", REGISTERS) as connection:
            connection.execute(
                f"copy work.intermediate.int_person_mentions to {literal(str(home / 'normalised.parquet'))}"
            )
        yield home


def _linked(tool: str, home: Path, *limit: int) -> Cost:
    arguments = [home / "normalised.parquet", promoted_model(), home / f"{tool}.parquet", *limit]
    return run_process([sys.executable, "-m", "matching.benchmarks.beside_splink", tool, *map(str, arguments)])


def _measure(tool: str, mentions: int, costs: list[Cost], links: str, truth: Path) -> LinkMeasure:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"create view links as {links}")
        connection.execute(
            "create view truth as select md5(record_id) as mention_id, truth_id::varchar as true_person_id,"
            f" []::varchar[] as error_types from {literal(str(truth))}"
        )
        scores = evaluate_links(connection, "links", "truth")
    return LinkMeasure(
        tool,
        mentions,
        len(costs),
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.cpu_seconds for cost in costs),
        max(cost.peak_mb for cost in costs),
        round(scores.precision, 5),
        round(scores.recall, 5),
    )
