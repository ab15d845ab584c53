"""The copy of the dbt project that a night begins with, and keeps."""

import os
import shutil
from pathlib import Path

import pytest

from orchestration.dbt import dbt_resource, prepared_project
from orchestration.redaction import StepFailed
from orchestration.settings import DBT_PROJECT_DIR


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one model."""
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    shutil.copy(DBT_PROJECT_DIR / "profiles.yml", project)
    (project / "dbt_project.yml").write_text("name: small\nprofile: fil\n")
    (project / "models" / "one.sql").write_text("select 1 as one")
    monkeypatch.setattr("orchestration.dbt.DBT_PROJECT_DIR", project)
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


def test_no_night_asks_dbt_for_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """`dbt --version` would look for a newer one on the network."""
    monkeypatch.setattr("orchestration.dbt.DBT_EXECUTABLE", shutil.which("false"))
    assert dbt_resource(DBT_PROJECT_DIR)._cli_version.release[:2] == (1, 11)
