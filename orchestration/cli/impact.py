"""Commands on person ids: what a night would change, the approval of those changes, and how stable ids are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import duckdb
import typer

from matching.identity.impact import CHANGES, approve, impact
from matching.parties import ORGANISATION, PERSON
from orchestration.cli.terminal import AsJson, LastRun, Published, Who, Why, print_json, print_table, signed
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.last_night import date_of_work, work_of_night
from orchestration.past_nights.published import open_published
from orchestration.rendering.tables import Cell, Table
from sources.base.wording import counted

app = typer.Typer(
    help="List the ids that a night would change, approve the changes, and show how stable ids are.",
    no_args_is_help=True,
)


@app.command()
def show(
    date_: LastRun = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of changes to list.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the ids that the last night would change, with the cause of each change. It shows no personal data."""
    with _last_run(Settings.from_environment().home, date_) as (connection, day):
        changes = impact(connection, day)
        rows = connection.execute(
            "select event, array_to_string(ids_before, ' '), array_to_string(ids_after, ' '), cause"
            f" from (from {PERSON.events} union all from {ORGANISATION.events})"
            " where business_date = $day and list_contains($changes, event) and ids_before <> ids_after"
            " order by all limit $limit",
            {"day": day, "changes": list(CHANGES), "limit": limit},
        ).fetchall()
    table = _changes_of_ids(day, rows)
    if as_json:
        print_json({"business_date": day, **asdict(changes), "budget": changes.budget, "changes": table.records()})
        return
    print_table(table)
    typer.echo(
        f"{changes.people:,} of {changes.known:,} ids of persons and organisations change: {changes.merged:,} merged,"
        f" {changes.split:,} split, {changes.reassigned:,} moved."
        f" A night may change {changes.budget:,} without approval."
    )


@app.command()
def stability(
    nights: Annotated[int, typer.Option(min=1, help="Number of last nights with changes to list.")] = 30,
    date_: Published = None,
    as_json: AsJson = False,
) -> None:
    """Show for each night the share of ids that stayed the same, and the cause of each kind of change."""
    with open_published(Settings.from_environment().home, date_.date() if date_ else None) as connection:
        rows = connection.execute(
            "select business_date::varchar, entity, event, cause_kind, ids, share from published.hub.id_stability"
            " where ids > 0 qualify dense_rank() over (order by business_date desc) <= $1"
            " order by business_date, entity desc, event <> 'kept', event, cause_kind",
            [nights],
        ).fetchall()
    table = Table("Ids, night by night", ("night", "of a", "event", "cause", "ids", "share"), rows)
    print_table(table, as_json=as_json)


@app.command("approve")
def approve_(
    people: Annotated[int, typer.Option(min=1, help="Number of people, as `fil impact show` prints it.")],
    who: Who,
    why: Why,
    date_: LastRun = None,
) -> None:
    """Allow a night to change the ids of this number of people, as `fil impact show` prints it for that night."""
    home, signature = Settings.from_environment().home, signed(who, why)
    with _last_run(home, date_) as (connection, day):
        found = impact(connection, day).people
    if people != found:
        raise ConfigurationError(
            f"--people {people}: the night of {day} would change the ids of {counted(found, 'person', 'people')}; "
            f"check them with `fil impact show --date {day}`"
        )
    approve(home.registry, day, people, *signature)
    allowed = counted(people, "person", "people")
    typer.echo(f"The night of {day} may change the ids of {allowed}. Run the night again: fil nightly --date {day}")


@contextmanager
def _last_run(home: Home, given: datetime | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, date]]:
    """The work database of the last night, and its business date.

    Raises:
        StepFailed: the last night is another one than the given.
    """
    asked = given.date() if given else None
    with duckdb.connect(":memory:") as connection, work_of_night(connection, home, asked) as missing:
        if missing:
            raise StepFailed(f"the changes of {asked or 'the last night'} are not known: {missing}")
        yield connection, date_of_work(connection)


def _changes_of_ids(day: date, rows: Sequence[Sequence[Cell]]) -> Table:
    nothing = f"The night of {day} changes no id."
    return Table(f"Changes of ids, {day}", ("event", "before", "after", "cause"), rows, empty=nothing)
