"""What the intake takes and tells, run as Dagster runs it."""

from datetime import date
from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult

from orchestration.home.home import Home
from orchestration.home.lock import night_lock
from orchestration.home.settings import Settings
from orchestration.triggers import intake as module
from orchestration.triggers.intake import intake
from tests.support.nights import SURNAMES, attention, deliver, document, inscription

PADRO = "padro_habitants_20260504.txt"
ATENCIONS = "atencions_20260504.jsonl"


@pytest.fixture
def alerts(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []

    def keep(_settings: Settings, text: str) -> bool:
        told.append(text)
        return True

    monkeypatch.setattr(module, "send_alert", keep)
    monkeypatch.setattr(module, "today", lambda: date(2026, 5, 5))
    return told


def run(instance: DagsterInstance | None = None, **files: list[str]) -> ExecuteInProcessResult:
    config = {"ops": {"take_deliveries": {"config": {"files": files}}}}
    return intake.execute_in_process(
        config, instance=instance, raise_on_error=False, resources={"settings": Settings.from_environment()}
    )


def test_good_deliveries_are_landed_and_parsed_and_nobody_is_told(home: Path, alerts: list[str]) -> None:
    deliver(home, "padro", PADRO, b"".join(map(inscription, range(3))))
    deliver(home, "atencions", ATENCIONS, attention(1))
    assert run(padro=[PADRO], atencions=[ATENCIONS]).success
    assert sorted(path.name for path in home.glob("raw/*/*/*/*")) == ["data.parquet"] * 2 + ["data.sha256"] * 2
    assert [path for path in (home / "inbox").rglob("*") if path.is_file()] == []
    assert alerts == []
    assert not (home / "work.duckdb").exists()


def test_a_bad_delivery_is_told_by_its_name_and_stops_no_other(home: Path, alerts: list[str]) -> None:
    deliver(home, "padro", PADRO, inscription(1, sex=b"9"))
    deliver(home, "atencions", ATENCIONS, attention(1))
    path = home / "inbox" / "atencions" / ATENCIONS
    path.write_bytes(path.read_bytes().upper())
    deliver(home, "iris", "iris_fitxes_20260504.csv", b"\n")
    with DagsterInstance.ephemeral() as instance:
        result = run(instance, padro=[PADRO], atencions=[ATENCIONS], iris=["iris_fitxes_20260504.csv"])
        logged = " ".join(str(record) for record in instance.all_logs(result.run_id))
    assert result.success
    atencions, iris, padro = alerts
    assert padro.startswith("Fil: padro: the extract of 2026-05-04 was rejected: 1 of 1 rows break the contract")
    assert atencions.startswith(f"Fil: atencions: {ATENCIONS} was not taken: its sha256 differs from the one in its")
    assert iris.startswith("Fil: iris: the extract of 2026-05-04 was rejected")
    assert "was rejected: 1 of 1 rows" in logged
    for secret in (*SURNAMES, document(1)):
        assert secret not in f"{alerts} {logged}"


def test_what_is_still_being_written_is_left_in_peace(home: Path, alerts: list[str]) -> None:
    deliver(home, "padro", PADRO, inscription(1))
    half = home / "inbox" / "padro" / "padro_habitants_20260505.txt"
    half.write_bytes(b"   2026")
    assert run(padro=[PADRO]).success
    assert alerts == [] and half.exists()


def test_a_source_without_an_agreement_is_told(home: Path, alerts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "today", lambda: date(2030, 1, 1))
    deliver(home, "padro", PADRO, inscription(1))
    assert run(padro=[PADRO]).success
    (told,) = alerts
    assert told.startswith("Fil: padro: its agreement ended on 2029-12-31")
    assert (home / "inbox" / "padro" / PADRO).exists()


def test_while_a_night_runs_it_is_tried_again_later(
    home: Path, alerts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TRIES", 1)
    monkeypatch.setattr(module, "_SECONDS_BETWEEN", 0)
    deliver(home, "padro", PADRO, inscription(1))
    with night_lock(Home(home)):
        result = run(padro=[PADRO])
    assert not result.success
    assert DagsterEventType.STEP_UP_FOR_RETRY in [event.event_type for event in result.all_events]
    assert not (home / "landing").exists()
    assert run(padro=[PADRO]).success


def test_a_source_that_is_none_is_refused(home: Path, alerts: list[str]) -> None:
    result = run(padron=[PADRO])
    failures = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert "there is no source padron; the sources are activitats_estiu, " in str(failures)
