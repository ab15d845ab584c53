"""A home of its own for what reads the environment, which is put back afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

VARIABLES = (
    "FIL_HOME", "FIL_HUB_KEY", "FIL_ALERT_WEBHOOK", "FIL_ALERT_EMAIL", "FIL_SMTP_URL", "FIL_WORK_DB", "FIL_DBT_TARGET",
    "FIL_DAGSTER_DIR", "FIL_DUCKDB_EXTENSIONS", "DAGSTER_HOME",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("FIL_HOME", str(tmp_path))
    umask = os.umask(0o077)
    yield tmp_path
    os.umask(umask)
