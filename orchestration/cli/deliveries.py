"""Commands on past deliveries: what went where, which carried somebody, and what has to be put right downstream."""

from datetime import datetime
from typing import Annotated

import duckdb
import typer

from orchestration.access_log import Reader
from orchestration.cli.party import Whom, find_and_log
from orchestration.cli.terminal import Who, Why, prepared_settings, signed
from orchestration.deliveries import carried, corrections, delivered
from orchestration.published import open_published, published_date
from orchestration.settings import Settings
from orchestration.tables import Table

app = typer.Typer(help="What went where, by id alone; nothing of it is ever forgotten.", no_args_is_help=True)
Night = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="A published night; the last unless said.")
]


@app.command("list")
def list_(nights: Annotated[int, typer.Option(min=1, help="The last so many nights.")] = 7) -> None:
    """List what each night delivered: target, file, how many recipients, and whether its files are still kept."""
    with duckdb.connect(":memory:") as connection:
        _print(delivered(connection, Settings.from_environment(), nights))


@app.command()
def show(person: Whom, who: Who, why: Why, date_: Night = None) -> None:
    """Show which deliveries carried a person or an organisation, under any id that ever meant it."""
    settings, reader = prepared_settings(), Reader(*signed(who, why))
    with open_published(settings, date_.date() if date_ else None) as connection:
        found = find_and_log(connection, settings, person, "deliveries show", reader)
        _print(carried(connection, settings, [party.party_id for party in found]))


@app.command("corrections")
def corrections_(date_: Night = None) -> None:
    """Show which earlier deliveries carried an id that a night merged, split, moved or retired.

    The same stands in that night's deliveries as corrections.csv.
    """
    settings = Settings.from_environment()
    day = published_date(settings, date_.date() if date_ else None)
    with open_published(settings, day) as connection:
        _print(corrections(connection, settings, day))


def _print(table: Table) -> None:
    for line in table.lines():
        typer.echo(line)
