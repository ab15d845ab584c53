"""One night at a time per home."""

from pathlib import Path

import pytest

from orchestration.lock import night_lock
from orchestration.redaction import StepFailed


def test_a_second_night_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    with night_lock(tmp_path), pytest.raises(StepFailed, match="another night"), night_lock(tmp_path):
        pass


def test_the_lock_is_free_after_the_night(tmp_path: Path) -> None:
    for _ in range(2):
        with night_lock(tmp_path):
            pass
