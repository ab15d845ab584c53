"""The copy of the dbt project that a night begins with, and keeps; the process that builds it."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from dagster import Definitions, build_init_resource_context

from orchestration.dbt.project import prepared_project
from orchestration.home.custody import Run, held
from orchestration.home.process import set_up_process
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import DBT_PROJECT_DIR, Settings
from orchestration.home.work_database import work_database
from orchestration.night.dbt_process import Dbt
from orchestration.night.models import build_models
from orchestration.night.resources import Night


def small(directory: Path) -> Path:
    """A project of one model."""
    project = directory / "dbt_project"
    (project / "models").mkdir(parents=True)
    shutil.copy(DBT_PROJECT_DIR / "profiles.yml", project)
    (project / "dbt_project.yml").write_text("name: small\nprofile: fil\n")
    (project / "models" / "one.sql").write_text("select 1 as one")
    return project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = small(tmp_path)
    monkeypatch.setattr("orchestration.dbt.project.DBT_PROJECT_DIR", project)
    return project


def test_who_edits_the_project_edits_no_night(project: Path) -> None:
    begun = prepared_project()
    assert prepared_project() == begun
    manifest = (begun / "target" / "manifest.json").read_text()
    (project / "models" / "one.sql").write_text("select {{ nothing_of_it( }}")
    with pytest.raises(StepFailed, match=f"dbt could not parse {project}"):
        prepared_project()
    assert (begun / "models" / "one.sql").read_text() == "select 1 as one"
    assert (begun / "target" / "manifest.json").read_text() == manifest
    outdated = begun.with_name("outdated")
    outdated.mkdir()
    os.utime(outdated, (0, 0))
    (project / "models" / "one.sql").write_text("select 1 as one")
    assert prepared_project() == begun and not outdated.exists()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, only to be read, of a project of three models, of which the last is built on a broken one."""
    project = small(tmp_path_factory.mktemp("three"))
    broken = "select cast(given || surname as integer) as number from (values ('Vil', 'à 1')) as t(given, surname)"
    (project / "models" / "broken.sql").write_text(broken)
    (project / "models" / "three.sql").write_text("select * from {{ ref('broken') }}")
    with (project / "dbt_project.yml").open("a") as declared:
        declared.write("models: {small: {+materialized: table}}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orchestration.dbt.project.DBT_PROJECT_DIR", project)
        return prepared_project()


@pytest.fixture
def dbt(prepared: Path, home: Path) -> Iterator[Dbt]:
    settings = Settings.from_environment()
    set_up_process(settings.home)
    with Dbt(project=str(prepared), settings=settings).yield_for_execution(build_init_resource_context()) as dbt:
        yield dbt


def test_one_process_builds_again_and_again_and_leaves_the_database_to_others(dbt: Dbt, home: Path) -> None:
    for _ in range(2):
        ended = {outcome.node: outcome for outcome in dbt.build("one broken three")}
        statuses = {node: outcome.status for node, outcome in ended.items()}
        assert statuses == {"model.small.one": "success", "model.small.broken": "error", "model.small.three": "skipped"}
        message = ended["model.small.broken"].message
        assert "Conversion Error" in message and "Vilà" not in message
        with work_database(home / "work.duckdb", None) as connection:
            assert connection.execute("from work.main.one").fetchall() == [(1,)]
    kept = [path for path in (home / "work").rglob("*") if path.is_file()]
    assert kept and not any("Vilà".encode() in path.read_bytes() for path in kept)
    (home / "work.duckdb").write_text("no database")
    assert [(outcome.node, outcome.status) for outcome in dbt.build("one")] == [("its start", "error")]


def test_a_process_that_is_gone_ends_the_build_with_a_remedy(dbt: Dbt) -> None:
    dbt._process.kill()
    with pytest.raises(StepFailed, match="ended with exit code -9 before it built one"):
        list(dbt.build("one"))


def test_the_process_ends_with_the_one_that_started_it(dbt: Dbt) -> None:
    assert dbt._process.stdin is not None
    dbt._process.stdin.close()
    assert dbt._process.wait(timeout=60) == 0


def test_a_broken_rule_fails_the_half_by_its_name(project: Path, home: Path) -> None:
    (project / "models" / "one.sql").write_text("select unnest(['Vilà', 'Vilà', null]) as name")
    asked = "[unique, not_null, {accepted_values: {arguments: {values: [Vilà]}}}]"
    columns = f"[{{name: name, data_tests: {asked}}}]"
    declared = f"models: [{{name: one, config: {{tags: [prelink], schema: hub}}, columns: {columns}}}]"
    (project / "models" / "one.yml").write_text(declared)
    (project / "macros").mkdir()
    shutil.copy(DBT_PROJECT_DIR / "macros" / "generate_schema_name.sql", project / "macros")
    settings = Settings.from_environment()
    set_up_process(settings.home)
    copy = prepared_project()
    models = build_models(json.loads((copy / "target" / "manifest.json").read_text()), "prelink")
    run_id = str(uuid4())
    with held(settings.home, Run("2026-05-04", run_id), "work_database_begun", is_first=True):
        pass
    resources = {"dbt": Dbt(project=str(copy), settings=settings), "night": Night(settings=settings)}
    job = Definitions(assets=[models], resources=resources).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(partition_key="2026-05-04", run_id=run_id, raise_on_error=False)
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed and set(check.metadata) == {
        "not_null_one_name", "unique_one_name", "unique_id", "Execution Duration",
    }  # fmt: skip
    assert check.metadata["unique_one_name"].value == "No two rows have the same name. Rows against it: 1."
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.error is not None and "failed in: test.small.not_null_one_name" in failure.error.to_string()
    assert "test.small.unique_one_name" in failure.error.to_string() and "accepted" not in failure.error.to_string()
