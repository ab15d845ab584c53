"""Withheld files of a delivery, and the file that replaces each of them: counts and a remedy, no name or id.

A file is withheld if a check failed (`checks.py`) or if the check of the written file failed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import ExportContract
from exports.delivery.audience_names import segment_stem, stem_of
from exports.delivery.checks import CheckOutcome, failed_outcomes
from exports.delivery.manifest import FileEntry, describe_file
from sources.base.files import write_durably

SUFFIX = ".withheld.json"
OF_TARGET = "withheld.json"


@dataclass(frozen=True)
class Reason:
    """A failed check: its observed count, or -1 if it could not be evaluated, and the expected one."""

    check: str
    observed: float
    expected: str

    def __str__(self) -> str:
        """The reason as text for people."""
        observed = "it could not be evaluated" if self.counted is None else f"observed {self.counted:g}"
        return f"{self.check} ({observed}, expected {self.expected})"

    @property
    def counted(self) -> float | None:
        """The observed count; None if the check could not be evaluated."""
        return None if self.observed < 0 else int(self.observed) if self.observed.is_integer() else self.observed


@dataclass(frozen=True)
class Withheld:
    """A withheld file, by its stem: a target's own file, an audience, or all audiences of a segment."""

    target: str
    stem: str
    reasons: tuple[Reason, ...]

    @property
    def is_targets_own(self) -> bool:
        """Whether it is the target's own file, not an audience."""
        return self.stem == self.target

    @property
    def file_name(self) -> str:
        """The name of the file that replaces it."""
        return OF_TARGET if self.is_targets_own else f"{self.stem}{SUFFIX}"

    @property
    def remedy(self) -> str:
        """What to do."""
        cause = "the segment, the consents or the requests"
        if self.is_targets_own:
            cause = "the data that the target receives"
        elif self.stem.count(".") == 1:
            cause = f"the query segment_{self.stem.removeprefix('audience.')}.sql"
        return f"correct {cause}, and run `fil nightly` for this date again"

    def __str__(self) -> str:
        """The withheld file, its reasons and its remedy as text for people."""
        return f"{self.stem}: {', '.join(map(str, self.reasons))}; {self.remedy}"


def write_withheld(withheld: Withheld, business_date: date, directory: Path) -> FileEntry:
    """Write the file that replaces a withheld file."""
    path = directory / withheld.file_name
    content = {
        "target": withheld.target,
        "withheld": withheld.stem,
        "business_date": business_date.isoformat(),
        "reasons": [
            {"check": reason.check, "observed": reason.counted, "expected": reason.expected}
            for reason in withheld.reasons
        ],
        "remedy": withheld.remedy,
    }
    write_durably(path, json.dumps(content, indent=2, sort_keys=True) + "\n")
    return describe_file(path, 0)


def withheld_again(target: str, stem: str, directory: Path) -> Withheld:
    """What a past night withheld, with the reasons in the replacing file if it can still be read."""
    unknown = Reason("checks of that night", -1.0, "that they pass")
    withheld = Withheld(target, stem, (unknown,))
    path = directory / withheld.file_name
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["reasons"]
        reasons = [
            Reason(entry["check"], -1.0 if entry["observed"] is None else float(entry["observed"]), entry["expected"])
            for entry in entries
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return withheld
    return Withheld(target, stem, tuple(reasons))


def reasons_of(counts: Mapping[str, int]) -> tuple[Reason, ...]:
    """The counts of a file as reasons; rows that are not allowed are expected to be 0."""
    if not counts:
        return (Reason("file read back", -1.0, "that it can be read"),)
    return tuple(
        Reason(name, float(count), "0" if name.startswith(("rows of", "rows that")) else "any number")
        for name, count in counts.items()
    )


def withheld_by_checks(connection: duckdb.DuckDBPyConnection, contract: ExportContract) -> list[Withheld]:
    """The files of a target that are withheld because of failed checks of the work database."""
    reasons_by_stem: dict[str, list[Reason]] = {}
    for _, outcome in failed_outcomes(connection):
        reason = Reason(f"{outcome.rule} of {outcome.relation}", outcome.observed, outcome.expected)
        for stem in _stems(connection, contract, outcome):
            reasons_by_stem.setdefault(stem, []).append(reason)
    return [Withheld(contract.target, stem, tuple(reasons)) for stem, reasons in sorted(reasons_by_stem.items())]


def _stems(connection: duckdb.DuckDBPyConnection, contract: ExportContract, outcome: CheckOutcome) -> list[str]:
    if outcome.reach == "delivery":
        return [contract.target] if outcome.relation == f"exports.{contract.target}" else []
    if contract.audiences is None or outcome.reach not in ("audiences", "segment", "audience"):
        return []
    if outcome.reach == "audiences":
        segments = connection.execute("select segment from work.hub.segments order by segment").fetchall()
        return [segment_stem(str(segment)) for (segment,) in segments]
    segment, topic = str(outcome.segment), outcome.topic
    return [segment_stem(segment) if topic is None else stem_of(segment, topic)]
