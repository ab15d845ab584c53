"""A source's contract (Open Data Contract Standard v3.1) as frozen values that parser, quarantine and checks share.

What a contract says stands in `contracts/*.odcs.yaml` alone; how files are read is the readers' job.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard, SchemaProperty

from sources.base.errors import ContractError
from sources.base.sql import identifier

_DATE_IN_NAME = r"(?P<date>[0-9]{8})"
# Letters of a field whose contract does not say.
LONGEST = 250
# Of fields whose word shuts a door: it is heard also where the rest of its row is refused.
_HEARD_WHEN_REFUSED = ("consent", "protection")
# What every source must be for: to keep one record of a person.
_LINK = "link"


@dataclass(frozen=True)
class Field:
    """One property of an entity: where it stands, and what its values may be."""

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
        """The field's column in SQL; some sources name theirs with SQL's own words."""
        return identifier(self.name)


@dataclass(frozen=True)
class RowRule:
    """What every row must keep beyond its single fields; `condition` is SQL over the fields and `extract_date`.

    A row that breaks one that only warns counts all the same, and is counted and listed.
    """

    name: str
    condition: str
    severity: Literal["block", "warn"] = "block"


@dataclass(frozen=True)
class ExpectedShare:
    """The least share of an extract's rows of which a condition holds; fewer block the night, or warn."""

    name: str
    condition: str
    least: float
    severity: Literal["block", "warn"] = "block"


@dataclass(frozen=True)
class Query:
    """What to ask a source's own database: a relation, and the column that tells when a row was last changed."""

    relation: str
    watermark: str
    overlap_minutes: int


@dataclass(frozen=True)
class Delivery:
    """How a source delivers, how much of it may be wrong or late, and whether no night can do without it.

    After `cadence_days` without an extract it is late, after `staleness_days` no night may use the last one. An extract
    of `usual_times` as many rows as the ones before it is taken for a mistake.
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
        """The extract date in a file's name, or None where the name is not this source's."""
        pattern = re.escape(self.file_pattern).replace(r"\{date\}", _DATE_IN_NAME)
        found = re.fullmatch(pattern, file_name)
        try:
            return date.fromisoformat(found["date"]) if found else None
        except ValueError:
            return None

    def is_late(self, days: int | None) -> bool:
        """Whether so many days without a good extract are more than its cadence has; None: there has been none yet."""
        return days is None or days >= self.cadence_days


@dataclass(frozen=True)
class Agreement:
    """The conveni under which a source is used: who is responsible, for which purposes and until when."""

    controller: str
    basis: str
    purposes: tuple[str, ...]
    valid_from: date
    valid_to: date


@dataclass(frozen=True)
class Contract:
    """One source with its one entity; one without a key is known by what its rows say.

    `withdraws` is the SQL of which rows say no to something.
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
    delivery: Delivery
    agreement: Agreement | None
    retention: str
    lists_each_person_once: bool = False
    withdraws: str | None = None

    def gap(self, day: date) -> str | None:
        """Why the source may serve no purpose on a day, or None where its agreement is in force and allows to link."""
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
        """The names of the fields of some classes."""
        return tuple(field.name for field in self.fields if field.field_class in classes)

    @property
    def heard_when_refused(self) -> tuple[str, ...]:
        """The names of the fields that count although their row is refused: consents, protections."""
        return self.fields_of(*_HEARD_WHEN_REFUSED)


def load_contract(path: Path) -> Contract:
    """Read a contract.

    Raises:
        ContractError: the file is not ODCS, or lacks what Fil needs.
    """
    try:
        document = OpenDataContractStandard.from_file(str(path))
        return _contract(document, path.parent)
    except ContractError:
        raise
    except Exception as error:
        raise ContractError(f"{path.name} is not a valid ODCS v3.1 contract: {error}; correct the file") from None


def _contract(document: OpenDataContractStandard, directory: Path) -> Contract:
    (entity,) = document.schema_ or []
    custom = _custom(document.customProperties)
    if template := custom.get("fieldsOf"):
        # The same record in another delivery: its fields are told once.
        shared = OpenDataContractStandard.from_file(str(directory / f"{template}.odcs.yaml"))
        (told,) = shared.schema_ or []
        entity.properties = [prop.model_copy(update={"primaryKey": None}) for prop in told.properties or []]
        entity.quality = told.quality
    fields = tuple(_field(prop) for prop in entity.properties or [])
    agreement: dict[str, Any] | None = custom.get("agreement")
    rules = tuple(
        RowRule(str(rule.name), str(rule.implementation), "warn" if rule.severity == "warning" else "block")
        for rule in entity.quality or ()
    )
    keys = [prop.name for prop in entity.properties or [] if prop.primaryKey]
    if len(keys) > 1:
        raise ContractError(f"contract {document.id}: {len(keys)} primary keys found, at most one expected")
    return Contract(
        source=str(document.id),
        title=str(document.name),
        purpose=str(document.description.purpose if document.description else ""),
        entity=str(entity.name),
        grain=str(entity.dataGranularityDescription),
        version=str(document.version),
        key=str(keys[0]) if keys else None,
        fields=fields,
        row_rules=rules,
        shares=tuple(ExpectedShare(**share) for share in custom.get("expectedShares", ())),
        delivery=_delivery(custom["delivery"], _frequency(document)),
        agreement=_agreement(agreement, str(document.id)) if agreement else None,
        retention=str(custom["retention"]),
        lists_each_person_once=custom.get("listsEachPersonOnce") is True,
        withdraws=custom.get("withdraws"),
    )


def _agreement(told: dict[str, Any], source: str) -> Agreement:
    for name in ("valid_from", "valid_to"):
        if type(told.get(name)) is not date:
            raise ContractError(
                f"contract {source}: agreement.{name} must be a day such as 2026-12-31; correct the file"
            )
    return Agreement(**told | {"purposes": tuple(told["purposes"])})


def _delivery(told: dict[str, Any], cadence_days: int) -> Delivery:
    query = told.get("query")
    made = {
        "query": Query(**query) if query else None,
        "geometry_types": tuple(told.get("geometry_types", ())),
        "cadence_days": cadence_days,
    }
    return Delivery(**told | made)


def _frequency(document: OpenDataContractStandard) -> int:
    """Days from one extract to the next; ODCS tells it among the properties of the service level."""
    for one in document.slaProperties or []:
        if one.property == "frequency" and one.unit == "d":
            return int(str(one.value))
    raise ContractError(f"contract {document.id}: no slaProperty `frequency` in days (unit d) found, one expected")


def _field(prop: SchemaProperty) -> Field:
    custom = _custom(prop.customProperties)
    options = prop.logicalTypeOptions or {}
    return Field(
        name=str(prop.name),
        start=custom.get("start"),
        width=custom.get("width"),
        is_required=bool(prop.required),
        codes=tuple(str(code.value) for code in prop.enum or ()),
        date_format=custom.get("dateFormat"),
        may_be_future=bool(custom.get("mayBeFuture")),
        not_before=custom.get("notBefore"),
        most_days_back=custom.get("mostDaysBack"),
        max_length=int(options.get("maxLength", LONGEST)),
        pattern=options.get("pattern"),
        field_class=str(prop.classification),
        path=str(custom.get("path", prop.name)),
        description=str(prop.description),
    )


def _custom(properties: list[CustomProperty] | None) -> dict[str, Any]:
    return {str(item.property): item.value for item in properties or []}


def raw_relations(contract: Contract) -> list[str]:
    """The tables of a source in the schema `raw`, its rows first.

    Beside them the refused rows of one that carries consents or protections, which extract first told a consent that
    several tell, and the snapshot before of one that has variations, too.
    """
    beside = {
        "quarantined": bool(contract.heard_when_refused),
        "first_told": contract.withdraws is not None,
        "previous": bool(contract.delivery.variations),
    }
    return [contract.relation, *(f"{contract.relation}_{name}" for name, is_kept in beside.items() if is_kept)]
