"""Commands on quarantined rows: count them, show them, release them, and revoke a release."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from exports.publication.seal import current_date
from orchestration.casework.reserved_lines import RESERVED_LINE, contacts_of_protected, tell_of_protected
from orchestration.cli.terminal import (
    AsJson,
    Who,
    Why,
    day_of,
    first_day_of,
    prepared_home,
    print_json,
    print_table,
    printable,
    signed,
)
from orchestration.home.home import Home
from orchestration.home.settings import ConfigurationError
from orchestration.past_nights.published import open_published
from orchestration.rendering.tables import Cell, Table
from sources.base.wording import counted
from sources.contracts.catalogue import SOURCES, load_contracts
from sources.contracts.contract import Contract
from sources.quarantine.look_ups import LookUp, QuarantinedExtract, look_up, overview
from sources.quarantine.release_journal import Signature
from sources.quarantine.releases import release as release_rows
from sources.quarantine.releases import revoke as revoke_rows
from sources.quarantine.rows import Choice

app = typer.Typer(
    help="Count, show and release quarantined rows: rows that broke their source's contract.", no_args_is_help=True
)
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="Name of a source.")]
ExtractDate = Annotated[datetime, typer.Argument(metavar="DATE", formats=["%Y-%m-%d"], help="Date of an extract.")]
Lines = Annotated[list[int] | None, typer.Option("--line", min=1, help="Line number of a row. Can be repeated.")]
From = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d"], help="First business date that applies it. Default: that of the next night."
    ),
]


@app.command("list")
def list_(
    source: Annotated[str | None, typer.Argument(help="Name of a source. Default: all sources.")] = None,
    date_: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Count as of this business date. Default: today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the quarantined rows, and the released ones among them, by source, extract and reason."""
    home = prepared_home()
    contracts = load_contracts() if source is None else [_contract(source)]
    day = day_of(date_)
    extracts = [extract for contract in contracts for extract in overview(home.directory, contract, day)]
    if as_json:
        print_json([dataclasses.asdict(item) for item in extracts])
    elif extracts:
        _print(extracts)
    else:
        typer.echo(f"No row of any extract up to {day} is in quarantine")


def _print(extracts: Sequence[QuarantinedExtract]) -> None:
    columns = ["source", "extract", "state", "reason", "rows", "released"]
    states = {True: "rejected", False: "in use"}
    rows: list[list[Cell]] = [
        [item.source, str(item.extract_date), states[bool(item.rejected)], count.reason, count.rows, count.released]
        for item in extracts
        for count in item.reasons
    ]
    for line in Table("Rows in quarantine", columns, rows).lines():
        typer.echo(line)
    for rejected in filter(None, (item.rejected for item in extracts)):
        typer.echo(rejected)


@app.command("show")
def show(
    source: Source,
    date_: ExtractDate,
    who: Who,
    why: Why,
    reason: Annotated[str | None, typer.Option(help="Show only rows with this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of rows.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show quarantined rows as the source sent them.

    Rows that may show a protected person's address are left out. This is personal data: Fil logs who looks and why
    before it shows anything.
    """
    home, contract = prepared_home(), _contract(source)
    request = LookUp(date_.date(), reason, limit, *signed(who, why))
    rows = look_up(home.directory, contract, request)
    reserved = _reserved(home, [row.original_line for row in rows])
    # Line numbers are text: `--line` takes them without the commas of a number.
    shown = [
        [str(row.line_number), row.reason, RESERVED_LINE if place in reserved else printable(row.original_line)]
        for place, row in enumerate(rows)
    ]
    title = f"Rows of {contract.source} of {request.extract_date}"
    nothing = f"No row of {contract.source} of {request.extract_date} is in quarantine for that reason."
    print_table(Table(title, ["line", "reason", "row as sent"], shown, empty=nothing), as_json=as_json)


def _reserved(home: Home, lines: Sequence[str]) -> set[int]:
    if current_date(home.published) is None:
        return set()
    with open_published(home) as connection:
        return tell_of_protected(connection, lines, contacts=contacts_of_protected(connection, home.directory))


@app.command("release")
def release(
    source: Source,
    date_: ExtractDate,
    who: Who,
    why: Why,
    line: Lines = None,
    reason: Annotated[str | None, typer.Option(help="Release all rows with this reason.")] = None,
    from_: From = None,
) -> None:
    """Release quarantined rows, so that nights use them with the rest of their extract.

    Fil first checks the rows again under the present contract. If one row still breaks it, no row is released.
    """
    if bool(line) == bool(reason):
        raise ConfigurationError("choose the rows either by --line (repeat it for each row) or by --reason")
    home, contract = prepared_home(), _contract(source)
    signature = Signature(*signed(who, why), first_day_of(from_, home))
    choice = Choice(tuple(line or ()), reason)
    released = release_rows(home.directory, contract, date_.date(), choice, signature)
    if released.rows_before:
        typer.echo(f"Released before: {counted(released.rows_before, 'row')}")
    for name, count in released.without.items():
        typer.echo(f"{counted(count, 'row')} released without the value of {name}, which breaks the contract")
    typer.echo(f"{counted(released.rows, 'row')} released, from the night of {signature.counts_from} on")


@app.command("revoke")
def revoke(
    source: Source,
    date_: ExtractDate,
    who: Who,
    why: Why,
    line: Lines = None,
    is_all: Annotated[bool, typer.Option("--all", help="Revoke the release of all rows of the extract.")] = False,
    from_: From = None,
) -> None:
    """Revoke a release: the rows go back to quarantine."""
    if bool(line) == is_all:
        raise ConfigurationError("choose the rows either by --line (repeat it for each row) or by --all")
    home, contract = prepared_home(), _contract(source)
    signature = Signature(*signed(who, why), first_day_of(from_, home))
    count = revoke_rows(home.directory, contract, date_.date(), line or (), signature)
    typer.echo(f"In quarantine again: {counted(count, 'row')}, from the night of {signature.counts_from} on")


def _contract(source: str) -> Contract:
    contract = {contract.source: contract for contract in load_contracts()}.get(source)
    if contract is None:
        raise ConfigurationError(f'there is no source "{source}"; the sources are {", ".join(SOURCES)}')
    return contract
