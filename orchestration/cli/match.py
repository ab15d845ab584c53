"""The command `match`: the hub's own matcher on any file of mentions."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from orchestration.home.settings import ConfigurationError, EngineName, Settings

_File = {"exists": True, "dir_okay": False, "readable": True}


def match(
    mentions: Annotated[Path, typer.Argument(help="CSV (UTF-8, with a header) or Parquet.", **_File)],
    output: Annotated[Path, typer.Option(help="record_id, person_id, confidence; CSV, or Parquet by its name.")],
    register: Annotated[list[str] | None, typer.Option(help="A source that lists each person once.")] = None,
    truth: Annotated[Path | None, typer.Option(help="record_id, truth_id: score the result.", **_File)] = None,
    links: Annotated[Path | None, typer.Option(help="Write the scored pairs, with each comparison's weight.")] = None,
    model: Annotated[Path | None, typer.Option(help="A trained model, instead of one of this file.", **_File)] = None,
    engine: Annotated[EngineName, typer.Option(help="What scores pairs.")] = EngineName.DUCKDB,
) -> None:
    """Link a file of person mentions; the last line on stdout is JSON.

    Columns, all but record_id optional: record_id, source, document, document_country, given_name, surname_1,
    surname_2, birth_date (YYYY-MM-DD or DD/MM/YYYY), sex (M or H, F or D), street, street_number, postcode, email,
    phone.
    """
    for path in filter(None, (output, links)):
        if not path.resolve().parent.is_dir():
            raise ConfigurationError(f"{path.parent} is no directory: make it first")
        if path.is_dir() or path.resolve() in {source.resolve() for source in (mentions, truth, model) if source}:
            raise ConfigurationError(f"{path} can't be written: it is a directory or one of the files to read")
    began = time.monotonic()
    from orchestration.linking.engine import named_engine
    from orchestration.linking.file_matching import MatchRequest, match_file

    scored_on = named_engine(engine, Settings.from_environment, lambda text: typer.echo(text, err=True))
    result = match_file(MatchRequest(mentions, output, register or [], truth, links, model, scored_on))
    notes, scores = result.notes, result.scores
    if notes.unknown_columns:
        typer.echo(f"Columns that mean nothing here: {', '.join(notes.unknown_columns)}", err=True)
    if notes.bad_birth_dates:
        typer.echo(f"Birth dates that are no date, taken as unknown: {notes.bad_birth_dates:,}", err=True)
    if model is None and not result.own_model:
        typer.echo("Too few mentions are alike to train on: linked with the model in use", err=True)
    if result.repeated:
        typer.echo(f"Rows that repeat another under an id of their own: {result.repeated:,}", err=True)
    if result.stats.in_review:
        typer.echo(f"In review, so alone: {result.stats.in_review:,} mentions", err=True)
    measures = {"mentions": notes.rows, "persons": result.persons, "seconds": round(time.monotonic() - began, 2)}
    if scores:
        measures |= {name: getattr(scores, name) for name in ("precision", "recall", "f1", "b3_f1")}
    typer.echo(json.dumps(measures))
