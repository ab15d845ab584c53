"""What a target may receive: its columns, its purpose and the consent that it needs, read strictly from YAML.

No SQL and no rows here; `candidates.py` and `gate.py` turn a contract into queries.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from exports.contracts.declared import emptied_columns
from exports.contracts.purposes import consent_of

Purpose = Literal["attend", "communicate"]
FieldClass = Literal[
    "identity", "contact", "preference", "padro", "history", "consent", "message", "free_text", "special_category"
]
Basis = Literal["request", "consent", "public_task"]
Format = Literal["jsonl", "parquet", "csv"]
Form = Literal["plain", "joined", "phone", "channel", "interactions", "consents"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Source = Annotated[str, StringConstraints(pattern=r"^(persons|interactions|consents)\.[a-z][a-z0-9_]*$")]

CONTRACTS_DIR = Path(__file__).resolve().parent
TARGETS = ("attention", "campaigns")
# What a table of the hub takes from sources as it stands there, some of it of a class that leaves for nobody.
CLASS_OF_SOURCE: dict[str, FieldClass] = {"interactions.procedure": "special_category"}
# Free text and special categories are in no list: they leave for nobody.
CLASSES_OF_PURPOSE: dict[str, frozenset[str]] = {
    "attend": frozenset({"identity", "contact", "preference", "padro", "history", "consent"}),
    "communicate": frozenset({"identity", "contact", "preference", "message"}),
}

# How sure it must be that a person is one (`persons.confidence`), at the least; a contract may ask for more. Of the
# persons with links in a simulated city of 20,000, 3 in 10,000 fall short of the first and 4 in 1,000 of the second.
LEAST_CONFIDENCE_OF_PURPOSE = {"attend": 0.95, "communicate": 0.99}


class ContractError(Exception):
    """A contract is missing or not valid; the message says which and what to mend."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One delivered field, where it comes from and how sensitive it is."""

    name: Name
    source: tuple[Source, ...] = Field(min_length=1)
    field_class: FieldClass = Field(alias="class")
    form: Form = "plain"

    @model_validator(mode="after")
    def _sources_fit_the_form(self) -> Self:
        """A list form reads its own table, every other form reads persons."""
        table = self.form if self.form in ("interactions", "consents") else "persons"
        if any(source.split(".")[0] != table for source in self.source):
            raise ValueError(f"column {self.name}: form {self.form} reads {table} only")
        if any(CLASS_OF_SOURCE.get(source, self.field_class) != self.field_class for source in self.source):
            raise ValueError(f"column {self.name}: what it holds is of a class that leaves for nobody")
        if self.form in ("plain", "phone") and len(self.source) != 1:
            raise ValueError(f"column {self.name}: form {self.form} needs exactly one source")
        return self


class LastInteractions(_Strict):
    """How many interactions a card lists, newest first, ties broken by the key."""

    limit: int = Field(ge=1, le=100)
    key: Name
    ordered_by: Name


class AudienceColumn(_Strict):
    """One field of an audience, where it comes from and how sensitive it is; `message` is what somebody is told."""

    name: Name
    source: Annotated[str, StringConstraints(pattern=r"^segment_members\.[a-z][a-z0-9_]*(\[[1-9]\])?$")]
    field_class: FieldClass = Field(alias="class")
    form: Literal["plain", "recipient", "phone"] = "plain"

    @property
    def expression(self) -> str:
        """The SQL of the field; a telephone is dialled as it stands, and no spreadsheet takes it for a formula."""
        if self.form == "recipient":
            return "coalesce(segment_members.organisation_id, segment_members.person_id)"
        return f"regexp_replace({self.source}, '^[+]', '00')" if self.form == "phone" else self.source


class Audiences(_Strict):
    """What each segment's audience holds, on what it may rest, and how old somebody must be."""

    bases: tuple[Basis, ...] = Field(min_length=1)
    minimum_age: int = Field(ge=14)
    # Who asked for something is told it where they asked, whoever they are.
    minimum_confidence: float = Field(ge=LEAST_CONFIDENCE_OF_PURPOSE["communicate"], le=1)
    # Who asked for something may be told it though nobody knows their age.
    admits_unknown_age: tuple[Literal["request"], ...] = ()
    columns: tuple[AudienceColumn, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _checkable(self) -> Self:
        """The file's own check needs to know whom each row is for, where, and why."""
        names = [column.name for column in self.columns]
        missing = {"segment", "topic", "recipient_id", "basis", "address"} - set(names)
        if missing or len(set(names)) != len(names):
            raise ValueError(f"audiences: column names must be unique, and {', '.join(sorted(missing)) or 'all'} there")
        return self


class ExportContract(_Strict):
    """What one downstream target receives, and under which consent."""

    target: Name
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    description: str
    purpose: Purpose
    consent: Literal["integration", "communications"]
    minimum_age: int = Field(ge=14)
    admits_unknown_age: bool
    minimum_confidence: float = Field(le=1)
    formats: tuple[Format, ...] = Field(min_length=1)
    interactions: LastInteractions | None = None
    columns: tuple[Column, ...] = Field(min_length=1)
    audiences: Audiences | None = None

    @property
    def reserved_columns(self) -> tuple[str, ...]:
        """The columns that hold nothing of who is protected."""
        reserved = {f"persons.{name}" for name in emptied_columns("persons")}
        return tuple(column.name for column in self.columns if reserved & {*column.source})

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        """The consent is the purpose's own, its least confidence is asked for, and every field's class is allowed."""
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
        forms = {column.form for column in self.columns}
        if "interactions" in forms and self.interactions is None:
            raise ValueError("a list of interactions needs the section `interactions`")
        if "csv" in self.formats and forms & {"interactions", "consents"}:
            raise ValueError("a list does not fit into CSV")
        return self


def parse_contract(text: str, name: str) -> ExportContract:
    """Read a contract from YAML text.

    Raises:
        ContractError: the text is no valid contract.
    """
    try:
        return ExportContract.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise ContractError(f"export contract {name} is not valid: {error}") from error


def load_contract(target: str, directory: Path = CONTRACTS_DIR) -> ExportContract:
    """Read the contract of a target.

    Raises:
        ContractError: there is none, or it is not valid.
    """
    path = directory / f"{target}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", target) or not path.is_file():
        raise ContractError(f"no export contract for target {target!r}; there is one for: {', '.join(TARGETS)}")
    return parse_contract(path.read_text(encoding="utf-8"), path.name)
