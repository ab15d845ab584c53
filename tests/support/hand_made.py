"""A work database of rows written by hand, and dbt on it."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from orchestration.dbt.project import prepared_project
from orchestration.home.work_database import EXTENSIONS, create_work_database, work_database
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import raw_relations
from sources.loading.raw_tables import record_agreements
from tests.support.hand_made_rows import RAW

DBT = Path(sys.executable).parent / "dbt"
DAY = date(2026, 5, 4)


def load_raw(path: Path, key: str | None) -> None:
    create_work_database(path, key, DAY)
    with work_database(path, key) as connection:
        for contract in load_contracts():
            columns = ", ".join(f"{field.column} varchar" for field in contract.fields)
            for relation in raw_relations(contract):
                why = "_reason varchar, " if relation.endswith("_quarantined") else ""
                connection.execute(
                    f"create table work.raw.{relation} "
                    f"({why}{columns}, _source_key varchar, _line_number bigint, _extract_date date)"
                )
        record_agreements(connection, load_contracts(), DAY)
        for rows in RAW:
            connection.execute(rows)


def dbt_build(path: Path, tag: str, key: str | None = None) -> None:
    """Build one half of the project on `work.duckdb` as a night does, without dbt's tests (see `test_rules.py`)."""
    without = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    result = dbt(path, key, "build", "--select", f"tag:{tag}", *without)
    assert result.returncode == 0, result.stdout


def dbt(path: Path, key: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on `work.duckdb`, with the parsed project at hand so that dbt need not parse it again."""
    project, target = prepared_project(), path.parent / "target"
    if not target.exists():
        target.mkdir()
        shutil.copy(project / "target" / "partial_parse.msgpack", target)
    environment = os.environ | {
        "FIL_HOME": str(path.parent),
        "FIL_DUCKDB_EXTENSIONS": str(EXTENSIONS),
    }
    if key:
        file = path.with_name("hub.key")
        file.write_text(key)
        file.chmod(0o600)
        environment["FIL_HUB_KEY_FILE"] = str(file)
    places = ("project-dir", project), ("profiles-dir", project), ("target-path", target), ("log-path", path.parent)
    options = [word for name, place in places for word in (f"--{name}", str(place))]
    return subprocess.run(
        [str(DBT), *arguments, *options], env=environment, capture_output=True, text=True, check=False
    )
