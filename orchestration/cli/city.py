"""Commands on the synthetic city: write its extracts, and score a night against its truth."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.settings import Settings

DEFAULT_START = "2026-05-04"
DateOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


def simulate(
    population: Annotated[int, typer.Option(min=1, help="People in the Padró.")] = 20_000,
    nights: Annotated[int, typer.Option(min=1, help="Business dates to write, one after the other.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First business date.")] = DEFAULT_START,  # type: ignore[assignment]  # typer parses the text
    out: Annotated[Path | None, typer.Option(help="Instead of FIL_HOME.")] = None,
) -> None:
    """Write the extracts of a synthetic city into the inbox, and the truth beside it."""
    from sources.synthetic.city import simulate as simulate_city

    settings = Settings.from_environment()
    home = out or settings.home
    home.mkdir(parents=True, exist_ok=True)
    result = simulate_city(home, population, nights, seed, _day(start))
    days = [day.isoformat() for day in result.business_dates]
    typer.echo(f"Simulated {population} people, nights {days[0]} to {days[-1]}, in {home / 'inbox'}")


def evaluate(
    date_: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="A published business date.")],
    as_json: Annotated[bool, typer.Option("--json", help="Last line as JSON.")] = False,
) -> None:
    """Score a simulated night's persons against the city's truth."""
    from orchestration.scoring import score_night

    scores = score_night(Settings.from_environment(), _day(date_))
    for name, value in scores.items():
        typer.echo(f"{name:<12} {value:.4f}" if isinstance(value, float) else f"{name:<12} {value}")
    if as_json:
        typer.echo(json.dumps(scores))


def _day(moment: datetime | str) -> date:
    return date.fromisoformat(str(moment)[:10])
