"""How who started the server comes to the link: it is printed, and opened in a browser where there is one.

What is started with the link in its arguments shows it to every user of the machine, so a browser is given the name of
a file instead, which this user alone may read.
"""

import html
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from orchestration.web.requests import LOGIN


def announcing(address: str, directory: Path) -> Callable[[str], None]:
    """Prints the link of each token, and opens the first in a browser; `directory` is this user's alone."""
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
    """Whether somebody sits before it; a browser for terminals would take this one."""
    has_screen = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return has_screen and sys.stdout.isatty()
