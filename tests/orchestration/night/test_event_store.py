"""Dagster's event log over connections that last: who watches a run in one process sees what another writes."""

import time
from pathlib import Path

import pytest
from dagster._core.events.log import EventLogEntry

from orchestration.home.redaction import StepFailed
from orchestration.night.event_store import EventLog


def entry(number: int, run_id: str = "run") -> EventLogEntry:
    return EventLogEntry(
        error_info=None, level=20, user_message=f"{number}", run_id=run_id, timestamp=float(number), dagster_event=None
    )


def test_a_watcher_sees_each_event_while_the_log_stays_open(tmp_path: Path) -> None:
    writer, reader = EventLog(str(tmp_path)), EventLog(str(tmp_path))
    writer.store_event(entry(0))
    seen: list[str] = []
    reader.watch("run", None, lambda event, _: seen.append(event.user_message))
    for number in range(1, 4):
        writer.store_event(entry(number))
        deadline = time.monotonic() + 20
        while f"{number}" not in seen and time.monotonic() < deadline:
            time.sleep(0.05)
    assert seen == ["0", "1", "2", "3"]
    reader.dispose()
    writer.dispose()
    assert [path.name for path in tmp_path.glob("*-wal")] == []


def test_one_run_beside_the_index_stays_open(tmp_path: Path) -> None:
    log = EventLog(str(tmp_path))
    for run_id in ("one", "two", "one"):
        log.store_event(entry(1, run_id))
    assert [len(log.get_records_for_run(run_id).records) for run_id in ("one", "two")] == [2, 1]
    assert sorted(path.name for path in tmp_path.glob("*-wal")) == ["index.db-wal", "two.db-wal"]
    log.dispose()


def test_a_full_disk_is_told_with_its_remedy_and_no_page_of_a_library(tmp_path: Path) -> None:
    log = EventLog(str(tmp_path))
    log.store_event(entry(0))
    with log.run_connection("run") as connection:
        # SQLite says so, too, of a file that may not grow.
        connection.exec_driver_sql("pragma max_page_count = 1")
    with pytest.raises(StepFailed, match="the disk is full: free space on the disk of FIL_HOME") as failed:
        for number in range(1, 2_000):
            log.store_event(entry(number))
    assert "://" not in str(failed.value)
    log.dispose()
