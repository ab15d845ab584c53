"""Prints the link for the user who started the server, and opens it in a browser if there is one.

Arguments of a process are visible to every user of the machine, so the browser gets the name of a file that only this
user may read.
"""

import html
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from orchestration.web.requests import LOGIN


def announcing(address: str, directory: Path) -> Callable[[str], None]:
    """A function that prints the link of each token, and opens the first in a browser; `directory` is private."""
    page = directory / "open.html"

    def announce(token: str) -> None:
        link = f"{address}{LOGIN}#{token}"
        is_first = not page.exists()
        _write(page, link)
        print(f"Dagster's UI, once for one browser: {link}", flush=True)
        if is_first and _has_browser():
            webbrowser.open(page.as_uri())

    return announce


def _write(page: Path, link: str) -> None:
    page.touch(mode=0o600)
    shown = html.escape(link)
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="refresh" content="0; url={shown}"><a href="{shown}">Fil</a>\n',
        encoding="utf-8",
    )


def _has_browser() -> bool:
    """Whether there is a screen; without one, a text browser would take over this terminal."""
    has_screen = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return has_screen and sys.stdout.isatty()
