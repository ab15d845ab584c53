"""The command that makes a key for the hub."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.home.hub_key import UnusableKey, new_key, write_new_key
from orchestration.home.settings import ConfigurationError, Settings

app = typer.Typer(help="Make a key that encrypts the hub.", no_args_is_help=True)


@app.callback()
def key() -> None:
    """Make a key that encrypts the hub."""


@app.command()
def new(
    output: Annotated[
        Path | None,
        typer.Option(
            help="Write the key to this new file, readable by this user only, and set FIL_HUB_KEY_FILE to its path. "
            "Choose a place outside FIL_HOME."
        ),
    ] = None,
) -> None:
    """Make a random key of 32 bytes. Without --output, the key is printed."""
    if output is None:
        typer.echo(new_key())
        return
    home = Settings.from_environment().home.directory
    if output.resolve().is_relative_to(home.resolve()):
        raise ConfigurationError(f"{output} is in FIL_HOME, beside the encrypted data: choose another place")
    try:
        write_new_key(output)
    except UnusableKey as error:
        raise ConfigurationError(str(error)) from None
    typer.echo(
        f"The new key is in {output}. Without it the encrypted hub can't be opened: keep a copy apart from the backups"
    )
