"""The command that makes a key for the hub."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.home.hub_key import UnusableKey, new_key, write_new_key
from orchestration.home.settings import ConfigurationError

app = typer.Typer(help="Make a key for the hub.", no_args_is_help=True)


@app.callback()
def key() -> None:
    """Keep `new` a command of its own."""


@app.command()
def new(
    output: Annotated[
        Path | None, typer.Option(help="A new file for FIL_HUB_KEY_FILE, for this user alone, outside FIL_HOME.")
    ] = None,
) -> None:
    """Make a key of 32 bytes that nobody can guess, and print it unless it is written to a file."""
    if output is None:
        typer.echo(new_key())
        return
    try:
        write_new_key(output)
    except UnusableKey as error:
        raise ConfigurationError(str(error)) from None
    typer.echo(f"A new key is in {output}. Without it no encrypted hub opens: keep a copy apart from the backups")
