"""The command that opens Dagster's web UI."""

import os
from typing import Annotated

import typer

from orchestration.cli.terminal import prepared_home
from orchestration.home.settings import PROJECT_DIR


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port, open to this machine only.")] = 3000,
    is_read_only: Annotated[
        bool, typer.Option("--read-only", help="Only look: no run can be started, and no schedule runs.")
    ] = False,
) -> None:
    """Open Dagster's web UI on this machine, and run its schedules and sensors.

    The command prints a link that works once.
    """
    from orchestration.web.server import serve

    home = prepared_home()
    os.chdir(PROJECT_DIR)
    if home.key_warning:
        typer.echo(f"warning: {home.key_warning}", err=True)
    try:
        serve(home.work, port, is_read_only=is_read_only)
    except KeyboardInterrupt:
        typer.echo("Stopped")
