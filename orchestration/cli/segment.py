"""Commands on segments: list and preview them, their results, a person's place in one, and a new one."""

from typing import Annotated

import typer

from orchestration.casework.card import missing_contacts
from orchestration.casework.find_party import Party, find_person
from orchestration.cli.party import Whom, asked
from orchestration.cli.terminal import (
    AsJson,
    Published,
    Who,
    Why,
    account,
    prepared_home,
    print_json,
    print_table,
    printable,
    signed,
)
from orchestration.home.access_log import Reader, log_access
from orchestration.home.settings import Settings
from orchestration.outgoing.campaign_results import campaign_results
from orchestration.outgoing.message_preview import message_lines, messages
from orchestration.outgoing.segment_counts import counted_segments, members_by_segment, preview
from orchestration.outgoing.segments import declared_segments, explain, write_skeleton
from orchestration.past_nights.published import open_published
from orchestration.rendering.tables import Cell, Table

app = typer.Typer(
    help="List, preview and create segments, and explain why a person is or is not in one.", no_args_is_help=True
)
# The reason of the funnel for a person whom no channel reaches.
_NO_ADDRESS = "no_address"
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the segment.")]


@app.command("list")
def list_(date_: Published = None, as_json: AsJson = False) -> None:
    """List the segments with their legal bases, channels, topics and number of people."""
    with open_published(Settings.from_environment().home, date_.date() if date_ else None) as connection:
        members, counted = members_by_segment(connection), counted_segments(connection)
    rows: list[list[Cell]] = [
        [
            segment.name,
            str(segment.meta["title"]),
            str(segment.meta["purpose"]),
            ", ".join(segment.meta["bases"]),
            ", ".join(segment.meta["channels"]),
            *(members.get(segment.name, (0, "0")) if segment.name in counted else (None, "not yet counted")),
        ]
        for segment in declared_segments()
    ]
    table = Table("Segments", ["segment", "title", "purpose", "rests on", "channels", "topics", "people"], rows)
    print_table(table, as_json=as_json)


@app.command("preview")
def preview_(
    name: Name,
    topic: Annotated[str | None, typer.Option(help="Show only this topic.")] = None,
    date_: Published = None,
    who: Annotated[
        str, typer.Option(help="Your name, kept in the journal. Default: the name of the user account.")
    ] = "",
    why: Annotated[str, typer.Option(help="The reason, without personal data, kept in the journal.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show how many people each check of a segment leaves, and its members by topic, channel, language and barri.

    Nothing is sent. Counts are rounded and small counts are hidden. Fil logs who looks before it shows anything.
    """
    home = prepared_home()
    with open_published(home, date_.date() if date_ else None) as connection:
        tables = preview(connection, name, topic)
        what = f"segment preview {name}{f' --topic {topic}' if topic else ''}"
        log_access(home, what, [], Reader(who.strip() or account(), why.strip()))
        _echo(tables, as_json=as_json)


@app.command("results")
def results_(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this segment, with its campaigns.")] = None,
    by_barri: Annotated[bool, typer.Option("--by-barri", help="Also show each barri.")] = False,
    date_: Published = None,
    as_json: AsJson = False,
) -> None:
    """Show how many messages of each segment were sent, arrived and were opened, by channel.

    Counts are rounded and small counts are hidden. They are in the table campaign_results, too.
    """
    cuts = ["segment", *(["campaign"] if name else [])]
    if by_barri:
        cuts += [f"{cut}_barri" for cut in cuts]
    with open_published(Settings.from_environment().home, date_.date() if date_ else None) as connection:
        results = campaign_results(connection, name, cuts)
    if as_json:
        print_json({result.cut: result.rows for result in results})
    else:
        _echo([result.table() for result in results], as_json=False)


@app.command("explain")
def explain_(
    name: Name,
    person: Whom,
    who: Who,
    why: Why,
    date_: Published = None,
    as_json: AsJson = False,
) -> None:
    """Show why a person is or is not in a segment.

    This is personal data: Fil logs who looks and why before it shows anything.
    """
    home, reader = prepared_home(), Reader(*signed(who, why))
    with open_published(home, date_.date() if date_ else None) as connection:
        person_ids = find_person(connection, asked(person))
        log_access(home, f"segment explain {name}", person_ids, reader)
        for person_id in person_ids:
            tables = explain(connection, name, person_id)
            if any(_NO_ADDRESS in row for table in tables for row in table.rows):
                tables += missing_contacts(connection, Party(person_id))
            _echo(tables, as_json=as_json)


@app.command("message")
def message_(
    name: Name,
    recipient: Annotated[str, typer.Option("--to", metavar="ID", help="Id of the person or organisation.")],
    who: Who,
    why: Why,
    language: Annotated[
        str | None, typer.Option(help="Render in this language (ca or es), not the recipient's.")
    ] = None,
    date_: Published = None,
) -> None:
    """Show the message that a recipient gets from a segment, as the campaign tool renders it. Nothing is sent.

    This is personal data: Fil logs who looks and why before it shows anything.
    """
    home, reader = prepared_home(), Reader(*signed(who, why))
    with open_published(home, date_.date() if date_ else None) as connection:
        log_access(home, f"segment message {name}", [recipient], reader)
        for topic, message in messages(connection, name, recipient, language):
            for line in message_lines(name, topic, message):
                typer.echo(printable(line))
            typer.echo("")


@app.command("new")
def new(name: Name, title: Annotated[str, typer.Option(help="Title of the service, as people know it.")] = "") -> None:
    """Write the SQL and YAML of a new segment as a template, and list it. Edit them; the next night builds it."""
    for path in write_skeleton(name, title):
        typer.echo(str(path))


def _echo(tables: list[Table], *, as_json: bool) -> None:
    if as_json:
        print_json({table.title: table.records() for table in tables})
        return
    for table in tables:
        for line in table.lines():
            typer.echo(printable(line))
        typer.echo("")
