"""The command that rebuilds the person base of a past night."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.cli.progress import working
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.recovery import require_finished


def as_of(
    date_: Annotated[
        datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Business date of a night that was published.")
    ],
    output: Annotated[Path, typer.Option(help="New database file. It is encrypted if the hub is encrypted.")],
) -> None:
    """Rebuild the person base of any past night from the kept history, and write it to a database file."""
    if output.exists():
        raise ConfigurationError(f"--output {output} already exists: choose a new file")
    if not output.absolute().parent.is_dir():
        raise ConfigurationError(
            f"--output {output}: the directory {output.absolute().parent} does not exist; create it first"
        )
    home = Settings.from_environment().home
    require_finished(home)
    with duckdb.connect(":memory:") as connection, working(f"Rebuilding {output.name}"):
        rows = hub_history(home).restore(connection, date_.date(), output)
    typer.echo(f"Person base of {date_.date()}: {rows.get('persons', 0):,} persons in {output}")
