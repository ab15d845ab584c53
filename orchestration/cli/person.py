"""Commands on one person or organisation: 360° card, history, source lines, and why two mentions were linked or not.

They show personal data: who looks and why is logged before anything is shown.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.casework.card import card, golden_mentions, history
from orchestration.casework.find_party import Party
from orchestration.casework.reserved_lines import RESERVED_LINE, contacts_of_protected, is_reserved, tell_of_protected
from orchestration.cli.party import Whom, find_and_log
from orchestration.cli.terminal import AsJson, Published, Who, Why, prepared_home, print_json, printable, signed
from orchestration.home.access_log import Reader
from orchestration.home.redaction import StepFailed
from orchestration.past_nights.published import open_published, published_date
from orchestration.rendering.tables import Table
from sources.contracts.catalogue import load_contracts
from sources.loading.tracing import trace as trace_record

app = typer.Typer(
    help="Look up a person or an organisation: card, history, source lines, and why two mentions were linked or not.",
    no_args_is_help=True,
)
Mention = Annotated[str, typer.Argument(help="A mention: its id in hub.mentions, or source:source_key.")]


@app.command()
def show(person: Whom, who: Who, why: Why, date_: Published = None, as_json: AsJson = False) -> None:
    """Show the 360° card of a person or an organisation.

    A person's card has identity, contact data, Padró, relations, pending matters, interactions, taxes, consents and
    interests. An organisation's card has its administrators, representatives, licences, taxes and interactions.
    This is personal data: Fil logs who looks and why before it shows anything.
    """
    home, reader = prepared_home(), Reader(*signed(who, why))
    with open_published(home, _day(date_)) as connection:
        for party in find_and_log(connection, home, person, "person show", reader):
            _print(party, card(connection, party), as_json=as_json)


@app.command("history")
def history_(person: Whom, who: Who, why: Why, date_: Published = None, as_json: AsJson = False) -> None:
    """Show the values that each source has sent, with their dates, and the changes of ids and consents.

    This is personal data: Fil logs who looks and why before it shows anything.
    """
    home, reader = prepared_home(), Reader(*signed(who, why))
    with open_published(home, _day(date_)) as connection:
        for party in find_and_log(connection, home, person, "person history", reader):
            _print(party, history(connection, party), as_json=as_json)


@app.command()
def trace(
    person: Whom,
    who: Who,
    why: Why,
    attribute: Annotated[str | None, typer.Option(help="Show only this attribute, for example address.")] = None,
    date_: Published = None,
    as_json: AsJson = False,
) -> None:
    """Show the lines of the landed extracts from which a golden record takes its values.

    Lines that may show a protected person's address are left out. This is personal data: Fil logs who looks and why
    before it shows anything.
    """
    home, reader = prepared_home(), Reader(*signed(who, why))
    contracts = {contract.source: contract for contract in load_contracts()}
    day = published_date(home, _day(date_))
    with open_published(home, day) as connection:
        for party in find_and_log(connection, home, person, "person trace", reader):
            values = golden_mentions(connection, party, attribute)
            if not values:
                raise StepFailed(
                    f"the golden record of {party.party_id} has no value for that attribute; "
                    "`fil person show` lists the attributes that have one"
                )
            lines = [trace_record(home.directory, contracts, source, key, day) for source, key, _ in values]
            originals = [(line.original_line or "").strip() for line in lines]
            if is_reserved(connection, party):
                hidden = set(range(len(lines)))
            else:
                contacts = contacts_of_protected(connection, home.directory)
                hidden = tell_of_protected(connection, originals, contacts=contacts)
            found = [
                (attributes, line, RESERVED_LINE if place in hidden else originals[place])
                for place, ((*_, attributes), line) in enumerate(zip(values, lines, strict=True))
            ]
            if as_json:
                print_json(
                    [
                        {"attributes": names, "file": line.file, "line": line.line_number, "text": text}
                        for names, line, text in found
                    ]
                )
                continue
            for names, line, text in found:
                typer.echo(f"{', '.join(names)}: {line.file}, line {line.line_number}")
                typer.echo(f"  {printable(text)}")


@app.command("explain")
def explain(
    one: Mention,
    other: Mention,
    who: Who,
    why: Why,
    date_: Published = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Also write the result with a chart to this HTML file. The file holds personal data."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain why a night linked two mentions, or did not.

    The command compares the fields, lists the match weight of each comparison in bits and the links between the
    two mentions, and names what decided. This is personal data: Fil logs who looks and why before it shows anything.
    """
    from orchestration.casework.pair_explanation import explain_pair
    from orchestration.rendering.pages import write_page
    from orchestration.reports.explanation import as_data, as_page, last_word, tables, verdict

    home = prepared_home()
    reader = Reader(*signed(who, why))
    pair = explain_pair(home, (one, other), _day(date_), reader)
    if html:
        write_page(html, as_page(pair))
    if as_json:
        print_json(as_data(pair))
        return
    typer.echo(verdict(pair))
    typer.echo(printable(last_word(pair)))
    for table in tables(pair):
        typer.echo("")
        for line in table.lines():
            typer.echo(printable(line))


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _print(party: Party, tables: list[Table], *, as_json: bool) -> None:
    if as_json:
        sections = {table.title: table.records() for table in tables}
        print_json({party.column: party.party_id, **sections})
        return
    typer.echo(f"{'Organisation' if party.is_organisation else 'Person'} {party.party_id}")
    for table in tables:
        for line in table.lines():
            typer.echo(printable(line))
