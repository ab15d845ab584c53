"""The command that rebuilds the person base of a past night."""

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.cli.progress import working
from orchestration.cli.terminal import Published, published_day
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.recovery import require_finished


def as_of(
    output: Annotated[Path, typer.Option(help="New database file. It is encrypted if the hub is encrypted.")],
    date_: Published = None,
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
    day = published_day(date_, home)
    with duckdb.connect(":memory:") as connection, working(f"Rebuilding {output.name}"):
        rows = hub_history(home).restore(connection, day, output)
    typer.echo(f"Person base of {day}: {rows.get('persons', 0):,} persons in {output}")
