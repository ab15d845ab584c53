"""Commands on past deliveries: what went where, which carried somebody, what to put right, and one of them again."""

from datetime import datetime
from typing import Annotated

import duckdb
import typer

from exports.contracts.contract import TARGETS
from orchestration.cli.party import Whom, find_and_log
from orchestration.cli.terminal import Who, Why, prepared_settings, printable, signed
from orchestration.home.access_log import Reader
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.outgoing.delivery_history import carried, corrections, delivered
from orchestration.past_nights.published import open_published, published_date
from orchestration.rendering.tables import Table

app = typer.Typer(help="What went where, by id alone; nothing of it is ever forgotten.", no_args_is_help=True)
Night = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="A published night; the last unless said.")
]


def export(
    target: Annotated[str, typer.Option(help=f"Who receives it: {' or '.join(TARGETS)}.")],
    date_: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="A business date, published once.")],
) -> None:
    """Deliver a published night's files to a target again, from what that night published.

    Whoever may not leave by the last published night, or by what has landed since, does not leave again: who refused,
    died or was protected.
    """
    from orchestration.outgoing.redelivery import deliver_again

    if target not in TARGETS:
        raise ConfigurationError(f"--target {printable(target)} is none; the targets are {', '.join(TARGETS)}")
    done = deliver_again(Settings.from_environment(), target, date_.date())
    state = "is there already, the same" if done.is_unchanged else "delivered again"
    typer.echo(f"{target} of {date_.date()} {state}: {done.delivery.rows:,} rows in {done.delivery.directory}")
    if done.withheld:
        typer.echo(f"{done.withheld:,} entries that went that night did not go again: they may not leave any more")
    for stem in done.withheld_files:
        typer.echo(f"{stem} was withheld that night: correct it and run `fil nightly --date {date_.date()}` again")


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
