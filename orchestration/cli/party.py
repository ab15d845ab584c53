"""Finds the person or organisation that a command shows, and logs the look-up before anything is shown."""

import sys
from typing import Annotated

import duckdb
import typer

from orchestration.casework.find_party import Party, find_parties
from orchestration.home.access_log import Reader, log_access
from orchestration.home.home import Home
from orchestration.home.settings import ConfigurationError

Whom = Annotated[
    str,
    typer.Argument(
        metavar="ID-OR-DOCUMENT",
        help="Id or document of a person or an organisation. With `-`, Fil reads it from standard input, so that it "
        "does not stay in the shell's history.",
    ),
]


def asked(whom: str) -> str:
    """The given id or document, read from standard input if it is `-`.

    Raises:
        ConfigurationError: it is not valid text.
    """
    try:
        id_or_document = sys.stdin.readline().strip() if whom == "-" else whom
        id_or_document.encode()
    except UnicodeError:
        raise ConfigurationError("the id or document is not in UTF-8: give it in UTF-8") from None
    return id_or_document


def find_and_log(
    connection: duckdb.DuckDBPyConnection, home: Home, whom: str, what: str, reader: Reader
) -> list[Party]:
    """Log the look-up on disk; return the parties with that id or document."""
    parties = find_parties(connection, asked(whom))
    log_access(home, what, [party.party_id for party in parties], reader)
    if len(parties) > 1:
        typer.echo(f"{len(parties)} parties found: {', '.join(party.party_id for party in parties)}", err=True)
    return parties
