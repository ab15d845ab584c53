"""The nights that `fil nightly` runs, without running one."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import night
from orchestration.cli.main import app
from orchestration.home.home import Home
from orchestration.home.lock import night_lock
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.run_night import PublishedNight


@pytest.fixture
def ran(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The business dates of the nights asked for; the one of the sixth fails, the one of the eighth withholds."""
    days: list[date] = []

    def run_night(_settings: Settings, business_date: date, _warn: object, _watch: object) -> PublishedNight:
        days.append(business_date)
        if business_date == date(2026, 5, 6):
            raise StepFailed(f"night {business_date} failed")
        return PublishedNight(25.0, ("attention: why",) if business_date == date(2026, 5, 8) else ())

    monkeypatch.setattr(night, "run_night", run_night)
    return days


def test_one_night(ran: list[date]) -> None:
    result = CliRunner().invoke(app, ["nightly", "--date", "2026-05-04"])
    assert (result.exit_code, result.output) == (0, "Night 2026-05-04 published in 25 s\n")


def test_a_night_that_withholds_something_is_told_and_stops_no_other(ran: list[date]) -> None:
    result = CliRunner().invoke(app, ["nightly", "--date", "2026-05-08", "--until", "2026-05-09"])
    assert ran == [date(2026, 5, 8), date(2026, 5, 9)]
    assert result.exit_code == 1
    assert result.stdout == "Night 2026-05-08 published in 25 s\nNight 2026-05-09 published in 25 s\n"
    assert result.stderr == "withheld on 2026-05-08: attention: why\n"


def test_beside_another_night_it_says_so_before_dagster_starts(home: Path) -> None:
    with night_lock(Home(home)):
        result = CliRunner().invoke(app, ["nightly", "--date", "2026-05-04"])
    assert "another night is running" in str(result.exception) and not any((home / "dagster").iterdir())


def test_several_nights_run_in_order_and_stop_at_the_first_that_fails(ran: list[date]) -> None:
    result = CliRunner().invoke(app, ["nightly", "--date", "2026-05-04", "--until", "2026-05-08"])
    assert ran == [date(2026, 5, day) for day in (4, 5, 6)]
    assert result.output == "Night 2026-05-04 published in 25 s\nNight 2026-05-05 published in 25 s\n"
    assert str(result.exception) == "night 2026-05-06 failed"


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2026-05-04", "2026-05-03", "--until 2026-05-03 is before --date 2026-05-04"),
        ("2026-05-04", "2999-01-01", "--until 2999-01-01 is not over yet: choose a date up to yesterday"),
        ("2019-12-31", "2026-05-04", "--date 2019-12-31 is before 2020-01-01: choose a later date"),
    ],
)
def test_days_that_are_none_run_no_night_at_all(ran: list[date], first: str, last: str, told: str) -> None:
    result = CliRunner().invoke(app, ["nightly", "--date", first, "--until", last])
    assert isinstance(result.exception, ConfigurationError)
    assert told in str(result.exception)
    assert ran == []


def test_without_a_date_it_is_the_night_after_the_last_published_one(ran: list[date], home: Path) -> None:
    none_yet = CliRunner().invoke(app, ["nightly"])
    assert isinstance(none_yet.exception, ConfigurationError) and "--date" in str(none_yet.exception) and ran == []
    (home / "published" / "2026-05-04").mkdir(parents=True)
    (home / "published" / "current").symlink_to("2026-05-04", target_is_directory=True)
    assert CliRunner().invoke(app, ["nightly"]).exit_code == 0
    assert ran == [date(2026, 5, 5)]
