"""Reads the times of a night from Dagster's event store: its steps, and dbt's models and tests in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster import AssetCheckEvaluation, DagsterEvent, DagsterEventType
from dagster._core.events import AssetObservationData, StepMaterializationData

from orchestration.benchmarks.night.stages import Step
from orchestration.night.event_store import Storage

_BEGIN = {DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED}
_END = {
    DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_UP_FOR_RETRY,
    DagsterEventType.STEP_SKIPPED,
}  # fmt: skip
_OF_DBT = {
    DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_OBSERVATION, DagsterEventType.ASSET_CHECK_EVALUATION,
}  # fmt: skip
# As dagster-dbt names them.
_NODE, _SECONDS = "unique_id", "Execution Duration"


@dataclass(frozen=True)
class NightEvents:
    """The steps of the last run, and the seconds of each dbt model and test; dbt runs several at once."""

    steps: tuple[Step, ...]
    dbt_seconds: dict[str, float]


def read_last_night(dagster: Path) -> NightEvents:
    """Read the last run in the store under a directory."""
    storage = Storage(str(dagster))
    try:
        run_id = storage.run_storage.get_runs(limit=1)[0].run_id
        records = storage.event_log_storage.get_logs_for_run(run_id, of_type=_BEGIN | _END | _OF_DBT)
        events = [(record.timestamp, record.dagster_event) for record in records if record.dagster_event]
    finally:
        storage.dispose()
    return NightEvents(tuple(_steps(events)), dict(_dbt(event for _, event in events)))


def _steps(events: list[tuple[float, DagsterEvent]]) -> Iterator[Step]:
    began: dict[str, float] = {}
    for at, event in events:
        if event.event_type in _BEGIN:
            began[event.step_key or ""] = at
        elif event.event_type in _END and (step := event.step_key or "") in began:
            yield Step(step, began.pop(step), at)


def _dbt(events: Iterator[DagsterEvent]) -> Iterator[tuple[str, float]]:
    for event in events:
        data = event.event_specific_data
        if isinstance(data, StepMaterializationData):
            metadata = data.materialization.metadata
        elif isinstance(data, AssetObservationData):
            metadata = data.asset_observation.metadata
        elif isinstance(data, AssetCheckEvaluation):
            metadata = data.metadata
        else:
            continue
        node, seconds = metadata.get(_NODE), metadata.get(_SECONDS)
        if node and seconds and isinstance(seconds.value, float):
            yield str(node.value), seconds.value
