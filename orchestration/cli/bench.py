"""Benchmarks, beside what else there is, in one run."""

import json
from dataclasses import asdict

import typer

app = typer.Typer(help="Measure Fil beside other tools, on the same rows in the same run.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure Fil beside other tools, on the same rows in the same run."""


@app.command()
def match() -> None:
    """Link FEBRL 3 and 4 with Fil, plain Splink and GoldenMatch; the last line on stdout is JSON."""
    from orchestration.bench.match import measure_matchers

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
