"""The outcome of one expectation, in counts and names alone; no value of any row ever stands here."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn"]

NOT_EVALUATED = -1


@dataclass(frozen=True)
class Outcome:
    """Whether a relation met an expectation.

    `observed` counts rows, or rows against it, or is a figure of drift; it is -1 where nothing was evaluated.
    """

    name: str
    relation: str
    severity: Severity
    passed: bool
    observed: float
    expected: str
