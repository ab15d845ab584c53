"""The command that brings back the person base of a past night."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.recovery import finish_before_reading


def as_of(
    date_: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="A business date, published once.")],
    output: Annotated[Path, typer.Option(help="The database file to write; encrypted where the hub is.")],
) -> None:
    """Write the person base as a past night published it, however long ago."""
    if output.exists():
        raise ConfigurationError(f"--output {output} is there already: name a file that is not")
    if not output.absolute().parent.is_dir():
        raise ConfigurationError(f"--output {output}: there is no directory {output.absolute().parent}; make it first")
    settings = Settings.from_environment()
    finish_before_reading(settings)
    with duckdb.connect(":memory:") as connection:
        rows = hub_history(settings).restore(connection, date_.date(), output)
    typer.echo(f"The hub of {date_.date()}: {rows.get('persons', 0):,} persons in {output}")
