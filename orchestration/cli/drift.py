"""Commands on drift: compare a night's linkage with recent nights, and accept a night that differs."""

from datetime import date, datetime

import duckdb
import typer

from orchestration.cli.terminal import AsJson, LastRun, Who, Why, prepared_home, print_table, signed
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.past_nights.last_night import date_of_work, work_of_night
from orchestration.rendering.tables import Table
from quality.drift_acceptance import accept
from quality.outcome import Outcome
from sources.base.wording import counted

app = typer.Typer(
    help="Compare the last night's linkage with recent nights, and accept it if it differs.", no_args_is_help=True
)


@app.command()
def show(date_: LastRun = None, as_json: AsJson = False) -> None:
    """List the figures of the last night that Fil compares with recent nights. Figures out of range come first."""
    day, outcomes = _judged(prepared_home(), date_)
    ordered = sorted(outcomes, key=lambda outcome: (outcome.passed, outcome.name))
    rows = [(figure.name, "" if figure.passed else "OUT", figure.observed, figure.expected) for figure in ordered]
    nothing = f"There is nothing to compare: too few nights are published before {day}."
    table = Table(f"Drift of {day}", ("figure", "range", "tonight", "expected"), rows, empty=nothing)
    print_table(table, as_json=as_json)


@app.command("accept")
def accept_(who: Who, why: Why, date_: LastRun = None) -> None:
    """Accept one night's figures that are out of range, as `fil drift show` lists them, so that it can be published.

    If another figure is out of range when the night runs again, the night stops again. The acceptance is kept in the
    journal.
    """
    home, signature = prepared_home(), signed(who, why)
    day, outcomes = _judged(home, date_)
    figures = [outcome.name for outcome in outcomes if not outcome.passed]
    if not figures:
        raise StepFailed(f"no figure of the night of {day} is out of range: there is nothing to accept")
    accept(home.directory, day, *signature, figures)
    typer.echo(
        f"Drift accepted for {day}: {counted(len(figures), 'figure')} out of range. "
        f"Run the night again: fil nightly --date {day}"
    )


def _judged(home: Home, given: datetime | None) -> tuple[date, list[Outcome]]:
    """The business date of the last night, and its figures beside those of recent nights.

    Raises:
        StepFailed: the last night is another one, or has no figures.
    """
    from orchestration.night.past_figures import judge_night

    asked = given.date() if given else None
    with duckdb.connect(":memory:") as connection, work_of_night(connection, home, asked) as missing:
        if missing:
            raise StepFailed(f"the drift of {asked or 'the last night'} is not known: {missing}")
        day = date_of_work(connection)
        return day, judge_night(connection, home, day)
