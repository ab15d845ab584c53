"""Both halves of dbt's work on a hand-made work database, built once a module."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.database import work_database
from tests.dbt_project.hand_made import LINKAGE, dbt_build, load_raw


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("dbt") / "work.duckdb"
    load_raw(path, None)
    dbt_build(path, "prelink")
    with work_database(path, None) as connection:
        connection.execute(LINKAGE)
    dbt_build(path, "postlink")
    with work_database(path, None) as connection:
        yield connection
