"""The rules that a night counts are dbt's own tests: on a spoilt hub both find the same ones broken."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.dbt.project import prepared_project
from orchestration.dbt.rules import Rule, broken_rules, load_rules
from orchestration.home.work_database import work_database
from tests.dbt_project.conftest import build
from tests.support.hand_made import dbt
from tests.support.once import once


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    manifest = json.loads((prepared_project() / "target" / "manifest.json").read_text())
    return [*load_rules(manifest, "prelink"), *load_rules(manifest, "postlink")]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A built hub with three more rows in each table: one of nulls, and a duplicated one with texts of its own."""
    directory = tmp_path_factory.mktemp("spoilt")
    path = Path(shutil.copy(once(tmp_path_factory, "built", build) / "work.duckdb", directory))
    with work_database(path, None) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = 'work' and schema_name <> 'linkage'"
        ).fetchall()
        for schema, table in tables:
            columns = connection.execute(
                "select column_name, data_type from duckdb_columns() "
                "where database_name = 'work' and schema_name = ? and table_name = ? order by column_index",
                [schema, table],
            ).fetchall()
            texts = ", ".join(f"'? {table}'" if kind == "VARCHAR" else "null" for _, kind in columns)
            nulls = ", ".join("null" for _ in columns)
            connection.execute(f'insert into work."{schema}"."{table}" values ({texts}), ({texts}), ({nulls})')
    yield path


def test_a_hub_that_is_built_keeps_every_rule(hub: duckdb.DuckDBPyConnection, rules: list[Rule]) -> None:
    assert len(rules) > 300
    assert broken_rules(hub, rules) == []


def test_dbt_finds_the_same_rules_broken_and_its_unit_tests_pass(spoilt: Path, rules: list[Rule]) -> None:
    with work_database(spoilt, None) as connection:
        broken = broken_rules(connection, rules)
    tested = dbt(spoilt, None, "test")
    found = json.loads((spoilt.parent / "target" / "run_results.json").read_text())["results"]
    of_units = [one["status"] for one in found if one["unique_id"].startswith("unit_test.")]
    assert of_units and set(of_units) == {"pass"}
    results = [one for one in found if one["unique_id"].startswith("test.")]
    assert tested.returncode == 1 and len(results) == len(rules)
    failed = {one["unique_id"]: one["failures"] for one in results if one["status"] != "pass"}
    assert {one.rule.node for one in broken} == set(failed)
    assert {one.rule.node for one in broken if one.rows is None} == {node for node in failed if failed[node] is None}
    of_each_kind = {one.rule.node.split(".")[2].split("_")[0] for one in broken}
    assert {"accepted", "unique", "relationships", "assert", "not"} <= of_each_kind
    assert any(one.rule.name.endswith("_is_complete") for one in broken)


def test_every_rule_is_described(rules: list[Rule]) -> None:
    assert [rule.name for rule in rules if not rule.description] == []
