"""Documents made from the contracts: data dictionary, record of processing activities, and dbt's sources.

They are made only from `contracts/` and are kept in the repository, so that each fact has one place.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sources.contracts.contract import LONGEST, Contract, ExpectedShare, Field, raw_relations

_MADE = "<!-- `fil contract docs` makes this file from the contracts; change the contracts. -->\n"
_FORMS = {
    "delimited": "delimited text", "fixed_width": "fixed width", "geojson": "GeoJSON", "json_lines": "JSON Lines",
    "parquet": "Parquet", "xml": "XML", "xlsx": "XLSX",
}  # fmt: skip
_KINDS = {
    "snapshot": "all records as they are now",
    "changes": "the changed records as they are now",
    "events": "events, each of them once",
}
_BOOKKEEPING = {
    "_source_key": "The source's key of the row",
    "_line_number": "Line, record or row of the extract, from 1",
    "_extract_date": "Date of the extract",
}
_BESIDE = {
    "": "",
    "quarantined": " Quarantined rows that no later extract corrects, with all values that could be read.",
    "previous": " The rows of the extract before the last one.",
    "first_told": " For rows in several extracts: the key, and the first extract with the current consent.",
}
_AGREEMENTS = {
    "source": "Source",
    "purpose": "link, attend, communicate, survey, analyse or mobility",
    "controller": "Controller of the data",
    "basis": "Legal basis",
    "valid_from": "First day of the agreement",
    "valid_to": "Last day of the agreement",
    "is_in_force": "In force on the business date",
    "is_public_task": "Whether the purpose needs no consent of the people whom the service has just attended",
    "lists_each_person_once": "Whether the source is a register, by its contract",
}
_DRAWS = {
    "season": "Season",
    "application_number": "Number of the application",
    "drawn_on": "Day of the lottery",
    "draw_order": "Place among all applications of the lottery",
    "place_in_turn": "Place among those for the same place and turn",
    "result": "drawn or waiting",
}
_RULES = {"block": "Every row must meet", "warn": "The night warns about rows that do not meet"}
_DATES = {"padro": "AAAAMMDD", "iso_date": "YYYY-MM-DD", "iso_datetime": "YYYY-MM-DDThh:mm:ss"}


@dataclass(frozen=True)
class Recipient:
    """Who receives data from the hub: the target, what it receives, the purpose and the consent."""

    target: str
    description: str
    purpose: str
    consent: str


def data_dictionary(contracts: Iterable[Contract]) -> str:
    """Every source with every field, in Markdown."""
    parts = [_MADE, "# Data dictionary\n", "All fields of each extract.\n"]
    for contract in contracts:
        delivery = contract.delivery
        parts += [
            f"## {contract.source}: {contract.title}\n",
            f"{contract.purpose}\n",
            f"- {contract.grain} Table `raw.{contract.relation}`; key: {_code(contract.key or 'all its values')}.",
            f"- File `{delivery.file_pattern}` ({{date}} as AAAAMMDD), {_form(contract)}; {_KINDS[delivery.kind]}.",
            *(
                [f"- Or a query of `{delivery.query.relation}` by `{delivery.query.watermark}`."]
                if delivery.query
                else []
            ),
            f"- Due every {_days(delivery.cadence_days)}; a night uses it for up to {delivery.staleness_days} days.",
            f"- Up to {delivery.max_quarantine_share:.0%} of the rows may be quarantined; "
            f"{delivery.usual_times:g} times the usual number of rows is treated as a mistake.",
            *(["- A register: it lists each person once."] if contract.lists_each_person_once else []),
            *(f"- {_share(share)}." for share in contract.shares),
            *(f"- {_RULES[rule.severity]} `{rule.name}`: `{_line(rule.condition)}`." for rule in contract.row_rules),
            "",
            "| field | meaning | form | class |",
            "| --- | --- | --- | --- |",
            *(
                f"| `{field.name}` | {_cell(field.description)} | {_shape(field)} | {field.field_class} |"
                for field in contract.fields
            ),
            "",
        ]
    return "\n".join(parts)


def processing_activities(contracts: Iterable[Contract], recipients: Iterable[Recipient]) -> str:
    """The record of processing activities (RGPD 30, LOPDGDD 31), in Markdown."""
    parts = [_MADE, "# Record of processing activities\n", "Registre d'activitats de tractament, RGPD 30.1.\n"]
    for contract in contracts:
        classes = sorted({field.field_class for field in contract.fields})
        agreement = contract.agreement
        parts += [
            f"## {contract.source}: {contract.title}\n",
            f"- **What for:** {contract.purpose}",
            f"- **Categories of data:** {', '.join(classes)}.",
            f"- **Retention:** {contract.retention}",
        ]
        if agreement:
            parts += [
                f"- **Controller:** {agreement.controller}.",
                f"- **Legal basis:** {agreement.basis}.",
                f"- **Purposes allowed:** {', '.join(agreement.purposes)}.",
                f"- **Agreement:** from {agreement.valid_from} to {agreement.valid_to}.",
            ]
            if agreement.public_task:
                tasks = ", ".join(agreement.public_task)
                parts.append(f"- **Public task, about the service just used:** {tasks}. A refusal counts.")
        else:
            parts.append("- **Agreement:** none; its data may not be used for any purpose.")
        parts.append("")
    parts += ["## Recipients\n", "| target | what it receives | purpose | consent |", "| --- | --- | --- | --- |"]
    parts += [
        f"| {target.target} | {_cell(target.description)} | {target.purpose} | {target.consent} |"
        for target in recipients
    ]
    return "\n".join([*parts, ""])


def dbt_sources(contracts: Iterable[Contract]) -> str:
    """The tables of the schema `raw` as dbt's sources, in YAML."""
    lines = ["# `fil contract docs` makes this file from the contracts; change the contracts.", "version: 2", ""]
    lines.append("sources:")
    lines += ["  - name: raw", "    database: work", "    schema: raw", "    tables:"]
    for contract in contracts:
        fields = {field.name: field.description for field in contract.fields}
        for relation in raw_relations(contract):
            beside = relation.removeprefix(contract.relation).strip("_")
            why = {"_reason": "Why the row was quarantined"} if beside == "quarantined" else {}
            lines += _table(relation, contract.grain + _BESIDE[beside], fields | why | _BOOKKEEPING)
    lines += _table("draws", "One row per application in a lottery that was held by the business date.", _DRAWS)
    lines += _table("agreements", "One row per source and purpose that its agreement allows.", _AGREEMENTS)
    lines += _table("run", "One row: the night.", {"business_date": "The day that ended before the night"})
    return "\n".join([*lines, ""])


def source_models(contracts: Iterable[Contract], models: Collection[str]) -> str:
    """The dbt macro that lists the sources with a model of a kind; dbt can't search models by name."""
    sources_by_kind: dict[str, list[str]] = {}
    for source in (contract.source for contract in contracts):
        for kind in sorted(
            name.removeprefix(f"int_{source}__") for name in models if name.startswith(f"int_{source}__")
        ):
            sources_by_kind.setdefault(kind, []).append(source)
    lines = ["{#- `fil contract docs` makes this file: which sources have a model `int_<source>__<kind>`. -#}"]
    lines += ["{% macro sources_with(kind) %}", "    {{ return({"]
    for kind, sources in sorted(sources_by_kind.items()):
        lines += [f"        '{kind}': [", *(f"            '{source}'," for source in sources), "        ],"]
    return "\n".join([*lines, "    }[kind]) }}", "{% endmacro %}", ""])


def _table(name: str, description: str, columns: Mapping[str, str]) -> list[str]:
    lines = [f"      - name: {name}", f"        description: {json.dumps(description, ensure_ascii=False)}"]
    lines.append("        columns:")
    for column, meaning in columns.items():
        lines += [f"          - name: {column}", f"            description: {json.dumps(meaning, ensure_ascii=False)}"]
    return lines


def _form(contract: Contract) -> str:
    delivery = contract.delivery
    quoting = "fields may stand in double quotes" if delivery.is_quoted else "no field is quoted"
    details = (
        delivery.encoding,
        f"delimiter `{delivery.delimiter}`, a header with the names of the fields, {quoting}"
        if delivery.delimiter
        else None,
        f"{delivery.record_bytes} bytes a line" if delivery.record_bytes else None,
        f"element `{delivery.record}`" if delivery.record else None,
        f"sheet `{delivery.sheet}`" if delivery.sheet else None,
        f"in a {delivery.archive.upper()}" if delivery.archive else None,
        f"coordinates in {delivery.crs}" if delivery.crs else None,
    )
    return ", ".join([_FORMS[delivery.format], *(detail for detail in details if detail)])


def _shape(field: Field) -> str:
    """A field's place, allowed values, and whether it is required."""
    details = (
        "required" if field.is_required else None,
        f"{field.start}–{field.start + field.width - 1}" if field.start and field.width else None,
        _DATES[field.date_format] if field.date_format else None,
        ", ".join(map(_code, field.codes)) or None,
        _code(field.pattern) if field.pattern else None,
        f"not before {field.not_before}" if field.not_before else None,
        f"at most {field.most_days_back} days before the extract" if field.most_days_back is not None else None,
        f"at most {field.max_length} letters" if field.max_length != LONGEST else None,
        _code(field.path) if field.path != field.name else None,
    )
    return "; ".join(detail for detail in details if detail)


def _share(share: ExpectedShare) -> str:
    outcome = "no night is published" if share.severity == "block" else "the night warns"
    return f"`{_line(share.condition)}` holds for at least {share.least:.0%} of the rows, or {outcome} (`{share.name}`)"


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"


def _line(text: str) -> str:
    return " ".join(text.split())


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
