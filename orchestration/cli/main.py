"""Entry point of `fil`: registers the commands and turns known errors into one line and an exit code."""

import os
import sys
import warnings
from typing import Annotated

import typer
from typer.core import TyperGroup

from orchestration.cli import (
    bench,
    city,
    contract,
    deliveries,
    doctor,
    draw,
    drift,
    history,
    impact,
    key,
    match,
    model,
    night,
    person,
    quarantine,
    review,
    segment,
    ui,
)
from orchestration.cli.errors import report
from orchestration.cli.old_options import OUTPUT_OF_CITY

RUN, LOOK, DECIDE, MEASURE = "Run", "Look", "Decide", "Measure"


class _FourGroups(TyperGroup):
    """The commands in the order of their groups."""

    def list_commands(self, ctx: object) -> list[str]:
        """The names of the commands, as the help lists them."""
        groups = (RUN, LOOK, DECIDE, MEASURE)
        return sorted(self.commands, key=lambda name: groups.index(vars(self.commands[name])["rich_help_panel"]))


app = typer.Typer(
    name="fil",
    cls=_FourGroups,
    help="A city's person hub: it loads sources nightly, links mentions of one person and exports with consent.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("demo", rich_help_panel=RUN)(city.demo)
app.command("simulate", rich_help_panel=RUN, context_settings=OUTPUT_OF_CITY)(city.simulate)
app.command("nightly", rich_help_panel=RUN)(night.nightly)
app.command("recover", rich_help_panel=RUN)(night.recover)
app.command("export", rich_help_panel=RUN)(deliveries.export)
app.command("match", rich_help_panel=RUN)(match.match)
app.command("ui", rich_help_panel=RUN)(ui.ui)
app.add_typer(key.app, name="key", rich_help_panel=RUN)
app.command("doctor", rich_help_panel=LOOK)(doctor.doctor)
app.add_typer(person.app, name="person", rich_help_panel=LOOK)
app.add_typer(segment.app, name="segment", rich_help_panel=LOOK)
app.add_typer(deliveries.app, name="deliveries", rich_help_panel=LOOK)
app.add_typer(contract.app, name="contract", rich_help_panel=LOOK)
app.command("as-of", rich_help_panel=LOOK)(history.as_of)
app.add_typer(review.app, name="review", rich_help_panel=DECIDE)
app.add_typer(quarantine.app, name="quarantine", rich_help_panel=DECIDE)
app.add_typer(drift.app, name="drift", rich_help_panel=DECIDE)
app.add_typer(impact.app, name="impact", rich_help_panel=DECIDE)
app.add_typer(model.app, name="model", rich_help_panel=DECIDE)
app.add_typer(draw.app, name="draw", rich_help_panel=DECIDE)
app.command("evaluate", rich_help_panel=MEASURE)(city.evaluate)
app.add_typer(bench.app, name="bench", rich_help_panel=MEASURE)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"fil {version('fil')}")
        raise typer.Exit


@app.callback()
def fil(
    is_version_asked: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A city's person hub: it loads sources nightly, links mentions of one person and exports with consent."""


def main() -> None:
    """Run the command line: exit 0 done, 1 the run failed, 2 bad usage. What it writes is for the user alone."""
    os.umask(0o077)
    # Dagster warns of each asset and sensor that parts of its interface are beta. An operator can do nothing about it.
    warnings.filterwarnings("ignore", message="Parameter `(backfill_policy|owners)`")
    # Only linking on Spark imports pyspark, and it gives it no pandas.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    try:
        app()
    except Exception as error:
        sys.exit(report(error))
