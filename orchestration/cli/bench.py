"""Benchmarks: Fil beside what else there is, in one run, and whole nights of Fil."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from orchestration.home.settings import ConfigurationError

app = typer.Typer(
    help="Measure Fil beside other tools, on the same rows in the same run, and whole nights.", no_args_is_help=True
)


@app.callback()
def bench() -> None:
    """Measure Fil beside other tools, on the same rows in the same run, and whole nights."""


@app.command()
def match() -> None:
    """Link FEBRL 3 and 4 with Fil, plain Splink and GoldenMatch; the last line on stdout is JSON."""
    from orchestration.benchmarks.match import measure_matchers

    measures = []
    typer.echo(
        f"{'set':<8} {'tool':<12} {'seconds':>8} {'peak MB':>8} {'precision':>9} {'recall':>7} {'f1':>7} {'b3_f1':>7}"
    )
    for one in measure_matchers():
        measures.append(asdict(one))
        typer.echo(
            f"{one.dataset:<8} {one.tool:<12} {one.seconds:>8.1f} {one.peak_mb:>8,} {one.precision:>9.4f} "
            f"{one.recall:>7.4f} {one.f1:>7.4f} {one.b3_f1:>7.4f}"
        )
    typer.echo(json.dumps(measures))


@app.command()
def link(
    mentions: Annotated[
        int, typer.Option(min=10_000, help="Mentions, of half as many people; more than these are of several cities.")
    ] = 5_800_000,
    runs: Annotated[int, typer.Option(min=1, help="How often each is run, in turn; medians count.")] = 1,
    memory_limit: Annotated[
        list[int] | None,
        typer.Option(
            min=0, help="Gigabytes that DuckDB may hold, 0 for four fifths of all: Fil alone, once under each."
        ),
    ] = None,
) -> None:
    """Link a city's mentions with Fil and with Splink alone, same rows and rules; the last line on stdout is JSON."""
    from orchestration.benchmarks.link import measure_linking, measure_spilling

    measures = []
    measuring = measure_spilling(mentions, memory_limit) if memory_limit else measure_linking(mentions, runs)
    typer.echo(f"{'tool':<12} {'seconds':>8} {'of cores':>8} {'peak MB':>8} {'precision':>9} {'recall':>7}")
    for one in measuring:
        measures.append(asdict(one))
        typer.echo(
            f"{one.tool:<12} {one.seconds:>8.1f} {one.cpu_seconds:>8.1f} {one.peak_mb:>8,} {one.precision:>9.5f} "
            f"{one.recall:>7.4f}"
        )
    by_tool = {one["tool"]: one["seconds"] for one in measures}
    ratio = {} if memory_limit else {"ratio": round(by_tool["fil"] / by_tool["splink"], 2)}
    typer.echo(json.dumps(ratio | {"measures": measures}))


@app.command()
def parse(
    population: Annotated[int, typer.Option(min=1_000, help="People in the simulated Padró.")] = 200_000,
    runs: Annotated[int, typer.Option(min=1, help="How often each is run, in turn; medians count.")] = 3,
) -> None:
    """Read an extract of each format, beside a bare reader on the same bytes; the last line on stdout is JSON."""
    from orchestration.benchmarks.parse import measure_parsing

    measures = []
    typer.echo(
        f"{'source':<22} {'rows':>9} {'MB':>6}  {'bare reader':<27} {'cpu s':>6} {'peak MB':>7}  "
        f"{'our reader':>10} {'peak MB':>7} {'ratio':>6}  {'whole':>6} {'peak MB':>7}"
    )
    for one in measure_parsing(population, runs):
        measures.append(asdict(one))
        typer.echo(
            f"{one.source:<22} {one.rows:>9,} {one.bytes / 1e6:>6.1f}  {one.bare_reader:<27} "
            f"{one.bare.cpu_seconds:>6.2f} {one.bare.peak_mb:>7,}  {one.reader.cpu_seconds:>10.2f} "
            f"{one.reader.peak_mb:>7,} {one.ratio:>6.2f}  {one.fil.cpu_seconds:>6.2f} {one.fil.peak_mb:>7,}"
        )
    typer.echo(json.dumps(measures))


@app.command()
def segments(
    population: Annotated[int, typer.Option(min=1_000, help="People in the marts.")] = 1_700_000,
) -> None:
    """Build every segment over marts of full size, made up in SQL; the last line on stdout is JSON."""
    from orchestration.benchmarks.segments import measure_segments

    found = measure_segments(population)
    typer.echo(
        f"{found.candidates:,} candidates of {found.population:,} people, {found.members:,} in a segment: "
        f"{found.seconds} s, {found.peak_mb:,} MB"
    )
    typer.echo(json.dumps(asdict(found)))


@app.command()
def night(
    population: Annotated[
        str,
        typer.Option(help="People in the Padró, 100 to 5,000,000; several numbers parted by commas show the growth."),
    ] = "20000",
    nights: Annotated[int, typer.Option(help="Business dates, one after the other.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.")] = 1,
    runs: Annotated[int, typer.Option(min=1, help="How often each city is run from the beginning; medians count.")] = 1,
    home: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            help="Kept, unlike the temporary one: empty, or of an earlier benchmark, whose cities are used again.",
        ),
    ] = None,
    json_: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="All figures and the machine, written city by city.")
    ] = None,
    markdown: Annotated[bool, typer.Option(help="The tables in Markdown, with the cities side by side.")] = False,
) -> None:
    """Run whole nights of a simulated city: seconds, memory and bytes of each stage, and what takes longest."""
    from orchestration.benchmarks.machine import machine
    from orchestration.benchmarks.night.bench import CityMeasure, Plan, measure_nights
    from orchestration.benchmarks.night.report import as_values, city_tables, comparison, growth_tables
    from orchestration.rendering.tables import Table

    def show(table: Table) -> None:
        for line in table.markdown() if markdown else table.lines():
            typer.echo(line)
        typer.echo("")

    def write() -> None:
        if json_ is not None:
            _write_json(json_, as_values(machine(os.environ), found))

    plan = Plan(_populations(population), nights, seed, runs, home)
    found: list[CityMeasure] = []
    write()
    for city in measure_nights(plan, lambda message: typer.echo(message, err=True)):
        found.append(city)
        write()
        for table in city_tables(city):
            show(table)
    for table in [*(comparison(found) if markdown else []), *growth_tables(found)]:
        show(table)


def _populations(text: str) -> list[int]:
    numbers = text.split(",")
    if not all(number.strip().isdecimal() for number in numbers):
        raise ConfigurationError(f"--population {text}: name one number of people or several, such as 20000,200000")
    return sorted({int(number) for number in numbers})


def _write_json(path: Path, values: object) -> None:
    try:
        path.write_text(json.dumps(values, default=str, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--json {path} can't be written ({error.strerror}): name another file") from None
