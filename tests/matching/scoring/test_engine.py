"""Spark where it can't be had is refused at once and in words; what is written for it keeps the models' meaning.

Linking on Spark itself is tested in `tests/spark`, where Java is.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions as exp

from matching.model.model_file import SHIPPED, promoted_model
from matching.scoring.engine import EngineError
from matching.scoring.spark_dialect import FUNCTIONS, columns_of, spark_model, spark_query, spark_sql
from matching.scoring.spark_session import require_spark
from sources.base.scratch import scratch_directory


@pytest.mark.parametrize("master", ["", "spark", "spark://host", "local[x]", "http://host:7077", "local[*]; rm -rf /"])
def test_a_master_that_is_none_is_refused(master: str) -> None:
    with pytest.raises(EngineError, match=r"FIL_SPARK_MASTER is .* expected local\[\*\]"):
        require_spark(master, None)


def test_without_pyspark_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.scoring.spark_session._is_installed", lambda: False)
    with pytest.raises(EngineError, match="make setup-spark"):
        require_spark("local[*]", None)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where pyspark is installed and no session has begun."""
    monkeypatch.setattr("matching.scoring.spark_session._is_installed", lambda: True)
    monkeypatch.setattr("matching.scoring.spark_session._active", lambda: None)


def test_without_java_the_remedy_is_told(installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match=f"JAVA_HOME is {tmp_path}, and there is no bin/java"):
        require_spark("local[*]", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="no java is on the PATH: install"):
        require_spark("local[*]", None)


@pytest.mark.parametrize(("said", "told"), [('openjdk version "11.0.2"', "is 11"), ('java version "1.8.0"', "is 8")])
def test_an_old_java_is_refused(installed: None, tmp_path: Path, said: str, told: str) -> None:
    _java(tmp_path, said)
    with pytest.raises(EngineError, match=f"Java 17 or newer, and {tmp_path}/bin/java {told}"):
        require_spark("local[*]", tmp_path)


def test_a_master_that_does_not_answer_is_told_at_once(installed: None, tmp_path: Path) -> None:
    _java(tmp_path, 'openjdk version "17.0.15"')
    with pytest.raises(EngineError, match="no Spark master answers at spark://localhost:1"):
        require_spark("spark://localhost:1", tmp_path)


def _java(home: Path, said: str) -> None:
    (home / "bin").mkdir()
    (home / "bin" / "java").write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    (home / "bin" / "java").chmod(0o700)


@pytest.mark.parametrize("entity", ["person", "organisation"])
def test_every_word_of_a_model_is_known_to_spark(entity: str) -> None:
    model = json.loads(promoted_model(SHIPPED / entity).read_text())["model"]
    told = spark_model(model)
    conditions = [
        level["sql_condition"]
        for comparison in told["comparisons"]
        for level in comparison["comparison_levels"]
        if level["sql_condition"] != "ELSE"
    ] + [rule["blocking_rule"] for rule in told["blocking_rules_to_generate_predictions"]]
    known = {*FUNCTIONS, "size", "array_except"}
    for condition in conditions:
        for function in sqlglot.parse_one(condition, read="spark").find_all(exp.Anonymous):
            assert function.name.lower() in known
    assert {rule["sql_dialect"] for rule in told["blocking_rules_to_generate_predictions"]} == {"spark"}
    assert told["sql_dialect"] == "spark"
    assert model["sql_dialect"] == "duckdb"
    assert {"document", "postcode"} <= set(columns_of(model))
    assert not any(column.endswith(("_l", "_r")) for column in columns_of(model))


def test_what_duckdb_writes_otherwise_is_written_for_spark() -> None:
    assert spark_sql("ELSE") == "ELSE"
    assert spark_sql("list_has_all(words_l, words_r)") == "SIZE(ARRAY_EXCEPT(words_r, words_l)) = 0"
    assert spark_sql("jaro_winkler_similarity(a_l, a_r) >= 0.9") == "JARO_WINKLER(a_l, a_r) >= 0.9"
    assert spark_query("select cast(0.1 as double) as a, cast('x' as double) as b from c") == (
        "SELECT 0.1D AS a, CAST('x' AS DOUBLE) AS b FROM c"
    )


def test_a_scratch_directory_is_private_and_what_the_dead_left_is_deleted(tmp_path: Path) -> None:
    parent = tmp_path / "work" / "spark"
    killed = "import sys, os, pathlib\nfrom sources.base.scratch import scratch_directory\n"
    killed += "with scratch_directory(pathlib.Path(sys.argv[1])) as place:\n    (place / 'x').touch(); os._exit(9)\n"
    subprocess.run([sys.executable, "-c", killed, str(parent)], check=False)
    (left,) = parent.iterdir()
    with scratch_directory(parent) as one:
        assert not left.exists()
        (one / "rows").touch()
        assert one.stat().st_mode & 0o077 == 0
        with scratch_directory(parent) as other:
            assert one.exists() and other != one
        assert (one / "rows").exists()
    assert not list(parent.iterdir())
