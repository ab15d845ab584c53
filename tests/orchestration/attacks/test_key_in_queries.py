"""A query of the dbt project that looks for the hub's key finds none, and dbt stores no hash of one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgpack
import pytest
from dagster import build_init_resource_context
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from orchestration.dbt.key import Plugin
from orchestration.dbt.project import prepared_project
from orchestration.home.process import set_up_process
from orchestration.home.settings import DBT_PROJECT_DIR, ConfigurationError, Settings
from orchestration.home.work_database import EXTENSIONS, work_database
from orchestration.night.dbt_process import Dbt
from tests.support.key_traces import hash_of_the_connection, traces_of

# Whole nights that take minutes: `make test-long`.
pytestmark = pytest.mark.long

KEY, PASSWORD = "7d" * 32, "HISENDASECRET"
# Each as a query, or in what dbt renders of it; `{parent}` is the process that has the key.
ATTACKS = {
    "environment": "select '{{ env_var(\"FIL_HUB_KEY\") }}' as found",
    "environment_or": 'select \'{{ env_var("FIL_HUB_KEY", "") }}{{ env_var("FIL_SMTP_URL", "") }}\' as found',
    "target": 'select $${{ target }} {{ target.get("attach") }} {{ adapter.config.credentials }}$$ as found',
    "databases": "select to_json(d) as found from duckdb_databases() as d",
    "settings": "select to_json(s) as found from duckdb_settings() as s",
    "own_environment": "select content as found from read_blob('/proc/self/environ')",
    "parent_environment": "select content as found from read_blob('/proc/{parent}/environ')",
    "every_environment": "select file as found from glob('/proc/*/environ')",
    "way_up": "select content as found from read_text('{home}/../hub.key')",
    "written": "{{ config(pre_hook=\"copy (select 1) to '{elsewhere}'\") }}select 1 as found",
    "opened": '{{ config(pre_hook="set enable_external_access = true") }}select 1 as found',
}


def project_of(directory: Path, models: dict[str, str]) -> Path:
    project = directory / "dbt_project"
    (project / "models").mkdir(parents=True)
    shutil.copy(DBT_PROJECT_DIR / "profiles.yml", project)
    (project / "dbt_project.yml").write_text(
        "name: small\nprofile: fil\nmodels: {small: {+materialized: table}}\n", encoding="utf-8"
    )
    for name, query in models.items():
        (project / "models" / f"{name}.sql").write_text(query, encoding="utf-8")
    return project


def built(home: Path) -> dict[str, str]:
    """Each model of the project and how it ended."""
    settings = Settings.from_environment()
    set_up_process(settings.home)
    with Dbt(project=str(prepared_project(settings.memory)), settings=settings).yield_for_execution(
        build_init_resource_context()
    ) as dbt:
        return {outcome.node.rpartition(".")[2]: outcome.status for outcome in dbt.build("*")}


@pytest.fixture
def keyed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose settings hold secrets; what a project leaves is kept beside it."""
    monkeypatch.setenv("FIL_HOME", str(home / "home"))
    monkeypatch.setenv("FIL_HUB_KEY", KEY)
    monkeypatch.setenv("FIL_SMTP_URL", f"smtps://fil:{PASSWORD}@mail.example.org")
    (home / "hub.key").write_text(KEY)
    yield home


def test_no_query_finds_the_key(keyed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"{parent}": str(os.getpid()), "{home}": str(keyed / "home"), "{elsewhere}": str(keyed / "elsewhere.csv")}
    attacks = dict(ATTACKS)
    for sign, place in places.items():
        attacks = {name: query.replace(sign, place) for name, query in attacks.items()}
    # What asks for a variable that is not there stops the whole project from being parsed.
    attacks.pop("environment")
    monkeypatch.setattr("orchestration.dbt.project.DBT_PROJECT_DIR", project_of(keyed, attacks))
    ended = built(keyed)
    refused = {"own_environment", "parent_environment", "every_environment", "way_up", "written", "opened"}
    assert {name for name, status in ended.items() if status == "error"} == refused
    assert {name for name, status in ended.items() if status == "success"} == attacks.keys() - refused
    assert not (keyed / "elsewhere.csv").exists()
    with work_database(keyed / "home" / "work.duckdb", KEY) as connection:
        found = [
            str(row)
            for name in attacks.keys() - refused
            for row in connection.execute(f"select found from work.main.{name}").fetchall()
        ]
    assert len(found) > 50 and not [row for row in found if KEY in row or PASSWORD in row]


def test_a_variable_that_dbt_does_not_need_is_not_there(keyed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.dbt.project.DBT_PROJECT_DIR", project_of(keyed, {"one": ATTACKS["environment"]}))
    with pytest.raises(Exception, match="Env var required but not provided") as refused:
        built(keyed)
    assert KEY not in str(refused.value)


def test_dbt_keeps_neither_the_key_nor_a_hash_that_changes_with_it(
    keyed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(keyed, {"one": "select 1 as one"})
    monkeypatch.setattr("orchestration.dbt.project.DBT_PROJECT_DIR", project)
    kept: dict[str, dict[str, object]] = {}
    for key in (KEY, "5a" * 32, ""):
        monkeypatch.setenv("FIL_HUB_KEY", key)
        (keyed / "home" / "work.duckdb").unlink(missing_ok=True)
        assert built(keyed) == {"one": "success"}
        parsed = sorted(keyed.rglob("partial_parse.msgpack"))
        assert parsed and all(hash_of_the_connection() in path.read_bytes() for path in parsed)
        for path in keyed.rglob("*"):
            if path.is_file() and path.name != "hub.key" and key:
                content = path.read_bytes()
                assert not [form for form in traces_of(key) if form in content], path
        checks = [msgpack.unpackb(path.read_bytes(), strict_map_key=False)["state_check"] for path in parsed]
        kept[key] = {"profile": {str(check["profile_hash"]) for check in checks}}
        shutil.rmtree(project / "target")
        shutil.rmtree(keyed / "home" / "work")
    assert kept[KEY] == kept["5a" * 32] == kept[""]


def test_a_model_in_python_is_no_part_of_a_night(keyed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_of(keyed, {"one": "select 1 as one"})
    (project / "models" / "two.py").write_text("def model(dbt, session):\n    raise ValueError\n", encoding="utf-8")
    monkeypatch.setattr("orchestration.dbt.project.DBT_PROJECT_DIR", project)
    assert built(keyed) == {"one": "success"}


def test_dbt_run_by_hand_takes_the_key_from_a_file_alone(keyed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"path": ":memory:", "database": "work", "attach": [{"path": str(keyed / "work.duckdb"), "alias": "work"}]}
    plugin = Plugin("dbt_key", {}, DuckDBCredentials.from_dict({**work, "schema": "main"}))
    places = {"extension_directory": str(EXTENSIONS)}
    with duckdb.connect(":memory:", config=places) as connection:
        with pytest.raises(ConfigurationError, match="FIL_HUB_KEY_FILE instead") as refused:
            plugin.configure_connection(connection)
        assert KEY not in str(refused.value)
        monkeypatch.delenv("FIL_HUB_KEY")
        (keyed / "hub.key").chmod(0o600)
        monkeypatch.setenv("FIL_HUB_KEY_FILE", str(keyed / "hub.key"))
        plugin.configure_connection(connection)
        connection.execute("create table work.main.one as select 1 as one")
    with work_database(keyed / "work.duckdb", KEY) as connection:
        assert connection.execute("from work.main.one").fetchall() == [(1,)]
