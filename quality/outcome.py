"""The outcome of one expectation: only counts and names, never a value of a row."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn"]

NOT_EVALUATED = -1


@dataclass(frozen=True)
class Outcome:
    """Whether a relation met an expectation.

    `observed` is the number of rows, the number of rows that break the expectation, or a figure of drift. It is -1 if
    the expectation could not be evaluated.
    """

    name: str
    relation: str
    severity: Severity
    passed: bool
    observed: float
    expected: str
