"""Nights that are killed at stage boundaries, then run again, in a home of their own."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

from tests.pipeline.nights import (
    DAY,
    FIL,
    ROOT,
    assert_the_same,
    environment,
    fill_inbox,
    nightly,
)


def kill_when_begun(home: Path, step: str) -> None:
    """Start the night and kill it, with all its children, as soon as a step has begun."""
    night = subprocess.Popen(
        [str(FIL), "nightly", "--date", DAY],
        env=environment(home, None),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 180
    while not has_begun(home, step):
        assert night.poll() is None, f"the night ended before {step} began"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(night.pid, signal.SIGKILL)
    night.wait()


def has_begun(home: Path, step: str) -> bool:
    """Whether the latest run in Dagster's store says that a step has begun."""
    stores = [path for path in (home / "dagster" / "history" / "runs").glob("*.db") if path.name != "index.db"]
    if not stores:
        return False
    try:
        with sqlite3.connect(f"file:{max(stores, key=lambda path: path.stat().st_ctime)}?mode=ro", uri=True) as store:
            query = "select count(*) from event_logs where dagster_event_type = 'STEP_START' and step_key = ?"
            return bool(store.execute(query, [step]).fetchone()[0])
    except sqlite3.Error:
        return False


def test_nights_killed_at_stage_boundaries_then_run_leave_no_trace(tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    fill_inbox(undisturbed)
    assert nightly(undisturbed).returncode == 0
    tmp_path = tmp_path / "killed"
    fill_inbox(tmp_path)
    # The same secret, so that the same ids can be expected.
    shutil.copytree(
        undisturbed / "registry", tmp_path / "registry", ignore=shutil.ignore_patterns("journal", "pending")
    )
    for step in ("raw__padro__habitants", "linkage", "publication"):
        shutil.rmtree(tmp_path / "dagster", ignore_errors=True)
        kill_when_begun(tmp_path, step)
        assert not (tmp_path / "published" / "current").exists()
    result = nightly(tmp_path)
    assert result.returncode == 0, result.stderr
    assert_the_same(tmp_path, undisturbed)
