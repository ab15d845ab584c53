"""What the steps of a run share: the settings, the night's lock, and the work database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from dagster import (
    AssetCheckExecutionContext,
    AssetExecutionContext,
    ConfigurableResource,
    InitResourceContext,
    ResourceDependency,
)

from orchestration.home.custody import Run, held
from orchestration.home.lock import night_lock
from orchestration.home.process import set_up_process
from orchestration.home.settings import Settings
from orchestration.home.work_database import attach, spill_directory, work_database
from sources.base.sql import literal

_PARTITION = "dagster/partition"


class Night(ConfigurableResource[Any]):
    """The settings of an installation; it holds the night's lock during the run."""

    settings: ResourceDependency[Settings]

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Night"]:
        """Hold the lock; in-process executors set up a resource once per run."""
        set_up_process(self.settings.home)
        with night_lock(self.settings.home):
            yield self

    @contextmanager
    def step(
        self, context: AssetExecutionContext | AssetCheckExecutionContext, *, is_first: bool = False
    ) -> Iterator[set[Path]]:
        """Hold the work database for one step of a night (`custody.held`); every step that opens it calls this.

        Raises:
            StepFailed: the database is of another night or run, or was changed since the last step.
        """
        run = context.run
        of_night = Run(run.tags.get(_PARTITION), run.root_run_id or run.run_id)
        with held(self.settings.home, of_night, context.op_def.name, is_first=is_first) as beside:
            yield beside

    @contextmanager
    def work_database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The work database, opened for one step with its part of the night's memory."""
        home = self.settings.home
        with work_database(home.work_database, home.hub_key, self.settings.memory.step_bytes) as connection:
            yield connection

    def attach_work(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach the work database to another connection, read-only and with the same limits."""
        home = self.settings.home
        connection.execute(f"set memory_limit = '{self.settings.memory.step_bytes}B'")
        connection.execute(f"set temp_directory = {literal(str(spill_directory(home.work_database)))}")
        attach(connection, home.work_database, "work", home.hub_key, read_only=True)


def business_date_of(partition_key: str) -> date:
    """The business date of a run's partition key."""
    return date.fromisoformat(partition_key)
