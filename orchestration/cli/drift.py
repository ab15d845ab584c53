"""Commands on drift: how a night's linkage differs from the nights before, and a person's word that it is right so."""

from datetime import datetime
from typing import Annotated

import duckdb
import typer

from orchestration.cli.terminal import Who, Why, prepared_settings, signed
from orchestration.home.redaction import StepFailed
from orchestration.past_nights.last_night import work_of_night
from orchestration.rendering.tables import Table
from quality.drift_acceptance import accept

app = typer.Typer(help="See how the last night's linkage drifted, and accept it.", no_args_is_help=True)
Night = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The night's business date.")]


@app.command()
def show(date_: Night) -> None:
    """Show each figure of the last night that is held against the nights before; what is out of bounds comes first."""
    from orchestration.night.past_figures import judge_night

    day, settings = date_.date(), prepared_settings()
    with duckdb.connect(":memory:") as connection, work_of_night(connection, settings, day) as missing:
        if missing:
            raise StepFailed(f"the drift of {day} can't be shown: {missing}")
        outcomes = judge_night(connection, settings, day)
    if not outcomes:
        typer.echo(f"Too few nights before {day} are published to say what is usual")
    ordered = sorted(outcomes, key=lambda one: (one.passed, one.name))
    rows = [(one.name, "" if one.passed else "OUT", one.observed, one.expected) for one in ordered]
    for line in Table("Drift", ("figure", "", "tonight", "expected"), rows).lines():
        typer.echo(line)


@app.command("accept")
def accept_(date_: Night, who: Who, why: Why) -> None:
    """Let a night pass however much it drifted; it counts for that date alone and stays in the journal."""
    accept(prepared_settings().home, date_.date(), *signed(who, why))
    typer.echo(f"Drift stops the night of {date_.date()} no more; run it again")
