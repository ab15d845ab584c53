"""Commands of a draw: made by a public seed, and repeated by anybody from what was published."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from exports.lottery.lists import verify as verify_list
from orchestration.cli.terminal import day_of, prepared_settings, printable, signed
from orchestration.home.access_log import Reader
from orchestration.outgoing.lottery import Drawn, DrawPlan, run_draw, write_list

app = typer.Typer(help="The draw of Campus Olímpia, which anybody can repeat.", no_args_is_help=True)


Season = Annotated[int | None, typer.Option(help="Year; this one unless said.")]
Places = Annotated[int, typer.Option(min=0, help="Places in each place and turn.")]


@app.command("list")
def list_(places: Places, season: Season = None) -> None:
    """Write the list of applications alone, to publish before the seed is known.

    Of several for one child and turn, the first that was applied for is drawn for all; they are named here.
    """
    day = day_of(None)
    plan = DrawPlan(season or day.year, "", places, day, is_again=False)
    written = write_list(prepared_settings(), plan)
    typer.echo(f"{written.applications:,} applications: {written.directory / 'list.csv'}")
    _name_repeated(written)


@app.command()
def run(
    seed: Annotated[str, typer.Option(help="A public number, known only once the list of applications is closed.")],
    places: Places,
    who: Annotated[str, typer.Option(help="Who draws; kept in the journal.")],
    why: Annotated[str, typer.Option(help="On what ground; kept in the journal.")],
    season: Season = None,
    date_: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Business date from which it counts; today unless said."),
    ] = None,
    is_again: Annotated[bool, typer.Option("--again", help="The draw before was annulled.")] = False,
) -> None:
    """Draw the applications of the last published night, and write the lists to publish.

    Of a document they show four characters, of a name nothing. The next night tells those drawn and those who wait.
    """
    day = day_of(date_)
    plan = DrawPlan(season or day.year, seed.strip(), places, day, is_again)
    drawn = run_draw(prepared_settings(), plan, Reader(*signed(who, why)))
    state = "drawn" if drawn.is_new else "drawn before, the same"
    typer.echo(f"{drawn.applications:,} applications {state}: {drawn.drawn:,} have a place. {drawn.directory}")
    _name_repeated(drawn)


@app.command()
def verify(
    list_: Annotated[
        Path,
        typer.Argument(metavar="LIST", exists=True, dir_okay=False, readable=True, help="results.csv as published."),
    ],
    seed: Annotated[str, typer.Argument(help="The public seed.")],
    applications: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="list.csv as published before."),
    ] = None,
) -> None:
    """Draw a published list again by its seed, with nothing else, and say whether it is right."""
    verified = verify_list(list_, seed, applications)
    typer.echo(f"{verified.applications:,} applications: the list is what the seed gives")
    for name in verified.saved_anew:
        typer.echo(f"{printable(name)} was saved anew by another program since it was published; no value is another")


def _name_repeated(drawn: Drawn) -> None:
    for number, other in drawn.repeated:
        typer.echo(f"{printable(number)} is drawn as {printable(other)}: both stand for one child and turn")
