"""What commands share that show or sign something."""

import getpass
import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from orchestration.home.home import Home
from orchestration.home.process import set_up_process
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.rendering.tables import Table

Who = Annotated[str, typer.Option(help="Your name, kept in the journal.")]
_DATE = ["%Y-%m-%d"]
Published = Annotated[
    datetime | None,
    typer.Option("--date", formats=_DATE, help="Business date of a published night. Default: the last one."),
]
LastRun = Annotated[
    datetime | None,
    typer.Option("--date", formats=_DATE, help="Business date of the night. Default: the last one, published or not."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout, on one line.")]
Why = Annotated[str, typer.Option(help="The reason, without personal data, kept in the journal.")]


def printable(text: str) -> str:
    """A value with its control characters escaped, because a terminal would obey them."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def prepared_home() -> Home:
    """The home, with this process set up for it."""
    home = Settings.from_environment().home
    set_up_process(home)
    return home


def day_of(given: datetime | None) -> date:
    """The given day, or today by UTC, which the journal also uses."""
    return given.date() if given else datetime.now(UTC).date()


def first_day_of(given: datetime | None, home: Home) -> date:
    """The given day, or the business date of the next night: the day after the last published one, or else today."""
    from exports.publication.seal import current_date  # not at the top: every command imports this module

    last = current_date(home.published)
    return day_of(given) if given or last is None else last + timedelta(days=1)


def published_day(given: datetime | None, home: Home) -> date:
    """The given day, or that of the last published night.

    Raises:
        StepFailed: no night is published.
    """
    from orchestration.past_nights.published import published_date

    return given.date() if given else published_date(home, None)


def account() -> str:
    """The name of the account that runs the command, or an empty text if it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def signed(who: str, why: str) -> tuple[str, str]:
    """The values of --who and --why, stripped.

    Raises:
        ConfigurationError: one of them is empty.
    """
    if not who.strip() or not why.strip():
        raise ConfigurationError("--who or --why is empty: give your name and the reason; the journal keeps both")
    return who.strip(), why.strip()


def print_json(value: object) -> None:
    """Print a value as one line of JSON; dates are text."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_table(table: Table, *, as_json: bool = False) -> None:
    """Print a table for people, or its rows as JSON."""
    if as_json:
        print_json(table.records())
        return
    for line in table.lines():
        typer.echo(printable(line))


def print_warning(warning: str) -> None:
    """Print a warning to stderr, apart from the results."""
    typer.echo(f"warning: {warning}", err=True)
