"""Dagster's own SQLite storage, with connections that stay open.

Dagster opens its event log for each of a night's several thousand statements, and each close writes SQLite's log back
to the file: that would take a tenth of the processor time of a night in a small city.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError

from orchestration.home.redaction import StepFailed, described


class EventLog(SqliteEventLogStorage):
    """Dagster's event log, with open connections to the index and the last run."""

    def __init__(self, base_dir: str) -> None:
        """Open the index, which is made if there is none."""
        self._open: dict[str, Engine] = {}
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A transaction. Dagster prints its errors unchanged, so an error of the disk gets its remedy in the text."""
        with self._db_lock, _with_remedy():
            engine = self._open.get(shard) or self._opened(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _opened(self, shard: str) -> Engine:
        for other in self._open.keys() - {INDEX_SHARD_NAME}:
            self._open.pop(other).dispose()
        timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        engine = self._open[shard] = create_engine(self.conn_string_for_shard(shard), connect_args=timeout)
        # This is safe with a write-ahead log; a power cut may lose the last events, but no result of a night.
        listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
        return engine

    def watch(self, run_id: str, cursor: str | None, callback: Callable[..., Any]) -> None:
        """Call back with each event of a run; the write-ahead log is watched, too: it changes before the file."""
        super().watch(run_id, cursor, callback)
        watchdog: Any = self._watchers[run_id][callback][0]
        file = self.path_for_shard(run_id)
        watchdog._patterns = [file, f"{file}-wal"]  # noqa: SLF001 - as its own constructor has it, for the file alone
        watchdog.on_modified = lambda _: watchdog._process_log()  # noqa: SLF001 - its own insists on the file

    def dispose(self) -> None:
        """Close the connections, after the watchers end, because a watcher would open them again."""
        super().dispose()
        with self._db_lock:
            while self._open:
                self._open.popitem()[1].dispose()


@contextmanager
def _with_remedy() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise StepFailed(described(error)) from None


class Storage(DagsterSqliteStorage):
    """Runs, events and schedules under one directory, as `dagster.yaml` names it."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Use the same directories as Dagster."""
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(self._event_log_storage._base_dir)  # noqa: SLF001 - where Dagster has it

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> "Storage":
        """Make the storage from `dagster.yaml`."""
        return cls.from_local(inst_data=inst_data, **config_value)
