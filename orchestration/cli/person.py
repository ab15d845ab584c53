"""Commands on one person: the 360° card, its history, the lines its values come from, why two mentions are one.

Personal data: who looks and why is written down before anything is shown.
"""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from exports.commit import current_date
from orchestration.access_log import Reader, log_access
from orchestration.cli.terminal import Who, Why, prepared_settings, printable, signed
from orchestration.person_card import card, find_person, golden_mentions, history, is_protected
from orchestration.published import open_published
from orchestration.redaction import StepFailed
from orchestration.settings import Settings
from orchestration.tables import Table
from sources.registry import load_contracts
from sources.tracing import trace as trace_record

app = typer.Typer(
    help="Look at a person: card, history, where values come from, why two mentions are one.", no_args_is_help=True
)
Whom = Annotated[
    str, typer.Argument(metavar="ID-OR-DOCUMENT", help="Of the person; `-` reads it, unseen by the shell's history.")
]
Night = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="A published night; the last unless said.")
]
Mention = Annotated[str, typer.Argument(help="Id of a mention, as in hub.mentions, or source:source_key.")]
# The line holds address and contact beside what is asked for.
_RESERVED_LINE = "not shown: the person's address and contact are reserved"
AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON on the last line.")]


@app.command()
def show(person: Whom, who: Who, why: Why, date_: Night = None, as_json: AsJson = False) -> None:
    """Show the 360° card: identity, contact, Padró, ties, pending matters, contacts, taxes, consents, interests."""
    settings, reader = prepared_settings(), Reader(*signed(who, why))
    with open_published(settings, _day(date_)) as connection:
        for one in _found(connection, settings, person, "person show", reader):
            _print(one, card(connection, one), as_json=as_json)


@app.command("history")
def history_(person: Whom, who: Who, why: Why, date_: Night = None, as_json: AsJson = False) -> None:
    """Show since when each source shows which value, and what became of the person's ids and consents."""
    settings, reader = prepared_settings(), Reader(*signed(who, why))
    with open_published(settings, _day(date_)) as connection:
        for one in _found(connection, settings, person, "person history", reader):
            _print(one, history(connection, one), as_json=as_json)


@app.command()
def trace(
    person: Whom,
    who: Who,
    why: Why,
    attribute: Annotated[str | None, typer.Option(help="Only this attribute, such as address.")] = None,
    date_: Night = None,
) -> None:
    """Show the lines of the landed extracts that a person's golden values come from."""
    settings, reader = prepared_settings(), Reader(*signed(who, why))
    contracts = {contract.source: contract for contract in load_contracts()}
    with open_published(settings, _day(date_)) as connection:
        day = _day(date_) or current_date(settings.published) or date.max
        for one in _found(connection, settings, person, "person trace", reader):
            is_reserved = is_protected(connection, one)
            values = golden_mentions(connection, one, attribute)
            if not values:
                raise StepFailed(f"{one} has no golden value of that attribute; `fil person show` has those there are")
            for source, key, attributes in values:
                line = trace_record(settings.home, contracts, source, key, day)
                typer.echo(f"{', '.join(attributes)}: {line.file}, line {line.line_number}")
                typer.echo(f"  {_RESERVED_LINE if is_reserved else printable((line.original_line or '').strip())}")


@app.command("explain")
def explain(
    one: Mention,
    other: Mention,
    who: Who,
    why: Why,
    date_: Night = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page with its chart, too: personal data.")] = None,
    as_json: AsJson = False,
) -> None:
    """Explain why a night found two mentions to be one person or organisation, or two.

    Field by field and bit by bit, the chain of links that joins the two, and whose word came last. This is personal
    data: who looks and why is written down first.
    """
    from orchestration.explaining import explain_pair
    from orchestration.explanation_report import as_data, as_page, last_word, tables, verdict
    from orchestration.pages import write_page

    settings = prepared_settings()
    reader = Reader(*signed(who, why))
    pair = explain_pair(settings, (one, other), _day(date_), reader)
    typer.echo(verdict(pair))
    typer.echo(printable(last_word(pair)))
    for table in tables(pair):
        typer.echo("")
        for line in table.lines():
            typer.echo(printable(line))
    if html:
        write_page(html, as_page(pair))
    if as_json:
        typer.echo(json.dumps(as_data(pair), ensure_ascii=False))


def _day(told: datetime | None) -> date | None:
    return told.date() if told else None


def _found(
    connection: duckdb.DuckDBPyConnection, settings: Settings, person: str, what: str, reader: Reader
) -> list[str]:
    """The persons that are meant, once it is on disk that somebody looks at them."""
    found = find_person(connection, sys.stdin.readline().strip() if person == "-" else person)
    log_access(settings.home, what, found, reader)
    if len(found) > 1:
        typer.echo(f"{len(found)} persons are meant: {', '.join(found)}")
    return found


def _print(person_id: str, tables: list[Table], *, as_json: bool) -> None:
    typer.echo(f"Person {person_id}")
    for table in tables:
        for line in table.lines():
            typer.echo(printable(line))
    if as_json:
        sections = {table.title: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in tables}
        typer.echo(json.dumps({"person_id": person_id, **sections}, ensure_ascii=False))
