"""Benchmark commands: Fil beside other tools in one run, and whole nights of Fil."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.old_options import OUTPUT_OF_BENCH
from orchestration.home.settings import ConfigurationError
from orchestration.rendering.tables import Cell, Table

app = typer.Typer(
    help="Compare Fil with other tools on the same rows in the same run, and measure whole nights.",
    no_args_is_help=True,
)


@app.callback()
def bench() -> None:
    """Compare Fil with other tools on the same rows in the same run, and measure whole nights."""


@app.command()
def match() -> None:
    """Link the data sets FEBRL 3 and 4 with Fil, plain Splink and GoldenMatch. The last line on stdout is JSON."""
    from orchestration.benchmarks.match import measure_matchers

    measures = []
    rows: list[list[Cell]] = []
    for run in measure_matchers():
        measures.append(asdict(run))
        rows.append(
            [run.dataset, run.tool, f"{run.seconds:8.1f}", run.peak_mb, run.precision, run.recall, run.f1, run.b3_f1]
        )
        _progress(f"{run.dataset}, {run.tool}", run.seconds)
    columns = ["data set", "tool", "seconds", "peak MB", "precision", "recall", "f1", "b3_f1"]
    _print(Table("Linking FEBRL", columns, rows, decimals=4))
    typer.echo(json.dumps(measures))


@app.command()
def link(
    mentions: Annotated[
        int,
        typer.Option(
            min=10_000,
            help="Number of mentions. They are of half as many people. Above the default, they are of several cities.",
        ),
    ] = 5_800_000,
    runs: Annotated[int, typer.Option(min=1, help="Number of runs of each tool. The result is the median.")] = 1,
    memory_limit: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            help="DuckDB's memory limit in gigabytes; 0 is 80 % of the machine's memory. Can be repeated. With it, "
            "only Fil is measured, once under each limit.",
        ),
    ] = None,
) -> None:
    """Link a city's mentions with Fil and with plain Splink, on the same rows and with the same blocking rules.

    The last line on stdout is JSON.
    """
    from orchestration.benchmarks.link import measure_linking, measure_spilling

    measures = []
    rows: list[list[Cell]] = []
    measuring = measure_spilling(mentions, memory_limit) if memory_limit else measure_linking(mentions, runs)
    for run in measuring:
        measures.append(asdict(run))
        seconds, cpu_seconds = f"{run.seconds:8.1f}", f"{run.cpu_seconds:8.1f}"
        rows.append([run.tool, seconds, cpu_seconds, run.peak_mb, run.precision, run.recall])
        _progress(run.tool, run.seconds)
    columns = ["tool", "seconds", "CPU seconds", "peak MB", "precision", "recall"]
    _print(Table(f"Linking {mentions:,} mentions", columns, rows))
    by_tool = {measure["tool"]: measure["seconds"] for measure in measures}
    ratio = {} if memory_limit else {"ratio": round(by_tool["fil"] / by_tool["splink"], 2)}
    typer.echo(json.dumps(ratio | {"measures": measures}))


@app.command()
def parse(
    population: Annotated[int, typer.Option(min=1_000, help="Number of people in the simulated Padró.")] = 200_000,
    runs: Annotated[int, typer.Option(min=1, help="Number of runs of each reader. The result is the median.")] = 3,
) -> None:
    """Parse an extract of each format with Fil and with a plain reader. The last line on stdout is JSON.

    The table has the plain reader, Fil's reader alone, and Fil's whole parsing step; `ratio` compares the two readers.
    """
    from orchestration.benchmarks.parse import measure_parsing

    measures = []
    rows: list[list[Cell]] = []
    for run in measure_parsing(population, runs):
        measures.append(asdict(run))
        rows.append(
            [
                *(run.source, run.rows, f"{run.bytes / 1e6:8.1f}", run.bare_reader),
                *(run.bare.cpu_seconds, run.bare.peak_mb, run.reader.cpu_seconds, run.reader.peak_mb, run.ratio),
                *(run.fil.cpu_seconds, run.fil.peak_mb),
            ]
        )
        _progress(run.source, run.fil.cpu_seconds)
    columns = ["source", "rows", "MB", "plain reader", "CPU s", "peak MB"]
    columns += ["Fil's reader CPU s", "peak MB", "ratio", "whole step CPU s", "peak MB"]
    _print(Table("Parsing an extract of each format", columns, rows, decimals=2))
    typer.echo(json.dumps(measures))


@app.command()
def segments(
    population: Annotated[int, typer.Option(min=1_000, help="Number of people in the marts.")] = 1_700_000,
) -> None:
    """Build every segment over synthetic marts of full size. The last line on stdout is JSON."""
    from orchestration.benchmarks.segments import measure_segments

    measure = measure_segments(population)
    typer.echo(
        f"{measure.population:,} people, {measure.candidates:,} candidates, {measure.members:,} members: "
        f"{measure.seconds} s, {measure.peak_mb:,} MB at the peak"
    )
    typer.echo(json.dumps(asdict(measure)))


@app.command(context_settings=OUTPUT_OF_BENCH)
def night(
    population: Annotated[
        str,
        typer.Option(
            help="People in the Padró, 100 to 5,000,000. Several numbers, separated by commas, measure several cities."
        ),
    ] = "20000",
    nights: Annotated[int, typer.Option(help="Number of consecutive nights.")] = 1,
    seed: Annotated[int, typer.Option(help="Random seed. The same seed gives the same city.")] = 1,
    runs: Annotated[
        int, typer.Option(min=1, help="Number of runs of each city from its first night. The result is the median.")
    ] = 1,
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            help="Keep the cities in this directory: empty, or of an earlier benchmark, whose cities are used again. "
            "Default: a temporary directory, which is deleted.",
        ),
    ] = None,
    json_: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Write all figures and the machine to this file after each city."
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option(help="Print the tables in Markdown, with the cities side by side.")] = False,
) -> None:
    """Run whole nights of a simulated city, and measure seconds, memory and bytes of each stage."""
    from orchestration.benchmarks.machine import machine
    from orchestration.benchmarks.night.bench import CityMeasure, Plan, measure_nights
    from orchestration.benchmarks.night.report import as_values, city_tables, comparison, growth_tables

    def show(table: Table) -> None:
        for line in table.markdown() if markdown else table.lines():
            typer.echo(line)
        typer.echo("")

    def write() -> None:
        if json_ is not None:
            _write_json(json_, as_values(machine(os.environ), cities))

    plan = Plan(_populations(population), nights, seed, runs, home)
    cities: list[CityMeasure] = []
    write()
    for city in measure_nights(plan, lambda message: typer.echo(message, err=True)):
        cities.append(city)
        write()
        for table in city_tables(city):
            show(table)
    for table in [*(comparison(cities) if markdown else []), *growth_tables(cities)]:
        show(table)


def _populations(text: str) -> list[int]:
    numbers = text.split(",")
    if not all(number.strip().isdecimal() for number in numbers):
        raise ConfigurationError(
            f"--population {text}: expected a number of people, or several with commas, such as 20000,200000"
        )
    return sorted({int(number) for number in numbers})


def _write_json(path: Path, values: object) -> None:
    try:
        path.write_text(json.dumps(values, default=str, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--output {path} can't be written ({error.strerror}): choose another file") from None


def _print(table: Table) -> None:
    for line in table.lines():
        typer.echo(line)


def _progress(what: str, seconds: float) -> None:
    """Print a line to stderr for each measure when it is made."""
    typer.echo(f"measured {what}: {seconds:.1f} s", err=True)
