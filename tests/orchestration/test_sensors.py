"""When a night counts as missing."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from orchestration.sensors import missing_night

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("now", "published", "missing"),
    [
        (datetime(2026, 5, 5, 9, 0, tzinfo=MADRID), None, date(2026, 5, 4)),
        (datetime(2026, 5, 5, 9, 0, tzinfo=MADRID), "2026-05-04", None),
        (datetime(2026, 5, 5, 9, 0, tzinfo=MADRID), "2026-05-03", date(2026, 5, 4)),
        (datetime(2026, 5, 5, 3, 0, tzinfo=MADRID), None, None),
    ],
)
def test_missing_night(tmp_path: Path, now: datetime, published: str | None, missing: date | None) -> None:
    if published:
        (tmp_path / published).mkdir()
    assert missing_night(tmp_path, now) == missing
