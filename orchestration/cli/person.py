"""Commands on a person: why two mentions are or are not one."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.access_log import Reader
from orchestration.cli.terminal import prepared_settings, printable, signed

app = typer.Typer(help="What is known of a person, and why.", no_args_is_help=True)
_SIGNATURE = ("--steward", "--reason")
Mention = Annotated[str, typer.Argument(help="Id of a mention, as in hub.mentions, or source:source_key.")]


@app.command("explain")
def explain(
    one: Mention,
    other: Mention,
    steward: Annotated[str, typer.Option(help="Who looks; kept in the journal.")],
    reason: Annotated[str, typer.Option(help="Why, without personal data; kept in the journal.")],
    date_: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="A published night; the last unless said.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page with its chart, too: personal data.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON on the last line.")] = False,
) -> None:
    """Explain why a night found two mentions to be one person or organisation, or two.

    Field by field and bit by bit, the chain of links that joins the two, and whose word came last. This is personal
    data: who looks and why is written down first.
    """
    from orchestration.explaining import explain_pair
    from orchestration.explanation_report import as_data, as_page, last_word, tables, verdict
    from orchestration.pages import write_page

    settings = prepared_settings()
    reader = Reader(*signed(steward, reason, _SIGNATURE))
    pair = explain_pair(settings, (one, other), date_.date() if date_ else None, reader)
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
