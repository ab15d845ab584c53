"""Commands on the synthetic city: write its extracts, compare a night with its truth, and run a demo."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.night import report_night
from orchestration.cli.progress import steps_of_night, working
from orchestration.cli.terminal import AsJson, Published, print_json, print_warning, published_day
from orchestration.home.process import set_up_process
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.rendering.pages import write_page
from orchestration.run_night import PublishedNight, run_night
from sources.contracts.catalogue import load_contracts

START = date(2026, 5, 4)
DEMO_POPULATION = 20_000
DEMO_NIGHTS = 2
DEMO_SEED = 1
HISTORY_DAYS = 365


def _directory(name: str) -> Path:
    if not name.strip():
        raise typer.BadParameter("the value is empty: give a directory")
    return Path(name)


def simulate(
    population: Annotated[
        int, typer.Option(help="People in the Padró: 100 to 5,000,000. One million people take 4.5 GB of disk.")
    ] = DEMO_POPULATION,
    nights: Annotated[
        int, typer.Option(help="Number of consecutive business dates to write, 400 at most.")
    ] = DEMO_NIGHTS,
    seed: Annotated[int, typer.Option(help="Random seed. The same seed writes the same bytes.")] = DEMO_SEED,
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help=f"First business date. Default: {START}.")
    ] = None,
    history: Annotated[
        int, typer.Option(help="Days before the first business date that the first extracts also cover, 1460 at most.")
    ] = HISTORY_DAYS,
    output: Annotated[
        Path | None, typer.Option(parser=_directory, metavar="DIRECTORY", help="Write here instead of FIL_HOME.")
    ] = None,
) -> None:
    """Write the extracts of a synthetic city into the inbox, and the truth (who is who) beside the inbox."""
    settings = Settings.from_environment()
    if output is None:
        set_up_process(settings.home)
    first = start.date() if start else START
    agreements = [contract.agreement for contract in load_contracts() if contract.agreement]
    if first < (earliest := max(agreement.valid_from for agreement in agreements)):
        raise ConfigurationError(
            f"--start {first}: the sources' agreements begin on {earliest}; choose that date or a later one"
        )
    latest = min(agreement.valid_to for agreement in agreements if agreement.valid_to)
    if nights > (latest - first).days + 1:
        raise ConfigurationError(
            f"--start {first}, --nights {nights}: the sources' agreements end on {latest}; "
            "choose an earlier start or fewer nights"
        )
    days = _simulate(output or settings.home.directory, population, nights, seed, first, history)
    typer.echo(
        f"Simulated {population:,} people, nights {days[0]} to {days[-1]}, in {output or settings.home.directory}"
    )


def _simulate(
    directory: Path, population: int, nights: int, seed: int, start: date, history_days: int
) -> tuple[date, ...]:
    from sources.synthetic.city import ImpossibleCity, check_possible
    from sources.synthetic.city import simulate as simulate_city

    try:
        check_possible(population, nights, seed, history_days)
        directory.mkdir(parents=True, exist_ok=True)
    except ImpossibleCity as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        raise ConfigurationError(
            f"the directory {directory} can't be created ({error.strerror}): choose another directory"
        ) from None
    try:
        with typer.progressbar(
            length=nights, label="Simulating", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            result = simulate_city(directory, population, nights, seed, start, history_days, lambda *_: bar.update(1))
    except OSError as error:
        raise ConfigurationError(
            f"{directory} can't be written ({error.strerror}): free disk space, give this user write access, or choose "
            "another directory with --output"
        ) from None
    return result.business_dates


def evaluate(
    date_: Published = None,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option(help="Write the full report with charts to this HTML file.")] = None,
) -> None:
    """Compare the persons and organisations of a simulated night with the city's truth."""
    from orchestration.evaluation.night_scores import score_night
    from orchestration.reports.scores import as_text

    home = Settings.from_environment().home
    with working("Comparing the night with the truth"):
        scores = score_night(home, published_day(date_, home))
    if html is not None:
        from orchestration.reports.score_page import as_html

        write_page(html, as_html(scores))
    if as_json:
        print_json(scores)
        return
    for line in as_text(scores):
        typer.echo(line)


def _watched(settings: Settings, day: date) -> PublishedNight:
    with steps_of_night(day) as watch:
        return run_night(settings, day, print_warning, watch)


def demo() -> None:
    """Simulate a small city, run its nights, and print what was published and where."""
    from orchestration.evaluation.night_scores import score_night
    from orchestration.reports.night_summary import summarise

    settings = Settings.from_environment()
    set_up_process(settings.home)
    days = _simulate(settings.home.directory, DEMO_POPULATION, DEMO_NIGHTS, DEMO_SEED, START, HISTORY_DAYS)
    is_whole = all([report_night(day, _watched(settings, day)) for day in days])
    typer.echo("")
    for line in summarise(settings.home, days[-1], score_night(settings.home, days[-1])):
        typer.echo(line)
    if not is_whole:
        raise typer.Exit(1)
