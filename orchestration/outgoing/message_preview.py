"""Shows the message that a person gets from a segment, as the campaign tool renders it from the audience file."""

from collections.abc import Iterator

import duckdb

from exports.contents.content import Rendered, load_content, render
from exports.contracts.contract import load_contract
from exports.delivery.audiences import fields_sql, missing_columns
from orchestration.home.settings import ConfigurationError


def messages(
    connection: duckdb.DuckDBPyConnection, segment: str, recipient_id: str, language: str | None = None
) -> list[tuple[str, Rendered]]:
    """The topic and message of each of a recipient's audiences of a segment, before the gate.

    Args:
        connection: to a published hub (`published`).
        segment: name of the segment.
        recipient_id: person or organisation.
        language: in which to render, instead of the recipient's own.

    Raises:
        ConfigurationError: the recipient is no member of the segment.
    """
    rules = load_contract("campaigns").audiences
    if rules is None:
        return []
    query = fields_sql(rules, missing_columns(connection, rules, "published"), "published")
    rows = connection.execute(
        f"from ({query}) where segment = ? and recipient_id = ? order by topic", [segment, recipient_id]
    )
    names = [column[0] for column in rows.description or ()]
    content = load_content(segment)
    found = []
    for values in rows.fetchall():
        row = {name: None if value is None else str(value) for name, value in zip(names, values, strict=True)}
        # Without a known language the campaign tool sends the message in each.
        languages = [language or row["language"]] if language or row["language"] else content.languages
        found += [(str(row["topic"]), render(content, row | {"language": one})) for one in languages]
    if not found:
        raise ConfigurationError(
            f"the segment {segment} has no message for this recipient that night; "
            f"`fil segment explain {segment}` shows why"
        )
    return found


def message_lines(segment: str, topic: str, message: Rendered) -> Iterator[str]:
    """A message as text for a terminal."""
    yield f"{segment} {topic} (version {message.version}, {message.language})"
    yield f"  {message.subject}"
    for text, link in message.lines:
        yield f"  - {text}" + (f" <{link}>" if link else "")
