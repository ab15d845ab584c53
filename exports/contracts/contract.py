"""The contract of a target: its columns, its purpose and the consent that it needs, read strictly from YAML.

`candidates.py` and the modules in `gate/` turn a contract into queries.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from exports.contracts.declared import declared_marts, emptied_columns
from exports.contracts.purposes import consent_of

Purpose = Literal["attend", "communicate"]
FieldClass = Literal[
    "identity",
    "contact",
    "preference",
    "padro",
    "tax",
    "history",
    "consent",
    "message",
    "free_text",
    "special_category",
]
Basis = Literal["request", "consent", "public_task"]
Format = Literal["jsonl", "parquet", "csv"]
Form = Literal["plain", "joined", "phone", "channel", "list", "consents"]
ListTable = Literal["interactions", "tax_objects", "licences", "subscriptions"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Source = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z][a-z0-9_]*$")]

CONTRACTS_DIR = Path(__file__).resolve().parent
TARGETS = ("attention", "campaigns")
# Columns of the hub with text copied from sources, of a class that no target may receive.
CLASS_OF_SOURCE: dict[str, FieldClass] = {"interactions.procedure": "special_category"}
# Columns that are hidden for these are hidden on a protected person's own card. What is hidden for other reasons, such
# as a reference with a protected co-holder, may be on no card: cards of earlier nights would still show it.
_OWN = frozenset({"person", "organisation"})
# No list has free text or special categories: no target may receive them.
CLASSES_OF_PURPOSE: dict[str, frozenset[str]] = {
    "attend": frozenset({"identity", "contact", "preference", "padro", "tax", "history", "consent"}),
    "communicate": frozenset({"identity", "contact", "preference", "message"}),
}

# The least `persons.confidence` for each purpose; a contract may require more. In a simulated city of 20,000 people,
# 3 in 10,000 persons with links are below the first value and 4 in 1,000 below the second.
LEAST_CONFIDENCE_OF_PURPOSE = {"attend": 0.95, "communicate": 0.99}


class ContractError(Exception):
    """A contract is missing or not valid; the message names it and says what to correct."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListRule(_Strict):
    """Which rows of a table a card lists, and in which order."""

    table: ListTable
    limit: int = Field(ge=1, le=100)
    # Newest first; rows of the same time are ordered by the key.
    ordered_by: Name
    key: Name
    # Columns, and the values that a listed row may have in them.
    only: dict[Name, tuple[str | bool, ...]] = {}
    # Whether rows of days to come are left out.
    until_today: bool = True


class Column(_Strict):
    """One delivered field: its sources in the hub, its class and its form."""

    name: Name
    source: tuple[Source, ...] = Field(min_length=1)
    field_class: FieldClass = Field(alias="class")
    form: Form = "plain"
    rows: ListRule | None = None

    @property
    def is_list(self) -> bool:
        """Whether the field is a list, which does not fit into CSV."""
        return self.form in ("list", "consents")

    @model_validator(mode="after")
    def _sources_fit_the_form(self) -> Self:
        """A list reads its own table, every other form reads persons."""
        if (self.form == "list") != (self.rows is not None):
            raise ValueError(f"column {self.name}: form list needs the section `rows`, no other form has it")
        table = self.rows.table if self.rows else "consents" if self.form == "consents" else "persons"
        if any(source.split(".")[0] != table for source in self.source):
            raise ValueError(f"column {self.name}: form {self.form} reads {table} only")
        hidden = declared_marts()[table].columns if self.rows and table in declared_marts() else {}
        if any(set(rule.when) - _OWN for name, rule in hidden.items() if f"{table}.{name}" in self.source):
            raise ValueError(f"column {self.name}: its source may show where another holder lives")
        if any(CLASS_OF_SOURCE.get(source, self.field_class) != self.field_class for source in self.source):
            raise ValueError(f"column {self.name}: its source has a class that no target may receive")
        if self.form in ("plain", "phone") and len(self.source) != 1:
            raise ValueError(f"column {self.name}: form {self.form} needs exactly one source")
        return self


class AudienceColumn(_Strict):
    """One field of an audience: its source in the hub, its class (`message` is the text to send) and its form."""

    name: Name
    source: Annotated[str, StringConstraints(pattern=r"^segment_members\.[a-z][a-z0-9_]*(\[[1-9]\])?$")]
    field_class: FieldClass = Field(alias="class")
    # declared: only in the audiences of segments that declare this variable. derived: GENERAL if the source that it is
    # derived from may not be used for this any more.
    form: Literal["plain", "recipient", "addressee", "phone", "declared", "derived"] = "plain"

    @property
    def expression(self) -> str:
        """The SQL of the field. A telephone has 00 instead of +, so that no spreadsheet treats it as a formula."""
        if self.form == "declared":
            return f"if(list_contains(segments.variables, '{self.source.split('.')[1]}'), {self.source}, null)"
        if self.form == "recipient":
            return "coalesce(segment_members.organisation_id, segment_members.person_id)"
        return f"regexp_replace({self.source}, '^[+]', '00')" if self.form == "phone" else self.source

    @property
    def expression_without_source(self) -> str:
        """The SQL of the field in a hub of an earlier version, which lacks the source and wrote to no family."""
        if self.form == "addressee":
            return "if(segment_members.organisation_id is null, 'person', 'organisation')"
        return "cast(null as varchar)"


class Audiences(_Strict):
    """The columns of each segment's audience, its allowed bases, and the least age of its recipients."""

    bases: tuple[Basis, ...] = Field(min_length=1)
    minimum_age: int = Field(ge=14)
    # It does not apply to basis `request`: the answer goes to the address in the request.
    minimum_confidence: float = Field(ge=LEAST_CONFIDENCE_OF_PURPOSE["communicate"], le=1)
    # Bases for which recipients of unknown age are admitted.
    admits_unknown_age: tuple[Literal["request"], ...] = ()
    # Bases for which a letter may be addressed to a child's family; then the child is the recipient.
    admits_families: tuple[Literal["public_task"], ...] = ()
    columns: tuple[AudienceColumn, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _checkable(self) -> Self:
        """The columns that the check of the written file needs of each row."""
        names = [column.name for column in self.columns]
        needed = {"segment", "topic", "recipient_id", "addressee", "basis", "reference", "channel", "address"}
        missing = needed - set(names)
        if missing or len(set(names)) != len(names):
            raise ValueError(f"audiences: column names must be unique, and {', '.join(sorted(missing)) or 'all'} there")
        return self


class ExportContract(_Strict):
    """What one target receives, for which purpose, and under which consent."""

    target: Name
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    description: str
    purpose: Purpose
    consent: Literal["integration", "communications"]
    minimum_age: int = Field(ge=14)
    admits_unknown_age: bool
    minimum_confidence: float = Field(le=1)
    formats: tuple[Format, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
    audiences: Audiences | None = None

    @property
    def reserved_columns(self) -> tuple[str, ...]:
        """The columns that are null for protected people."""
        lists = {column.rows.table for column in self.columns if column.rows is not None}
        reserved = {f"persons.{name}" for name in emptied_columns("persons")} | {
            f"{table}.{name}" for table in lists & declared_marts().keys() for name in declared_marts()[table].columns
        }
        return tuple(column.name for column in self.columns if reserved & {*column.source})

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        """Consent, confidence and each field's class fit the purpose."""
        if self.consent != consent_of(self.purpose):
            raise ValueError(f"purpose {self.purpose} needs consent {consent_of(self.purpose)}")
        least = LEAST_CONFIDENCE_OF_PURPOSE[self.purpose]
        if self.minimum_confidence < least:
            raise ValueError(f"minimum_confidence must be {least} or more for purpose {self.purpose}")
        allowed = CLASSES_OF_PURPOSE[self.purpose]
        columns: list[Column | AudienceColumn] = [*self.columns, *(self.audiences.columns if self.audiences else ())]
        for column in columns:
            if column.field_class not in allowed:
                raise ValueError(f"column {column.name}: class {column.field_class} may not leave for {self.purpose}")
        return self

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        """Names are unique, the person comes first, and CSV carries no lists."""
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names) or names[0] != "person_id":
            raise ValueError("column names must be unique and begin with person_id")
        if "csv" in self.formats and any(column.is_list for column in self.columns):
            raise ValueError("a list does not fit into CSV")
        return self


def parse_contract(text: str, name: str) -> ExportContract:
    """Read a contract from YAML text.

    Raises:
        ContractError: the text is not a valid contract.
    """
    try:
        return ExportContract.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise ContractError(f"export contract {name} is not valid: {error}") from error


def load_contract(target: str, directory: Path = CONTRACTS_DIR) -> ExportContract:
    """Read the contract of a target.

    Raises:
        ContractError: the contract is missing or not valid.
    """
    path = directory / f"{target}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", target) or not path.is_file():
        raise ContractError(f"no export contract for target {target!r}; there is one for: {', '.join(TARGETS)}")
    return parse_contract(path.read_text(encoding="utf-8"), path.name)
