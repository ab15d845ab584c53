"""A source's contract as frozen values, for parser, quarantine and checks; `odcs.py` reads it from its file."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sources.base.sql import identifier

_DATE_IN_NAME = r"(?P<date>[0-9]{8})"
# The longest value of a field without maxLength in its contract, in characters.
LONGEST = 250
# Classes of fields that forbid something: they take effect even if their row is quarantined.
_READ_IN_QUARANTINE = ("consent", "protection")
# Every agreement must allow this purpose: to link the records of one person.
_LINK = "link"


@dataclass(frozen=True)
class Field:
    """One property of an entity: its place in the file, and its allowed values."""

    name: str
    start: int | None
    width: int | None
    is_required: bool
    codes: tuple[str, ...]
    date_format: Literal["padro", "iso_date", "iso_datetime"] | None
    may_be_future: bool
    not_before: date | None
    most_days_back: int | None
    max_length: int
    pattern: str | None
    field_class: str
    path: str
    description: str

    @property
    def column(self) -> str:
        """The field's quoted column in SQL; some sources use SQL keywords as names."""
        return identifier(self.name)


@dataclass(frozen=True)
class RowRule:
    """A rule for whole rows; `condition` is SQL over the fields and `extract_date`.

    A row that breaks a rule with severity `block` is quarantined. One that breaks a rule with severity `warn` is used,
    counted and listed.
    """

    name: str
    condition: str
    severity: Literal["block", "warn"] = "block"


@dataclass(frozen=True)
class ExpectedShare:
    """The smallest share of an extract's rows that must meet a condition; a lower share blocks the night, or warns."""

    name: str
    condition: str
    least: float
    severity: Literal["block", "warn"] = "block"


@dataclass(frozen=True)
class Query:
    """What to query in a source's own database: a relation, and the column with the time of a row's last change."""

    relation: str
    watermark: str
    overlap_minutes: int


@dataclass(frozen=True)
class ExtractTerms:
    """How a source delivers its extracts, how many errors and days of delay are allowed, and if a night requires it.

    A source is late after `cadence_days` without an extract. After `staleness_days` no night may use the last extract.
    An extract with more than `usual_times` the rows of earlier extracts is treated as a mistake.
    """

    kind: Literal["snapshot", "changes", "events"]
    file_pattern: str
    format: Literal["delimited", "fixed_width", "geojson", "json_lines", "parquet", "xlsx", "xml"]
    staleness_days: int
    max_quarantine_share: float
    min_rows: int
    usual_times: float
    cadence_days: int
    record_bytes: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    is_quoted: bool = False
    archive: Literal["zip"] | None = None
    record: str | None = None
    sheet: str | None = None
    crs: str | None = None
    geometry_types: tuple[str, ...] = ()
    query: Query | None = None
    variations: str | None = None
    is_required: bool = False

    def date_of(self, file_name: str) -> date | None:
        """The extract date in a file's name, or None if the name does not match this source's pattern."""
        pattern = re.escape(self.file_pattern).replace(r"\{date\}", _DATE_IN_NAME)
        match = re.fullmatch(pattern, file_name)
        try:
            return date.fromisoformat(match["date"]) if match else None
        except ValueError:
            return None

    def is_late(self, days: int | None) -> bool:
        """Whether the source is late after this many days without a good extract; None means it never had one."""
        return days is None or days >= self.cadence_days


@dataclass(frozen=True)
class Agreement:
    """The conveni that allows the use of a source: its controller, its purposes, its first and last day.

    The purposes in `public_task` need no consent of the people whom the service has just attended.
    """

    controller: str
    basis: str
    purposes: tuple[str, ...]
    valid_from: date
    valid_to: date
    public_task: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """One source with its one entity. Without a key, the values of a row identify it.

    `withdraws` is an SQL condition on rows: it is true if a row withdraws or refuses something.
    `reports_death` is true if a row reports a death, which applies even if the row is quarantined.
    """

    source: str
    title: str
    purpose: str
    entity: str
    grain: str
    version: str
    key: str | None
    fields: tuple[Field, ...]
    row_rules: tuple[RowRule, ...]
    shares: tuple[ExpectedShare, ...]
    delivery: ExtractTerms
    agreement: Agreement | None
    retention: str
    lists_each_person_once: bool = False
    withdraws: str | None = None
    reports_death: str | None = None

    def gap(self, day: date) -> str | None:
        """Why Fil may not use the source on a day; None if its agreement is in force and allows linking."""
        if self.agreement is None:
            return "it has no agreement"
        if day < self.agreement.valid_from:
            return f"its agreement begins on {self.agreement.valid_from}"
        if day > self.agreement.valid_to:
            return f"its agreement ended on {self.agreement.valid_to}"
        return None if _LINK in self.agreement.purposes else "its agreement does not allow its records to be linked"

    @property
    def relation(self) -> str:
        """The name of the source's table in the schema `raw`."""
        return f"{self.source}__{self.entity}"

    def fields_of(self, *classes: str) -> tuple[str, ...]:
        """The names of the fields that have one of these classes."""
        return tuple(field.name for field in self.fields if field.field_class in classes)

    @property
    def read_in_quarantine(self) -> tuple[str, ...]:
        """The names of the fields that take effect even if their row is quarantined: consents, protections."""
        return self.fields_of(*_READ_IN_QUARANTINE)


def raw_relations(contract: Contract) -> list[str]:
    """The names of a source's tables in the schema `raw`; the table of its rows comes first.

    `_quarantined` has the quarantined rows of a source with consents, protections or deaths. `_first_told` has the
    first extract of each consent that several extracts contain. `_previous` has the snapshot before the last one, for a
    source with variations.
    """
    beside = {
        "quarantined": bool(contract.read_in_quarantine or contract.reports_death),
        "first_told": contract.withdraws is not None,
        "previous": bool(contract.delivery.variations),
    }
    return [contract.relation, *(f"{contract.relation}_{name}" for name, is_kept in beside.items() if is_kept)]
