"""Commands on drift: compare a night's linkage with recent nights, and accept a night that differs."""

from datetime import datetime
from typing import Annotated

import duckdb
import typer

from orchestration.cli.terminal import Who, Why, prepared_home, signed
from orchestration.home.redaction import StepFailed
from orchestration.past_nights.last_night import work_of_night
from orchestration.rendering.tables import Table
from quality.drift_acceptance import accept

app = typer.Typer(
    help="Compare the last night's linkage with recent nights, and accept it if it differs.", no_args_is_help=True
)
Night = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Business date of the night.")]


@app.command()
def show(date_: Night) -> None:
    """List the figures of the last night that Fil compares with recent nights. Figures out of range come first."""
    from orchestration.night.past_figures import judge_night

    day, home = date_.date(), prepared_home()
    with duckdb.connect(":memory:") as connection, work_of_night(connection, home, day) as missing:
        if missing:
            raise StepFailed(f"the drift of {day} can't be shown: {missing}")
        outcomes = judge_night(connection, home, day)
    ordered = sorted(outcomes, key=lambda outcome: (outcome.passed, outcome.name))
    rows = [(figure.name, "" if figure.passed else "OUT", figure.observed, figure.expected) for figure in ordered]
    nothing = f"There is nothing to compare: too few nights are published before {day}."
    for line in Table(f"Drift of {day}", ("figure", "", "tonight", "expected"), rows, empty=nothing).lines():
        typer.echo(line)


@app.command("accept")
def accept_(date_: Night, who: Who, why: Why) -> None:
    """Accept the drift of one night, so that it can be published. The acceptance is kept in the journal."""
    day = date_.date()
    accept(prepared_home().directory, day, *signed(who, why))
    typer.echo(f"Drift accepted for {day}. Run the night again: fil nightly --date {day}")
