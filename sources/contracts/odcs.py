"""Reads a source's contract from its file (Open Data Contract Standard v3.1).

The content of the contracts is only in `contracts/*.odcs.yaml`. The modules in `readers/` read the extracts.
"""

from datetime import date
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard, SchemaProperty

from sources.base.errors import ContractError
from sources.contracts.contract import LONGEST, Agreement, Contract, ExpectedShare, ExtractTerms, Field, Query, RowRule


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
    except Exception as error:  # whatever the library raises for a file that is not ODCS; it becomes one clear error
        raise ContractError(f"{path.name} is not a valid ODCS v3.1 contract: {error}; correct the file") from None


def _contract(document: OpenDataContractStandard, directory: Path) -> Contract:
    (entity,) = document.schema_ or []
    custom = _custom(document.customProperties)
    if template := custom.get("fieldsOf"):
        # Two extracts have the same record: its fields are defined once, in the contract that `fieldsOf` names.
        shared_contract = OpenDataContractStandard.from_file(str(directory / f"{template}.odcs.yaml"))
        (shared_entity,) = shared_contract.schema_ or []
        entity.properties = [prop.model_copy(update={"primaryKey": None}) for prop in shared_entity.properties or []]
        entity.quality = shared_entity.quality
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
        delivery=_extract_terms(custom["delivery"], _frequency_days(document)),
        agreement=_agreement(agreement, str(document.id)) if agreement else None,
        retention=str(custom["retention"]),
        lists_each_person_once=custom.get("listsEachPersonOnce") is True,
        withdraws=custom.get("withdraws"),
        reports_death=custom.get("reportsDeath"),
    )


def _agreement(content: dict[str, Any], source: str) -> Agreement:
    for name in ("valid_from", "valid_to"):
        if type(content.get(name)) is not date:
            raise ContractError(
                f"contract {source}: agreement.{name} must be a day such as 2026-12-31; correct the file"
            )
    purposes, public_task = tuple(content["purposes"]), tuple(content.get("public_task", ()))
    if not set(public_task) <= set(purposes):
        raise ContractError(
            f"contract {source}: agreement.public_task has a purpose that agreement.purposes does not allow: "
            "correct the file"
        )
    return Agreement(**content | {"purposes": purposes, "public_task": public_task})


def _extract_terms(content: dict[str, Any], cadence_days: int) -> ExtractTerms:
    query = content.get("query")
    converted = {
        "query": Query(**query) if query else None,
        "geometry_types": tuple(content.get("geometry_types", ())),
        "cadence_days": cadence_days,
    }
    return ExtractTerms(**content | converted)


def _frequency_days(document: OpenDataContractStandard) -> int:
    """Days from one extract to the next; in ODCS a property of the service level."""
    for prop in document.slaProperties or []:
        if prop.property == "frequency" and prop.unit == "d":
            return int(str(prop.value))
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
