"""Commands on one person or organisation: 360° card, history, the lines it comes from, why two mentions are one.

Personal data: who looks and why is written down before anything is shown.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.casework.card import card, golden_mentions, history
from orchestration.casework.find_party import Party
from orchestration.casework.reserved_lines import RESERVED_LINE, is_reserved, tell_of_protected
from orchestration.cli.party import Whom, find_and_log
from orchestration.cli.terminal import Who, Why, prepared_settings, printable, signed
from orchestration.home.access_log import Reader
from orchestration.home.redaction import StepFailed
from orchestration.past_nights.published import open_published, published_date
from orchestration.rendering.tables import Table
from sources.contracts.catalogue import load_contracts
from sources.loading.tracing import trace as trace_record

app = typer.Typer(
    help="Look at a person or an organisation: card, history, where values come from, why two mentions are one.",
    no_args_is_help=True,
)
Night = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="A published night; the last unless said.")
]
Mention = Annotated[str, typer.Argument(help="Id of a mention, as in hub.mentions, or source:source_key.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON on the last line.")]


@app.command()
def show(person: Whom, who: Who, why: Why, date_: Night = None, as_json: AsJson = False) -> None:
    """Show the 360° card: identity, contact, Padró, ties, pending matters, contacts, taxes, consents, interests.

    Of an organisation, by id or NIF: who administers and represents it, its licences, taxes, contacts.
    """
    settings, reader = prepared_settings(), Reader(*signed(who, why))
    with open_published(settings, _day(date_)) as connection:
        for one in find_and_log(connection, settings, person, "person show", reader):
            _print(one, card(connection, one), as_json=as_json)


@app.command("history")
def history_(person: Whom, who: Who, why: Why, date_: Night = None, as_json: AsJson = False) -> None:
    """Show since when each source shows which value, and what became of the person's ids and consents."""
    settings, reader = prepared_settings(), Reader(*signed(who, why))
    with open_published(settings, _day(date_)) as connection:
        for one in find_and_log(connection, settings, person, "person history", reader):
            _print(one, history(connection, one), as_json=as_json)


@app.command()
def trace(
    person: Whom,
    who: Who,
    why: Why,
    attribute: Annotated[str | None, typer.Option(help="Only this attribute, such as address.")] = None,
    date_: Night = None,
) -> None:
    """Show the lines of the landed extracts that a person's golden values come from.

    Not shown is a line that may tell of somebody whose address is reserved.
    """
    settings, reader = prepared_settings(), Reader(*signed(who, why))
    contracts = {contract.source: contract for contract in load_contracts()}
    day = published_date(settings, _day(date_))
    with open_published(settings, day) as connection:
        for one in find_and_log(connection, settings, person, "person trace", reader):
            values = golden_mentions(connection, one, attribute)
            if not values:
                raise StepFailed(
                    f"{one.party_id} has no golden value of that attribute; `fil person show` has those there are"
                )
            lines = [trace_record(settings.home, contracts, source, key, day) for source, key, _ in values]
            originals = [(line.original_line or "").strip() for line in lines]
            is_hidden = is_reserved(connection, one)
            hidden = set(range(len(lines))) if is_hidden else tell_of_protected(connection, originals)
            for place, ((*_, attributes), line) in enumerate(zip(values, lines, strict=True)):
                typer.echo(f"{', '.join(attributes)}: {line.file}, line {line.line_number}")
                typer.echo(f"  {RESERVED_LINE if place in hidden else printable(originals[place])}")


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
    from orchestration.casework.pair_explanation import explain_pair
    from orchestration.rendering.pages import write_page
    from orchestration.reports.explanation import as_data, as_page, last_word, tables, verdict

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


def _print(party: Party, tables: list[Table], *, as_json: bool) -> None:
    typer.echo(f"{'Organisation' if party.is_organisation else 'Person'} {party.party_id}")
    for table in tables:
        for line in table.lines():
            typer.echo(printable(line))
    if as_json:
        sections = {table.title: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in tables}
        typer.echo(json.dumps({party.column: party.party_id, **sections}, ensure_ascii=False))
