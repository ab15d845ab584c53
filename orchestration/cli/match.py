"""The command `match`: the hub's own matcher on any file of mentions."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.progress import working
from orchestration.home.settings import ConfigurationError, EngineName, Settings

if TYPE_CHECKING:
    from orchestration.linking.file_matching import MatchResult

_File = {"exists": True, "dir_okay": False, "readable": True}


def match(
    mentions: Annotated[Path, typer.Argument(help="File of mentions: CSV (UTF-8, with a header) or Parquet.", **_File)],
    output: Annotated[
        Path,
        typer.Option(help="File to write: record_id, person_id, confidence. CSV, or Parquet if it ends in .parquet."),
    ],
    register: Annotated[
        list[str] | None,
        typer.Option(help="A source in which each person appears only once. Can be repeated."),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="File with record_id and truth_id, to measure the result.", **_File)
    ] = None,
    links: Annotated[
        Path | None,
        typer.Option(
            help="Write the candidate pairs with their match weights to this file. "
            "A pair without a weight is a row that repeats another one."
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Trained model to use. Default: train one on this file.", **_File)
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="Engine that scores the candidate pairs.")] = EngineName.DUCKDB,
) -> None:
    """Find which mentions in a file are the same person. The last line on stdout is JSON.

    The file is Parquet, or CSV with commas, semicolons, tabs or pipes. Its columns: record_id, source, document,
    document_country, given_name, surname_1, surname_2, birth_date (YYYY-MM-DD or DD/MM/YYYY), sex (M or H, F or D),
    street, street_number, postcode, email, phone. Only record_id is required.
    """
    for path in filter(None, (output, links)):
        if not path.resolve().parent.is_dir():
            raise ConfigurationError(f"the directory {path.parent} does not exist: create it first")
        if path.is_dir() or path.resolve() in {source.resolve() for source in (mentions, truth, model) if source}:
            raise ConfigurationError(
                f"{path} can't be written: it is a directory or an input file; choose another file"
            )
    began = time.monotonic()
    from orchestration.linking.engine import named_engine
    from orchestration.linking.file_matching import MatchRequest, match_file

    scored_on = named_engine(engine, Settings.from_environment, lambda text: typer.echo(text, err=True))
    with working(f"Linking {mentions.name}"):
        result = match_file(MatchRequest(mentions, output, register or [], truth, links, model, scored_on))
    _echo_notes(result, is_model_named=model is not None)
    notes, scores = result.notes, result.scores
    measures = {"mentions": notes.rows, "persons": result.persons, "seconds": round(time.monotonic() - began, 2)}
    if scores:
        measures |= {name: getattr(scores, name) for name in ("precision", "recall", "f1", "b3_f1")}
    typer.echo(json.dumps(measures))


def _echo_notes(result: "MatchResult", *, is_model_named: bool) -> None:
    """Print to stderr what could not be read, and what the links don't show."""
    from orchestration.linking.file_mentions import READ_COLUMNS

    notes = result.notes
    if notes.unknown_columns:
        typer.echo(f"Unknown columns, ignored: {', '.join(notes.unknown_columns)}", err=True)
    for kind, count in ((READ_COLUMNS[column], count) for column, count in notes.unread.items() if count):
        typer.echo(f"{kind.capitalize()} that could not be read, used as unknown: {count:,}", err=True)
    if not is_model_named and not result.linkage.is_own_model:
        typer.echo("Too few similar mentions to train a model: linked with the model in use", err=True)
    if result.linkage.rows_of_defaults:
        count = result.linkage.rows_of_defaults
        typer.echo(f"Rows with a value that too many rows have to look for pairs by it: {count:,}", err=True)
    if result.repeated:
        typer.echo(f"Rows that repeat another row under a different record_id: {result.repeated:,}", err=True)
    if result.linkage.stats.in_review:
        typer.echo(f"Disputed mentions, not linked to anyone: {result.linkage.stats.in_review:,}", err=True)
