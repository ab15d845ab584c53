"""The work database that dbt opens: by hand that of FIL_HOME, in a night the path that is the same in every home."""

import jinja2
import pytest
import yaml

from orchestration.dbt.project import environment_of_dbt
from orchestration.home.settings import DBT_PROJECT_DIR


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"FIL_HOME": "/srv/fil"}, "/srv/fil/work.duckdb"),
        ({}, "../var/work.duckdb"),
        ({"FIL_HOME": "/srv/fil", "FIL_WORK_DB": "/tmp/other.duckdb"}, "/tmp/other.duckdb"),  # noqa: S108 - this path is not opened
        (environment_of_dbt(), "~/work.duckdb"),
    ],
)
def test_the_profile_names_the_work_database(environment: dict[str, str], path: str) -> None:
    text = (DBT_PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    rendered = jinja2.Template(text).render(env_var=environment.get)  # noqa: S701 - this is YAML, not HTML
    work = yaml.safe_load(rendered)["fil"]["outputs"]["work"]
    assert work["attach"] == [{"path": path, "alias": "work"}]
    assert work["config_options"]["temp_directory"] == f"{path}.tmp"
