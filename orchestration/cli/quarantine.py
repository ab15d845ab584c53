"""Commands on refused rows: count them, look at them on the record, let them count after all, and take that back."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from exports.publication.seal import current_date
from orchestration.casework.reserved_lines import RESERVED_LINE, tell_of_protected
from orchestration.cli.terminal import Who, Why, day_of, prepared_settings, printable, signed
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.published import open_published
from sources.contracts.catalogue import SOURCES, load_contracts
from sources.contracts.contract import Contract
from sources.quarantine.look_ups import Question, RefusedExtract, look_up, overview
from sources.quarantine.release_journal import Statement
from sources.quarantine.releases import release as release_rows
from sources.quarantine.releases import revoke as revoke_rows
from sources.quarantine.rows import Choice

app = typer.Typer(
    help="Rows that broke their contract: how many, which, and which of them count after all.", no_args_is_help=True
)
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="A source.")]
ExtractDate = Annotated[datetime, typer.Argument(metavar="DATE", formats=["%Y-%m-%d"], help="The date of an extract.")]
Lines = Annotated[list[int] | None, typer.Option("--line", min=1, help="A line by its number; may be repeated.")]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="The first business date that it counts on; today unless said."),
]


@app.command("list")
def list_(
    source: Annotated[str | None, typer.Argument(help="A source; without, all of them.")] = None,
    date_: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="As of a business date; today unless said.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON on the last line.")] = False,
) -> None:
    """Say by source, extract and reason how many rows are refused, and how many of those were released."""
    settings = prepared_settings()
    contracts = load_contracts() if source is None else [_contract(source)]
    day = day_of(date_)
    extracts = [extract for contract in contracts for extract in overview(settings.home, contract, day)]
    if extracts:
        typer.echo(f"{'source':<24} {'extract':<10} {'':<8} {'reason':<36} {'rows':>8} {'released':>8}")
    for extract in extracts:
        _echo(extract)
    if as_json:
        typer.echo(json.dumps([{**dataclasses.asdict(one), "extract_date": str(one.extract_date)} for one in extracts]))
    elif not extracts:
        typer.echo(f"No row of any extract up to {day} is refused")


def _echo(extract: RefusedExtract) -> None:
    state = "rejected" if extract.rejected else "counts"
    start = f"{extract.source:<24} {extract.extract_date} {state:<8}"
    for one in extract.reasons:
        typer.echo(f"{start} {one.reason:<36} {one.rows:>8} {one.released:>8}")
    if extract.rejected:
        typer.echo(f"{start} {extract.rejected}")


@app.command("show")
def show(
    source: Source,
    date_: ExtractDate,
    who: Who,
    why: Why,
    reason: Annotated[str | None, typer.Option(help="Only rows of a reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
) -> None:
    """Show refused rows as they came. This is personal data: who looks and why is written down first.

    Not shown is a row that may tell of somebody whose address the last published night knows to be reserved.
    """
    settings, contract = prepared_settings(), _contract(source)
    question = Question(date_.date(), reason, limit, *signed(who, why))
    rows = look_up(settings.home, contract, question)
    reserved = _reserved(settings, [row.original_line for row in rows])
    for place, row in enumerate(rows):
        line = RESERVED_LINE if place in reserved else printable(row.original_line)
        typer.echo(f"{row.line_number:>8}  {row.reason:<36}  {line}")


def _reserved(settings: Settings, lines: Sequence[str]) -> set[int]:
    if current_date(settings.published) is None:
        return set()
    with open_published(settings) as connection:
        return tell_of_protected(connection, lines)


@app.command("release")
def release(
    source: Source,
    date_: ExtractDate,
    who: Who,
    why: Why,
    line: Lines = None,
    reason: Annotated[str | None, typer.Option(help="All rows of a reason.")] = None,
    from_: From = None,
) -> None:
    """Let refused rows count with their extract, judged again under the contract in force."""
    if bool(line) == bool(reason):
        raise ConfigurationError("name the rows either by --line, once for each, or by --reason")
    settings, contract = prepared_settings(), _contract(source)
    statement = Statement(*signed(who, why), day_of(from_))
    choice = Choice(tuple(line or ()), reason)
    released = release_rows(settings.home, contract, date_.date(), choice, statement)
    if released.rows_before:
        typer.echo(f"{released.rows_before} had been released before")
    for name, count in released.without.items():
        typer.echo(f"{count} without {name}, which the contract refuses")
    typer.echo(f"{released.rows} released, from the night of {statement.counts_from} on")


@app.command("revoke")
def revoke(
    source: Source,
    date_: ExtractDate,
    who: Who,
    why: Why,
    line: Lines = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every line of the extract that is released.")] = False,
    from_: From = None,
) -> None:
    """Take a release back: the rows are in quarantine again."""
    if bool(line) == is_all:
        raise ConfigurationError("name the rows either by --line, once for each, or by --all")
    settings, contract = prepared_settings(), _contract(source)
    statement = Statement(*signed(who, why), day_of(from_))
    count = revoke_rows(settings.home, contract, date_.date(), line or (), statement)
    typer.echo(f"{count} in quarantine again, from the night of {statement.counts_from} on")


def _contract(source: str) -> Contract:
    found = {contract.source: contract for contract in load_contracts()}.get(source)
    if found is None:
        raise ConfigurationError(f"{source} is no source; the sources are {', '.join(SOURCES)}")
    return found
