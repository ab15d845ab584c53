"""Commands on person ids: what a night would change, the approval of those changes, and how stable ids are."""

from datetime import datetime
from typing import Annotated

import duckdb
import typer

from matching.identity.impact import CHANGES, approve, impact
from matching.parties import ORGANISATION, PERSON
from orchestration.cli.terminal import Who, Why, signed
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import Settings
from orchestration.past_nights.last_night import work_of_night
from orchestration.past_nights.published import open_published
from orchestration.rendering.tables import Table
from sources.base.wording import counted

app = typer.Typer(
    help="List the ids that a night would change, approve the changes, and show how stable ids are.",
    no_args_is_help=True,
)
Night = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Business date of the night.")]


@app.command()
def show(
    date_: Night, limit: Annotated[int, typer.Option(min=1, help="Maximum number of changes to list.")] = 50
) -> None:
    """List the ids that the last night would change, with the cause of each change. It shows no personal data."""
    day, home = date_.date(), Settings.from_environment().home
    with duckdb.connect(":memory:") as connection, work_of_night(connection, home, day) as missing:
        if missing:
            raise StepFailed(f"the changes of {day} can't be shown: {missing}")
        changes = impact(connection, day)
        rows = connection.execute(
            "select event, array_to_string(ids_before, ' '), array_to_string(ids_after, ' '), cause"
            f" from (from {PERSON.events} union all from {ORGANISATION.events})"
            " where business_date = $day and list_contains($changes, event) and ids_before <> ids_after"
            " order by all limit $limit",
            {"day": day, "changes": list(CHANGES), "limit": limit},
        ).fetchall()
    for line in Table("Changes of ids", ("event", "before", "after", "cause"), rows).lines():
        typer.echo(line)
    typer.echo(
        f"{changes.people:,} of {changes.known:,} ids of persons and organisations change: {changes.merged:,} merged,"
        f" {changes.split:,} split, {changes.reassigned:,} moved."
        f" A night may change {changes.budget:,} without approval."
    )


@app.command()
def stability(
    nights: Annotated[int, typer.Option(min=1, help="Number of last nights with changes to list.")] = 30,
    date_: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Business date of a published night. Default: the last one."),
    ] = None,
) -> None:
    """Show for each night the share of ids that stayed the same, and the cause of each kind of change."""
    with open_published(Settings.from_environment().home, date_.date() if date_ else None) as connection:
        rows = connection.execute(
            "select business_date::varchar, entity, event, cause_kind, ids, share from published.hub.id_stability"
            " where ids > 0 qualify dense_rank() over (order by business_date desc) <= $1"
            " order by business_date, entity desc, event <> 'kept', event, cause_kind",
            [nights],
        ).fetchall()
    for line in Table("Ids, night by night", ("night", "of a", "event", "cause", "ids", "share"), rows).lines():
        typer.echo(line)


@app.command("approve")
def approve_(
    date_: Night,
    people: Annotated[int, typer.Option(min=1, help="Number of people, as `fil impact show` prints it.")],
    who: Who,
    why: Why,
) -> None:
    """Allow a night to change the ids of at most this number of people."""
    day = date_.date()
    approve(Settings.from_environment().home.registry, day, people, *signed(who, why))
    allowed = counted(people, "person", "people")
    typer.echo(f"The night of {day} may change the ids of {allowed}. Run the night again: fil nightly --date {day}")
