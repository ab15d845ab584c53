"""Commands of the lottery: draw by a public seed, and verify a published list."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from exports.lottery.lists import verify as verify_list
from orchestration.cli.terminal import Who, Why, first_day_of, prepared_home, printable, signed
from orchestration.home.access_log import Reader
from orchestration.outgoing.lottery import Drawn, DrawPlan, run_draw, write_list
from sources.base.wording import counted

app = typer.Typer(
    help="The lottery of Campus Olímpia. Anyone can repeat it from the published lists.", no_args_is_help=True
)


Season = Annotated[int | None, typer.Option(help="Year of the season. Default: that of the next night.")]
Places = Annotated[int, typer.Option(min=0, help="Number of places for each venue and turn.")]


@app.command("list")
def list_(places: Places, season: Season = None) -> None:
    """Write the list of applications. Publish it before the seed is known.

    If a child has several applications for one turn, only the first one is drawn. The command lists the others.
    """
    home = prepared_home()
    day = first_day_of(None, home)
    plan = DrawPlan(season or day.year, "", places, day, is_again=False)
    written = write_list(home, plan)
    typer.echo(f"{counted(written.applications, 'application')}: {written.directory / 'list.csv'}")
    _name_repeated(written)


@app.command()
def run(
    seed: Annotated[
        str, typer.Option(help="A public number that becomes known only after the list of applications is closed.")
    ],
    places: Places,
    who: Who,
    why: Why,
    season: Season = None,
    date_: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="First business date that uses it. Default: that of the next night.",
        ),
    ] = None,
    is_again: Annotated[
        bool, typer.Option("--again", help="Draw the season again because its earlier draw was annulled.")
    ] = False,
) -> None:
    """Draw the applications of the last published night, and write the lists to publish.

    The lists show four characters of each document and no name. The next night puts the families with and without a
    place in their segments.
    """
    home = prepared_home()
    day = first_day_of(date_, home)
    plan = DrawPlan(season or day.year, seed.strip(), places, day, is_again)
    drawn = run_draw(home, plan, Reader(*signed(who, why)))
    applications = counted(drawn.applications, "application")
    state = f"drawn, from the night of {day} on" if drawn.is_new else "already drawn with the same result"
    typer.echo(f"{applications} {state}: {drawn.drawn:,} with a place. Lists: {drawn.directory}")
    _name_repeated(drawn)


@app.command()
def verify(
    list_: Annotated[
        Path,
        typer.Argument(metavar="LIST", exists=True, dir_okay=False, readable=True, help="Published file results.csv."),
    ],
    seed: Annotated[str, typer.Argument(help="The public seed.")],
    applications: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="File list.csv, published before the draw."),
    ] = None,
) -> None:
    """Repeat a published draw from its list and seed alone, and check that the result is the same."""
    verified = verify_list(list_, seed, applications)
    typer.echo(f"{counted(verified.applications, 'application')}: the seed gives this list")
    for name in verified.saved_anew:
        typer.echo(f"{printable(name)} was saved again by another program after publication; all values are unchanged")


def _name_repeated(drawn: Drawn) -> None:
    for number, other in drawn.repeated:
        typer.echo(f"Application {printable(number)} gets the result of {printable(other)}: same child and turn")
