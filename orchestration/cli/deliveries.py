"""Commands on past deliveries: list them, find a person in them, list corrections, and rebuild a delivery."""

from typing import Annotated

import duckdb
import typer

from exports.contracts.contract import TARGETS
from orchestration.cli.party import Whom, find_and_log
from orchestration.cli.progress import working
from orchestration.cli.terminal import (
    AsJson,
    Published,
    Who,
    Why,
    prepared_home,
    print_table,
    printable,
    published_day,
    signed,
)
from orchestration.home.access_log import Reader
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.outgoing.delivery_history import carried, corrections, delivered
from orchestration.past_nights.published import open_published, published_date
from sources.base.wording import counted

app = typer.Typer(
    help="List what each night delivered to each target. The record holds ids only and is never deleted.",
    no_args_is_help=True,
)


def export(
    target: Annotated[str, typer.Option(help=f"Target that receives the files: {' or '.join(TARGETS)}.")],
    date_: Published = None,
) -> None:
    """Rebuild a past night's delivery to a target, without people who may no longer be exported.

    The rebuilt files replace those in exports/TARGET/DATE of FIL_HOME.

    A person is left out if they withdrew consent, died or became protected since that night. Withdrawals that have
    landed but are not published yet are also applied.
    """
    from orchestration.outgoing.redelivery import deliver_again

    if target not in TARGETS:
        raise ConfigurationError(
            f'--target: there is no target "{printable(target)}"; the targets are {", ".join(TARGETS)}'
        )
    settings = Settings.from_environment()
    day = published_day(date_, settings.home)
    with working(f"Delivering to {target} again"):
        done = deliver_again(settings, target, day)
    state = "already exists, unchanged" if done.is_unchanged else "was rebuilt"
    rows = counted(done.delivery.rows, "row")
    typer.echo(f"Delivery to {target} of {day} {state}: {rows} in {done.delivery.directory}")
    if done.withheld:
        left_out = counted(done.withheld, "row")
        typer.echo(f"Left out of the original delivery, because they may no longer be exported: {left_out}")
    for stem in done.withheld_files:
        typer.echo(f"{stem} was withheld that night: correct its cause and run `fil nightly --date {day}` again")


@app.command("list")
def list_(
    nights: Annotated[int, typer.Option(min=1, help="Number of last nights to list.")] = 7, as_json: AsJson = False
) -> None:
    """List the deliveries of the last nights: target, file, number of recipients, and whether the file still exists."""
    with duckdb.connect(":memory:") as connection:
        print_table(delivered(connection, Settings.from_environment().home, nights), as_json=as_json)


@app.command()
def show(person: Whom, who: Who, why: Why, date_: Published = None, as_json: AsJson = False) -> None:
    """List the deliveries that contained a person or an organisation, under its present id or any earlier one.

    This is personal data: Fil logs who looks and why before it shows anything.
    """
    home, reader = prepared_home(), Reader(*signed(who, why))
    with open_published(home, date_.date() if date_ else None) as connection:
        parties = find_and_log(connection, home, person, "deliveries show", reader)
        print_table(carried(connection, home, [party.party_id for party in parties]), as_json=as_json)


@app.command("corrections")
def corrections_(date_: Published = None, as_json: AsJson = False) -> None:
    """List the earlier deliveries that contained an id which a night merged, split, moved or retired.

    That night's deliveries have the same list in corrections.csv.
    """
    home = Settings.from_environment().home
    day = published_date(home, date_.date() if date_ else None)
    with open_published(home, day) as connection:
        print_table(corrections(connection, home, day), as_json=as_json)
