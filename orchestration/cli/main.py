"""Entry point of `fil`: registers the commands and turns known errors into one line and an exit code."""

import os
import sys
import warnings

import typer

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

app = typer.Typer(
    name="fil",
    help="A city's person hub: it loads sources nightly, links mentions of one person and exports with consent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("simulate")(city.simulate)
app.command("evaluate")(city.evaluate)
app.command("demo")(city.demo)
app.command("nightly")(night.nightly)
app.command("recover")(night.recover)
app.command("as-of")(history.as_of)
app.command("export")(deliveries.export)
app.add_typer(impact.app, name="impact")
app.add_typer(drift.app, name="drift")
app.command("match")(match.match)
app.add_typer(contract.app, name="contract")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(review.app, name="review")
app.add_typer(segment.app, name="segment")
app.add_typer(draw.app, name="draw")
app.add_typer(person.app, name="person")
app.add_typer(deliveries.app, name="deliveries")
app.command("doctor")(doctor.doctor)
app.add_typer(model.app, name="model")
app.add_typer(bench.app, name="bench")
app.add_typer(key.app, name="key")
app.command("ui")(ui.ui)


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
