"""A night that withheld something alerts once, also if it is killed after its commit; never of what is not public."""

import json
from datetime import date
from pathlib import Path

import pytest

from exports.errors import PublicationError
from orchestration.home.home import Home
from orchestration.home.settings import Settings
from orchestration.past_nights.recovery import finish_announced_commits
from orchestration.past_nights.withheld_notice import keep_notice
from tests.orchestration.conftest import Webhook

DAY = date(2026, 5, 4)


@pytest.fixture
def settings(tmp_path: Path, webhook: Webhook) -> Settings:
    settings = Settings(Home(tmp_path), alert_webhook=webhook.url)
    (settings.home.published / str(DAY)).mkdir(parents=True)
    (settings.home.published / str(DAY) / "manifest.json").write_text(json.dumps({"run_id": "r1"}), encoding="utf-8")
    return settings


def test_what_a_killed_night_withheld_is_alerted_by_the_next_command_and_once(
    settings: Settings, webhook: Webhook
) -> None:
    keep_notice(settings.home, DAY, "r1", ["audience.bus", "attention"])
    finish_announced_commits(settings)
    finish_announced_commits(settings)
    assert webhook.received == [
        {"text": "Fil: the night 2026-05-04 is published without attention, audience.bus: checks failed (run r1)"}
    ]


def test_a_night_that_was_killed_before_its_commit_alerts_nobody(settings: Settings, webhook: Webhook) -> None:
    keep_notice(settings.home, DAY, "r2", ["audience.bus"])
    keep_notice(settings.home, date(2026, 5, 5), "r3", ["audience.bus"])
    finish_announced_commits(settings)
    assert webhook.received == []
    assert not list(settings.home.published.glob(".withheld-*"))


@pytest.mark.parametrize("notice", ["{", "[]", '{"business_date": 3, "run_id": "r1", "stems": []}', '{"run_id": "r1"}'])
def test_a_notice_that_can_not_be_read_is_told_and_stays(settings: Settings, notice: str) -> None:
    path = settings.home.published / f".withheld-{DAY}.json"
    path.write_text(notice, encoding="utf-8")
    with pytest.raises(PublicationError, match="is damaged, .*: remove it, see with `fil deliveries list`"):
        finish_announced_commits(settings)
    assert path.read_text(encoding="utf-8") == notice


def test_a_night_that_withholds_nothing_leaves_no_notice_of_an_earlier_try(
    settings: Settings, webhook: Webhook
) -> None:
    keep_notice(settings.home, DAY, "r1", ["audience.bus"])
    keep_notice(settings.home, DAY, "r1", [])
    finish_announced_commits(settings)
    assert webhook.received == []
