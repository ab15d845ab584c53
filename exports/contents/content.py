"""The text of each segment's message in each language, read strictly from `texts/<segment>.yaml`, and its rendering.

The campaign tool has the same texts. A message is rendered from the columns of its audience file alone, as there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from string import Formatter
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from exports.errors import DeliveryError

TEXTS_DIR = Path(__file__).parent / "texts"
# The language of a message whose own language has no text.
DEFAULT_LANGUAGE = "ca"
Variables = Mapping[str, str | None]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class ContentError(DeliveryError):
    """A content is missing or not valid; the message says what to correct."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """A sentence or an item of a message, with its link.

    It is in the message if each variable in `when` has one of its values (`*` stands for any characters), and if every
    variable that it names has a value.
    """

    text: Text
    link: Text | None = None
    when: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def variables(self) -> frozenset[str]:
        """The variables that the line needs."""
        return _named(self.text) | _named(self.link or "") | frozenset(self.when)

    def is_shown(self, variables: Variables) -> bool:
        """Whether the line is in the message to a recipient."""
        return all(variables.get(name) for name in self.variables) and all(
            any(fnmatchcase(variables[name] or "", value) for value in values) for name, values in self.when.items()
        )


class Message(_Strict):
    """The subject and the lines of a message in one language."""

    subject: Text
    lines: tuple[Line, ...] = Field(min_length=1)

    @property
    def variables(self) -> frozenset[str]:
        """The variables that the message needs."""
        return _named(self.subject).union(*(line.variables for line in self.lines))


class Content(_Strict):
    """The message of a segment, with the version of its text, by language."""

    segment: str
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]+$")]
    languages: Mapping[str, Message]

    @property
    def variables(self) -> frozenset[str]:
        """The variables that the message needs in any language."""
        return frozenset[str]().union(*(message.variables for message in self.languages.values()))


@dataclass(frozen=True)
class Rendered:
    """A message as its recipient gets it; each line with its link."""

    version: str
    language: str
    subject: str
    lines: tuple[tuple[str, str | None], ...]


def load_content(segment: str, directory: Path = TEXTS_DIR) -> Content:
    """Read the content of a segment.

    Raises:
        ContentError: the file is missing or not valid.
    """
    path = directory / f"{segment}.yaml"
    if not path.is_file():
        raise ContentError(f"the segment {segment} has no content: write {path}")
    try:
        content = Content.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise ContentError(f"{path} is not a valid content: {error}") from error
    if content.segment != segment or DEFAULT_LANGUAGE not in content.languages:
        raise ContentError(f"{path} must be of the segment {segment} and have the language {DEFAULT_LANGUAGE}")
    return content


def render(content: Content, variables: Variables) -> Rendered:
    """The message to a recipient, by the columns of the audience file.

    Raises:
        ContentError: a variable of the subject has no value.
    """
    asked = variables.get("language") or DEFAULT_LANGUAGE
    language = asked if asked in content.languages else DEFAULT_LANGUAGE
    message = content.languages[language]
    missing = [name for name in sorted(_named(message.subject)) if not variables.get(name)]
    if missing:
        raise ContentError(f"the subject of {content.segment} needs {', '.join(missing)}: no value is delivered")
    lines = [
        (line.text.format_map(variables), line.link.format_map(variables) if line.link else None)
        for line in message.lines
        if line.is_shown(variables)
    ]
    return Rendered(content.version, language, message.subject.format_map(variables), tuple(lines))


def _named(text: str) -> frozenset[str]:
    """The variables in braces in a text."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
