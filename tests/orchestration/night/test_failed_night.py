"""A night that fails under `fil nightly`: it ends with exit 1 and a reason, and people hear of it once."""

from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, RepositoryDefinition, SensorEvaluationContext
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from orchestration.cli import night
from orchestration.definitions import build_definitions
from orchestration.home.process import set_up_process
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import Settings
from orchestration.night import arrivals
from orchestration.triggers.sensors import alert_on_failure
from tests.orchestration.conftest import Webhook
from tests.support.published_home import Fil

DAY = "2026-05-04"
FAILED = f"Fil: the night {DAY} failed and published nothing"
LOCATION = RegisteredCodeLocationOrigin("orchestration.definitions")


def exits(*_: object) -> None:
    """What a library does that ends its process, and calls that success."""
    raise SystemExit(0)


class Daemon:
    """The sensor of failed runs as Dagster's daemon evaluates it: with the location that it loaded."""

    def __init__(self, repository: RepositoryDefinition) -> None:
        self.repository, self.cursor = repository, None

    def tick(self, instance: DagsterInstance) -> None:
        """Look at what failed since the last tick."""
        context = SensorEvaluationContext(
            instance_ref=None,
            instance=instance,
            cursor=self.cursor,
            repository_name=self.repository.name,
            repository_def=self.repository,
            sensor_name=alert_on_failure.name,
            code_location_origin=LOCATION,
            resources={"settings": self.repository.get_top_level_resources()["settings"]},
        )
        self.cursor = alert_on_failure.evaluate_tick(context).cursor

    def started(self, run_id: str) -> DagsterRun:
        """A night that the daemon started."""
        origin = RemoteJobOrigin(RemoteRepositoryOrigin(LOCATION, self.repository.name), "nightly")
        tags = {"dagster/partition": DAY}
        return DagsterRun(job_name="nightly", run_id=run_id, remote_job_origin=origin, tags=tags)


def test_a_step_that_ends_the_process_fails_the_night_and_one_alert_is_sent(
    home: Path, fil: Fil, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIL_ALERT_WEBHOOK", webhook.url)
    monkeypatch.setattr(arrivals, "create_work_database", exits)
    settings = Settings.from_environment()
    set_up_process(settings.home)
    daemon = Daemon(build_definitions(settings).get_repository_def())
    with DagsterInstance.get() as instance:
        daemon.tick(instance)
        result = fil("nightly", "--date", DAY)
        assert result.code == 1
        assert f"night {DAY} failed and published nothing. work_database_begun: SystemExit" in result.err
        assert "Traceback" not in result.err + result.out
        daemon.tick(instance)
        assert webhook.received == [{"text": FAILED}]
        run = daemon.started("33333333-3333-3333-3333-333333333333")
        instance.report_run_failed(instance.add_run(run))
        daemon.tick(instance)
    assert webhook.received == [{"text": FAILED}, {"text": f"{FAILED} (run {run.run_id})"}]


def test_what_ends_the_process_before_the_first_step_fails_the_night(
    home: Path, fil: Fil, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIL_ALERT_WEBHOOK", webhook.url)
    monkeypatch.setattr("orchestration.definitions.build_definitions", exits)
    result = fil("nightly", "--date", DAY)
    assert result.code == 1 and "SystemExit" in result.err
    assert webhook.received == [{"text": FAILED}]


def test_an_alert_that_can_not_be_sent_hides_no_error(home: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> float:
        raise StepFailed(f"night {DAY} failed and published nothing. landing__padro: gone")

    monkeypatch.setattr(night, "run_night", fails)
    monkeypatch.setenv("FIL_ALERT_WEBHOOK", "file:///etc/passwd")
    result = fil("nightly", "--date", DAY)
    assert result.code == 1
    warning, error = result.err.splitlines()
    assert warning.startswith("warning: the alert was not sent (ConfigurationError: FIL_ALERT_WEBHOOK must be")
    assert error == f"fil: night {DAY} failed and published nothing. landing__padro: gone"
