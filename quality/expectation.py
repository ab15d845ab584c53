"""Expectations as data, so that suites are read and tested without loading Great Expectations.

Each factory names the Great Expectations class and its arguments; `run.py` evaluates them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from quality.outcome import Severity


@dataclass(frozen=True)
class Expectation:
    """One expectation of a relation."""

    name: str
    kind: str
    arguments: Mapping[str, object]
    expected: str
    severity: Severity = "block"


@dataclass(frozen=True)
class Relation:
    """A relation of the work database with its expectations; `flags` are boolean columns that they need, as SQL."""

    name: str
    expectations: tuple[Expectation, ...]
    flags: Mapping[str, str] | None = None

    @property
    def query(self) -> str:
        """The query of the relation, with a boolean column per flag; null becomes false."""
        flags = "".join(f", coalesce({condition}, false) as {flag}" for flag, condition in (self.flags or {}).items())
        return f"select *{flags} from work.{self.name}"


@dataclass(frozen=True)
class Suite:
    """A named list of relations."""

    name: str
    checked: tuple[Relation, ...]

    @property
    def relations(self) -> tuple[str, ...]:
        """The names of the relations that the suite checks."""
        return tuple(relation.name for relation in self.checked)


def rows_between(least: int, most: int | None = None, severity: Severity = "block") -> Expectation:
    """The relation has at least `least` rows, and at most `most`."""
    bound = f"{least} rows or more" if most is None else f"{least} to {most} rows"
    arguments = {"min_value": least, "max_value": most}
    return Expectation("row_count", "ExpectTableRowCountToBeBetween", arguments, bound, severity)


def not_null(column: str) -> Expectation:
    """The column is never null."""
    return Expectation(f"{column}_not_null", "ExpectColumnValuesToNotBeNull", {"column": column}, "0 rows without it")


def unique(column: str) -> Expectation:
    """No value of the column is repeated."""
    return Expectation(f"{column}_unique", "ExpectColumnValuesToBeUnique", {"column": column}, "0 rows that repeat it")


def unique_together(*columns: str) -> Expectation:
    """No combination of the columns is repeated."""
    return Expectation(
        "_and_".join(columns) + "_unique",
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": list(columns)},
        "0 rows that repeat them",
    )


def one_of(column: str, *codes: str) -> Expectation:
    """The column is null or one of the codes."""
    return Expectation(
        f"{column}_code",
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": list(codes)},
        f"0 rows outside {', '.join(codes)}",
    )


def holds(flag: str, share: float = 1.0, severity: Severity = "block") -> Expectation:
    """A boolean column is true, for all rows or at least for a share of them."""
    expected = "0 rows against it" if share == 1.0 else f"rows against it at most {1 - share:.1%}"
    return Expectation(
        flag, "ExpectColumnValuesToBeInSet", {"column": flag, "value_set": [True], "mostly": share}, expected, severity
    )
