"""The command that runs a night: the same Dagster job that the schedule runs."""

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from exports.publication.seal import current_date
from orchestration.cli.progress import steps_of_night
from orchestration.cli.terminal import print_warning
from orchestration.home.alerts import PUBLISHED_NOTHING, alert, night_failed
from orchestration.home.home import Home
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.recovery import recover_home
from orchestration.run_night import NightFailed, PublishedNight, require_closed, run_night


def nightly(
    date_: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="Business date. The day must be over. Default: the day after the last published night.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Also run the nights after --date up to this one, in order. Fil stops at the first unpublished night.",
        ),
    ] = None,
) -> None:
    """Run the night of a business date, or the nights of several dates in order.

    If a check fails for one audience or delivery, the night is published without it, and the exit code is 1.
    """
    settings = Settings.from_environment()
    first = date_.date() if date_ else _next_day(settings.home)
    last = until.date() if until else first
    if last < first:
        raise ConfigurationError(f"--until {last} is before --date {first}: choose --date or a later date")
    for option, day in (("--date", first), ("--until", last)):
        require_closed(option, day)
    if settings.home.key_warning:
        print_warning(settings.home.key_warning)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    # The next nights run even if a night withheld something.
    if not all([report_night(day, _run_or_alert(settings, day)) for day in days]):
        raise typer.Exit(1)


def _next_day(home: Home) -> date:
    last = current_date(home.published)
    if last is None:
        raise ConfigurationError("no night is published yet: give the first business date with --date")
    return last + timedelta(days=1)


def recover() -> None:
    """Finish the publication of a night that was killed while it published. The next night does it, too."""
    finished = recover_home(Settings.from_environment())
    for day in finished:
        typer.echo(f"Night {day} published")
    if not finished:
        typer.echo("No publication waits to be finished")


def report_night(day: date, night: PublishedNight) -> bool:
    """Print how a published night ended; False if it withheld something."""
    typer.echo(f"Night {day} published in {night.seconds:.0f} s")
    for withheld in night.withheld:
        typer.echo(f"withheld on {day}: {withheld}", err=True)
    return not night.withheld


def _run_or_alert(settings: Settings, day: date) -> PublishedNight:
    """Run a night and send an alert if it fails: Dagster's sensor watches only the runs that Dagster starts."""
    try:
        with steps_of_night(day) as watch:
            return run_night(settings, day, print_warning, watch)
    except Exception as error:  # of any kind: the night failed, and its error goes on unchanged
        outcome = error.outcome if isinstance(error, NightFailed) else PUBLISHED_NOTHING
        if warning := alert(settings, night_failed(day.isoformat(), outcome=outcome)):
            print_warning(warning)
        raise
