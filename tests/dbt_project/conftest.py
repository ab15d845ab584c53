"""Both halves of dbt's work on a hand-made work database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.home.work_database import work_database
from tests.support.compiled_models import compiled_models
from tests.support.hand_made import dbt_build, load_raw
from tests.support.hand_made_rows import LINKAGE
from tests.support.once import once


def build(directory: Path) -> None:
    path = directory / "work.duckdb"
    load_raw(path, None)
    dbt_build(path, "prelink")
    with work_database(path, None) as connection:
        connection.execute(LINKAGE)
    dbt_build(path, "postlink")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    built = once(tmp_path_factory, "built", build) / "work.duckdb"
    # One process alone may have a database open.
    copy = shutil.copy(built, tmp_path_factory.mktemp("hub"))
    with work_database(Path(copy), None) as connection:
        yield connection


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of each model, as dbt compiled it for the hub."""
    target = once(tmp_path_factory, "built", build) / "target"
    return {name: path.read_text() for name, path in compiled_models(target).items()}
