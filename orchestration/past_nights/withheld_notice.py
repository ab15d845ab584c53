"""Keeps the alert about a night that withheld files until it is sent, even if the night is killed.

It is written before the night's commit and sent after it; `recovery.py` sends the alert of a killed night.
"""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from exports.errors import PublicationError
from exports.staged import MANIFEST
from orchestration.home.alerts import alert, night_withheld
from orchestration.home.home import Home
from orchestration.home.settings import Settings
from sources.base.files import write_durably

_PENDING = ".withheld-{}.json"


def keep_notice(home: Home, business_date: date, run_id: str, stems: Sequence[str]) -> None:
    """Keep the stems of the files that a night is about to withhold; without stems, an earlier notice is deleted."""
    path = home.published / _PENDING.format(business_date)
    if not stems:
        path.unlink(missing_ok=True)
        return
    content = {"business_date": business_date.isoformat(), "run_id": run_id, "stems": sorted(stems)}
    write_durably(path, json.dumps(content) + "\n")


def send_notices(settings: Settings) -> list[str]:
    """Send the alert of each kept notice whose night is public, and delete all notices; return warnings of unsent ones.

    Raises:
        PublicationError: a notice can't be read.
    """
    warnings = []
    for path in sorted(settings.home.published.glob(_PENDING.format("*"))):
        day, run_id, stems = _read(path)
        if _published_run(settings.home, day) == run_id:
            warnings.append(alert(settings, night_withheld(day, stems, run_id)))
        path.unlink()
    return [warning for warning in warnings if warning]


def _read(path: Path) -> tuple[str, str, list[str]]:
    """A notice's night, run and files.

    Raises:
        PublicationError: it is damaged.
    """
    try:
        notice = json.loads(path.read_text(encoding="utf-8"))
        day = date.fromisoformat(notice["business_date"]).isoformat()
        return day, str(notice["run_id"]), [str(stem) for stem in notice["stems"]]
    except (IsADirectoryError, ValueError, KeyError, TypeError):
        raise PublicationError(
            f"{path} is damaged, the alert of what a night withheld: remove it, see with `fil deliveries list` what was"
            " withheld, and run it again"
        ) from None


def _published_run(home: Home, day: str) -> str | None:
    """The run that published a date, or None if there is no readable manifest."""
    try:
        return str(json.loads((home.published / day / MANIFEST).read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
