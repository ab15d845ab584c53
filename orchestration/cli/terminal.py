"""What every command that shows or signs something has in common."""

import getpass
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from orchestration.home.settings import ConfigurationError, Settings

Who = Annotated[str, typer.Option(help="Who does this; kept in the journal.")]
Why = Annotated[str, typer.Option(help="Why, without personal data; kept in the journal.")]


def printable(text: str) -> str:
    """A value for a terminal, which would obey control characters."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def prepared_settings() -> Settings:
    """The settings, with the directories made."""
    settings = Settings.from_environment()
    settings.prepare()
    return settings


def day_of(told: datetime | None) -> date:
    """A day as told, or today by UTC, as everything in the journal."""
    return told.date() if told else datetime.now(UTC).date()


def account() -> str:
    """The name of the account that runs the command, or nothing where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def signed(who: str, why: str, options: tuple[str, str] = ("--who", "--why")) -> tuple[str, str]:
    """Who does something and why.

    Raises:
        ConfigurationError: one of them says nothing.
    """
    if not who.strip() or not why.strip():
        raise ConfigurationError(f"{' and '.join(options)} must say something: they stand in the journal for good")
    return who.strip(), why.strip()
