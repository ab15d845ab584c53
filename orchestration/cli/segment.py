"""Commands on segments: list and preview them, their results, a person's place in one, and a new one."""

import json
from typing import Annotated

import typer

from orchestration.casework.find_party import find_person
from orchestration.cli.party import Whom, asked
from orchestration.cli.person import Night
from orchestration.cli.terminal import Who, Why, account, prepared_home, printable, signed
from orchestration.home.access_log import Reader, log_access
from orchestration.home.settings import Settings
from orchestration.outgoing.campaign_results import campaign_results
from orchestration.outgoing.segment_counts import members_by_segment, preview
from orchestration.outgoing.segments import declared_segments, explain, write_skeleton
from orchestration.past_nights.published import open_published
from orchestration.rendering.tables import Cell, Table

app = typer.Typer(
    help="List, preview and create segments, and explain why a person is or is not in one.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the segment.")]


@app.command("list")
def list_(date_: Night = None) -> None:
    """List the segments with their legal bases, channels, topics and number of people."""
    with open_published(Settings.from_environment().home, date_.date() if date_ else None) as connection:
        members = members_by_segment(connection)
    rows: list[list[Cell]] = [
        [
            segment.name,
            str(segment.meta["title"]),
            str(segment.meta["purpose"]),
            ", ".join(segment.meta["bases"]),
            ", ".join(segment.meta["channels"]),
            *members.get(segment.name, (0, "0")),
        ]
        for segment in declared_segments()
    ]
    _echo([Table("Segments", ["segment", "title", "purpose", "rests on", "channels", "topics", "people"], rows)])


@app.command("preview")
def preview_(
    name: Name,
    topic: Annotated[str | None, typer.Option(help="Show only this topic.")] = None,
    date_: Night = None,
    who: Annotated[
        str, typer.Option(help="Your name, kept in the journal. Default: the name of the user account.")
    ] = "",
    why: Annotated[str, typer.Option(help="The reason, without personal data, kept in the journal.")] = "",
) -> None:
    """Show how many people each check of a segment leaves, and its members by topic, channel, language and barri.

    Nothing is sent. Counts are rounded and small counts are hidden. Fil logs who looks before it shows anything.
    """
    home = prepared_home()
    with open_published(home, date_.date() if date_ else None) as connection:
        tables = preview(connection, name, topic)
        what = f"segment preview {name}{f' --topic {topic}' if topic else ''}"
        log_access(home, what, [], Reader(who.strip() or account(), why.strip()))
        _echo(tables)


@app.command("results")
def results_(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this segment, with its campaigns.")] = None,
    by_barri: Annotated[bool, typer.Option("--by-barri", help="Also show each barri.")] = False,
    date_: Night = None,
    as_json: Annotated[bool, typer.Option("--json", help="Also print the results as JSON on the last line.")] = False,
) -> None:
    """Show how many messages of each segment were sent, arrived and were opened, by channel.

    Counts are rounded and small counts are hidden. They are in the table campaign_results, too.
    """
    cuts = ["segment", *(["campaign"] if name else [])]
    if by_barri:
        cuts += [f"{cut}_barri" for cut in cuts]
    with open_published(Settings.from_environment().home, date_.date() if date_ else None) as connection:
        results = campaign_results(connection, name, cuts)
    _echo([result.table() for result in results])
    if as_json:
        typer.echo(json.dumps({result.cut: result.rows for result in results}))


@app.command("explain")
def explain_(
    name: Name,
    person: Whom,
    who: Who,
    why: Why,
    date_: Night = None,
) -> None:
    """Show why a person is or is not in a segment.

    This is personal data: Fil logs who looks and why before it shows anything.
    """
    home, reader = prepared_home(), Reader(*signed(who, why))
    with open_published(home, date_.date() if date_ else None) as connection:
        person_ids = find_person(connection, asked(person))
        log_access(home, f"segment explain {name}", person_ids, reader)
        for person_id in person_ids:
            _echo(explain(connection, name, person_id))


@app.command("new")
def new(name: Name, title: Annotated[str, typer.Option(help="Title of the service, as people know it.")] = "") -> None:
    """Write the SQL and YAML of a new segment as a template, and list it. Edit them; the next night builds it."""
    for path in write_skeleton(name, title):
        typer.echo(str(path))


def _echo(tables: list[Table]) -> None:
    for table in tables:
        for line in table.lines():
            typer.echo(printable(line))
        typer.echo("")
