"""Opens the work database in dbt. Its profile has no key, so that dbt stores no hash of it and no query prints it.

The profile names `Plugin`. A night passes the key through a pipe (`dbt/worker.py`); dbt run by hand reads it from the
file of FIL_HUB_KEY_FILE.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from orchestration.home.hub_key import UnusableKey, key_of
from orchestration.home.settings import DBT_PROJECT_DIR, ConfigurationError
from orchestration.home.work_database import EXTENSIONS, attach
from sources.base.sql import literal

_handed_over: list[tuple[str | None, Path]] = []


def hand_over(key: str | None, project: Path) -> None:
    """Keep the key (None if the work database is not encrypted) and the project until dbt opens the work database."""
    _handed_over[:] = [(key, project)]


class Plugin(BasePlugin):
    """Attaches the work database before dbt does, and bars the project's queries from every other file."""

    def configure_connection(self, conn: Any) -> None:
        """Attach `work`, then allow queries only files beside it and in the project.

        Raises:
            ConfigurationError: dbt was run by hand with a key in its environment, or its file is not usable.
        """
        profile: Any = self.creds
        path = Path(profile.attach[0].path).expanduser()
        key, project = _handed_over[0] if _handed_over else (_key_by_hand(), DBT_PROJECT_DIR)
        if not _handed_over:
            conn.execute(f"set extension_directory = {literal(str(EXTENSIONS))}")
        # Models use it, and no extension can be loaded after access is disabled.
        conn.execute("load spatial")
        attach(conn, path, "work", key)
        reached = ", ".join(literal(str(place)) for place in (path.parent.resolve(), project.resolve()))
        conn.execute(f"set allowed_directories = [{reached}]; set enable_external_access = false")


def _key_by_hand() -> str | None:
    if os.environ.get("FIL_HUB_KEY"):
        raise ConfigurationError(
            "FIL_HUB_KEY is set, and any query of the project could print it: set FIL_HUB_KEY_FILE instead"
        )
    try:
        return key_of(os.environ)
    except UnusableKey as error:
        raise ConfigurationError(str(error)) from None
