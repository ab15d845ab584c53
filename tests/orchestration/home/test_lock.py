"""One night at a time per home, and no intake beside it."""

import threading
from pathlib import Path

import pytest

from orchestration.home.home import Home
from orchestration.home.lock import NightRunning, intake_lock, is_busy, night_lock
from orchestration.home.redaction import StepFailed


def test_a_second_night_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    with night_lock(Home(tmp_path)), pytest.raises(StepFailed, match="another night"), night_lock(Home(tmp_path)):
        pass


def test_the_lock_is_free_after_the_night(tmp_path: Path) -> None:
    for _ in range(2):
        with night_lock(Home(tmp_path)):
            pass


def test_no_intake_begins_while_a_night_runs(tmp_path: Path) -> None:
    with night_lock(Home(tmp_path)):
        assert is_busy(Home(tmp_path))
        with pytest.raises(NightRunning), intake_lock(Home(tmp_path)):
            pass
    assert not is_busy(Home(tmp_path))


def test_a_night_waits_for_an_intake_to_end(tmp_path: Path) -> None:
    order: list[str] = []

    def night() -> None:
        with night_lock(Home(tmp_path)):
            order.append("night")

    waiting = threading.Thread(target=night)
    with intake_lock(Home(tmp_path)):
        assert is_busy(Home(tmp_path))
        waiting.start()
        waiting.join(0.2)
        order.append("intake")
    waiting.join(5)
    assert order == ["intake", "night"]
