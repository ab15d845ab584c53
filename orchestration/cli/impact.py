"""Commands on the life of ids: what a night would change, a person's approval of it, and how stable they are."""

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

app = typer.Typer(
    help="See and approve a night that would change many people's ids; how stable ids are.", no_args_is_help=True
)
Night = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The night's business date.")]


@app.command()
def show(
    date_: Night, limit: Annotated[int, typer.Option(min=1, help="At most so many changes are listed.")] = 50
) -> None:
    """Show what the last night would change, and why: ids and opaque mentions alone."""
    day, settings = date_.date(), Settings.from_environment()
    with duckdb.connect(":memory:") as connection, work_of_night(connection, settings, day) as missing:
        if missing:
            raise StepFailed(f"the changes of {day} can't be shown: {missing}")
        found = impact(connection, day)
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
        f"{found.people} people of {found.known} in all: {found.merged} in merges, {found.split} in splits, "
        f"{found.reassigned} moved; {found.budget} may be changed without approval"
    )


@app.command()
def stability(
    nights: Annotated[int, typer.Option(min=1, help="The last so many nights with changes.")] = 30,
    date_: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="A published night; the last unless said.")
    ] = None,
) -> None:
    """Show, night by night, the share of ids that was kept, and by cause what became of the others."""
    with open_published(Settings.from_environment(), date_.date() if date_ else None) as connection:
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
    date_: Night, people: Annotated[int, typer.Option(min=1, help="As many as you have seen.")], who: Who, why: Why
) -> None:
    """Let a night change the ids of so many people, and no more."""
    approve(Settings.from_environment().registry_database, date_.date(), people, *signed(who, why))
    typer.echo(f"The night of {date_.date()} may change {people} people; run it again")
