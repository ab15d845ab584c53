"""What `fil export` refuses, by name; whole nights that are delivered again are in `tests/pipeline/test_night.py`."""

from pathlib import Path

import pytest

from orchestration.home.home import Home
from orchestration.home.lock import night_lock
from tests.support.published_home import DAY, Fil


@pytest.mark.parametrize(
    ("target", "day", "code", "says"),
    [
        ("mailing", str(DAY), 2, '--target: there is no target "mailing"; the targets are attention, campaigns'),
        ("attention", "2026-05-03", 1, "2026-05-03 is not a night whose changes are kept"),
        ("attention", str(DAY), 1, f"{DAY} was published by an earlier version of Fil"),
    ],
)
def test_what_cannot_be_delivered_again_is_told_by_name(
    published: Path, fil: Fil, target: str, day: str, code: int, says: str
) -> None:
    result = fil("export", "--target", target, "--date", day)
    assert result.code == code and says in result.err and result.out == ""
    assert not list(published.glob("exports/*/*")) and not list((published / "work" / "again").glob("*"))


def test_no_delivery_leaves_beside_a_night(published: Path, fil: Fil) -> None:
    with night_lock(Home(published)):
        result = fil("export", "--target", "attention", "--date", str(DAY))
    assert result.code == 1 and f"a night is running in {published}: wait for it to end" in result.err
