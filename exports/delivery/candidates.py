"""The query of a contract's rows before the gate: one row per person, from the hub's marts.

The gate decides who may be exported.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from exports.contracts.contract import Column, ExportContract, ListRule, ListTable
from exports.contracts.declared import emptied_columns
from sources.base.sql import literal

# The attribute that each column of a person belongs to; ids and flags belong to none.
_ATTRIBUTES = {
    **dict.fromkeys(("given_name", "surname_1", "surname_2", "full_name"), "name"),
    **dict.fromkeys(("document_type", "document", "document_country"), "document"),
    **dict.fromkeys(
        ("street", "street_number", "postcode", "district_code", "barri_code", "census_section"), "address"
    ),
    **{name: name for name in ("birth_date", "sex", "nationality_code", "language", "email", "phone", "household_id")},
}


@dataclass(frozen=True)
class _Listed:
    """SQL of a table that a card lists: the source whose agreement applies, and the mention that a row belongs to."""

    source: str
    mention_source: str
    mention_key: str


_LISTED: dict[ListTable, _Listed] = {
    "interactions": _Listed("source", "source", "source_key"),
    "tax_objects": _Listed("'objectes_tributaris'", "'contribuents'", "taxpayer_key"),
    "licences": _Listed("'llicencies_via_publica'", "'llicencies_via_publica'", "licence_number"),
    "subscriptions": _Listed("'subscripcions'", "'subscripcions'", "source_key"),
}


def _person_columns(column: Column) -> list[str]:
    return [f"persons.{source.split('.')[1]}" for source in column.source]


def _struct(column: Column) -> str:
    names = [source.split(".")[1] for source in column.source]
    return "struct_pack(" + ", ".join(f"{name} := {name}" for name in names) + ")"


def _expression(column: Column, reserved: Collection[str] = ()) -> str:
    """The SQL of one delivered field; a list that is reserved is null for protected people."""
    columns = _person_columns(column)
    if column.form == "joined":
        return f"nullif(concat_ws(' ', {', '.join(columns)}), '')"
    if column.form == "phone":
        # E.164 with 00 instead of +, so that no spreadsheet treats it as a formula.
        return f"regexp_replace({columns[0]}, '^[+]', '00')"
    if column.form == "channel":
        email, phone = columns
        return f"case when {email} is not null then 'email' when {phone} is not null then 'sms' end"
    if column.is_list:
        items = f"coalesce({column.name}_of_person.items, [])"
        return f"if(persons.is_protected is false, {items}, null)" if column.name in reserved else items
    return columns[0]


def _list_join(contract: ExportContract, column: Column, rule: ListRule, day: str, among: str) -> str:
    newest_first = f"{rule.ordered_by} desc nulls last, {rule.key}"
    table, mart, most = _LISTED[rule.table], rule.table, rule.limit
    conditions = "".join(
        f" and {name} in ({', '.join(literal(one) if isinstance(one, str) else str(one).lower() for one in values)})"
        for name, values in rule.only.items()
    )
    if rule.until_today:
        conditions += f" and coalesce(cast({rule.ordered_by} as date) <= {day}, true)"
    # Only the listed rows are put into lists: lists of all interactions of a city would not fit into memory.
    return f"""
    left join (
        select person_id, list({_struct(column)} order by {newest_first}) as items
        from (
            from (
                select *, {table.mention_source} as mention_source, {table.mention_key} as mention_key,
                    {table.source} as of_source
                from work.hub.{mart}
            )
            -- Without rows of mentions whose confidence is below the person's confidence.
            anti join (
                select mentions.person_id, mentions.source as mention_source,
                    split_part(mentions.source_key, '#', 1) as mention_key
                from work.hub.mentions as mentions inner join work.hub.persons as persons using (person_id)
                where mentions.confidence < persons.confidence
            ) as doubted using (person_id, mention_source, mention_key)
            where person_id in (from {among}) and of_source in ({_permitted_sources(contract)})
            {conditions}
            qualify row_number() over (partition by person_id order by {newest_first}) <= {most}
        )
        group by person_id
    ) as {column.name}_of_person on {column.name}_of_person.person_id = persons.person_id"""


def _consents_join(column: Column, among: str) -> str:
    return f"""
    left join (
        select person_id, list({_struct(column)} order by purpose, state) as items
        from leaving_consents
        where service is null and person_id in (from {among})
        group by person_id
    ) as {column.name}_of_person on {column.name}_of_person.person_id = persons.person_id"""


def candidate_sql(contract: ExportContract, business_date: date, among: str) -> str:
    """The query for a contract's candidate rows, one row per person; if it has a channel, only people with one.

    Reads: the hub's marts and the views of `gate/leaving.py`.

    Args:
        contract: of the target.
        business_date: of the night.
        among: a relation with one column of person ids; only these people are read, which saves most of the work.
    """
    day = f"date '{business_date:%Y-%m-%d}'"
    reserved = contract.reserved_columns
    fields = ", ".join(f"{_expression(column, reserved)} as {column.name}" for column in contract.columns)
    joins, conditions = "", ["true"]
    for column in contract.columns:
        if column.rows is not None:
            joins += _list_join(contract, column, column.rows, day, among)
        elif column.form == "consents":
            joins += _consents_join(column, among)
        elif column.form == "channel":
            conditions.append(f"{_expression(column)} is not null")
    return (
        f"select {fields} from {_permitted_persons(contract, among)} as persons{joins} where {' and '.join(conditions)}"
    )


def _permitted_persons(contract: ExportContract, among: str) -> str:
    """The persons, without reserved values and without values whose source's agreement does not allow the purpose."""
    needed = {source.split(".")[1] for column in contract.columns for source in column.source if "persons." in source}
    reserved = emptied_columns("persons")
    withheld = ", ".join(
        f"case when is_{attribute}_permitted{' and is_protected is false' * (name in reserved)}"
        f" then {name} end as {name}"
        for name, attribute in _ATTRIBUTES.items()
        if name in needed
    )
    replaced = f"replace ({withheld})" if withheld else ""
    flags = [f"is_{attribute}_permitted" for attribute in sorted(set(_ATTRIBUTES.values()))]
    flags_sql = ", ".join(
        f"bool_or(attribute = '{attribute}') as {flag}"
        for attribute, flag in zip(sorted(set(_ATTRIBUTES.values())), flags, strict=True)
    )
    return f"""(
        select * exclude ({", ".join(flags)})
            {replaced}
        from (from leaving_persons where person_id in (from {among}))
        left join (
            select person_id, {flags_sql}
            from work.hub.person_attributes as attributes
            where rank = 1 and person_id in (from {among})
                and source in ({_permitted_sources(contract)})
                {_not_bounced(contract)}
            group by person_id
        ) as permitted using (person_id)
    )"""


def _not_bounced(contract: ExportContract) -> str:
    """For messages: the condition that no message to the address has bounced hard since the address was last seen."""
    if contract.purpose != "communicate":
        return ""
    return """and not exists (
                select 1 from work.hub.bounced_contacts as bounced
                where bounced.address = attributes.value and bounced.bounced_hard_at >= attributes.observed_at
            )"""


def _permitted_sources(contract: ExportContract) -> str:
    return f"select source from leaving_agreements where purpose = {literal(contract.purpose)} and is_in_force"
