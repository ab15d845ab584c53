"""How a command is told of whom to look at, and that it is written down before anything is shown."""

import sys
from typing import Annotated

import duckdb
import typer

from orchestration.casework.find_party import Party, find_parties
from orchestration.home.access_log import Reader, log_access
from orchestration.home.settings import ConfigurationError, Settings

Whom = Annotated[
    str,
    typer.Argument(
        metavar="ID-OR-DOCUMENT", help="Of the person or organisation; `-` reads it, unseen by the shell's history."
    ),
]


def asked(whom: str) -> str:
    """Whom somebody asks for, read from standard input where that is `-`.

    Raises:
        ConfigurationError: it is no text.
    """
    try:
        told = sys.stdin.readline().strip() if whom == "-" else whom
        told.encode()
    except UnicodeError:
        raise ConfigurationError("what is asked for is not in UTF-8: give an id or a document") from None
    return told


def find_and_log(
    connection: duckdb.DuckDBPyConnection, settings: Settings, whom: str, what: str, reader: Reader
) -> list[Party]:
    """The parties that are meant, once it is on disk that somebody looks at them."""
    found = find_parties(connection, asked(whom))
    log_access(settings.home, what, [one.party_id for one in found], reader)
    if len(found) > 1:
        typer.echo(f"{len(found)} are meant: {', '.join(one.party_id for one in found)}")
    return found
