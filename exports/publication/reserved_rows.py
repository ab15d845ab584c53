"""Finds the reserved values that a hub shows, and copies the hub without them.

Each rule leaves values that the night already hides as they are. So the history's changes, after all of them were
copied in this way, still add up to each night's hub.
"""

from collections.abc import Collection, Iterator

import duckdb

from exports.contracts.declared import Mart, Reserved, declared_marts
from exports.publication.staging import copy_descriptions
from sources.base.sql import identifier

# By the kind of id in a rule: the columns with this id, and the temp table with the ids of protected people.
_KINDS = {
    "person": ("person_id", "reserved_persons"),
    "about": ("about_person_id", "reserved_persons"),
    "guardian": ("guardian_person_id", "reserved_persons"),
    "child": ("child_person_id", "reserved_persons"),
    "related": ("related_person_id", "reserved_persons"),
    "organisation": ("organisation_id", "reserved_organisations"),
    "recipient": ("recipient_id", "reserved_recipients"),
    "mention": ("mention_id", "reserved_mentions"),
    "reference": ("tax, reference", "reserved_references"),
    "household": ("household_id", "reserved_households"),
    "address": ("address_id", "reserved_addresses"),
    "contact": ("address", "reserved_contacts"),
}
# The exports write this table, not dbt. The file name of an audience has its topic, such as a works zone or a bus line.
_DELIVERIES = Mart(
    columns={
        "file": Reserved(("recipient",), "if(starts_with(file, 'audience.'), 'audience.RESERVAT', file)"),
    }
)

# The ids of protected people, with all ids that they ever had.
_WHO = """
create or replace temp table reserved_mentions as
select mention_id from work.hub.mention_values where is_protected
union select mention_id from work.intermediate.int_protected_organisations;
create or replace temp table reserved_persons as
select issued_id from work.intermediate.int_current_person_ids semi join (
    select person_id from work.hub.persons where is_protected
) using (person_id);
create or replace temp table reserved_organisations as
with recursive formerly (organisation_id) as (
    select organisation_id from work.intermediate.int_protected_organisations
    union
    select unnest(events.ids_before) from work.hub.organisation_events as events
    inner join formerly on list_contains(events.ids_after, formerly.organisation_id)
    where events.event = 'merged'
)
from formerly;
create or replace temp table reserved_recipients as from reserved_persons union from reserved_organisations;
create or replace temp table reserved_references as from work.intermediate.int_protected_references;
create or replace temp table reserved_contacts as select address from work.intermediate.int_reserved_contacts;
-- Their homes, except those that tonight's hub shows as another person's home.
create or replace temp table reserved_households as
select value as household_id from work.intermediate.int_attribute_candidates
semi join reserved_mentions using (mention_id) where attribute = 'household_id'
except select household_id from work.hub.households;
create or replace temp table reserved_addresses as
select address_id from work.intermediate.int_addresses anti join work.hub.addresses using (address_id)
-- The address ids of earlier versions, without street type and letter.
union select md5(concat_ws('|', street, coalesce(street_number, ''), coalesce(postcode, ''))) from (
    select street, street_number, postcode from work.intermediate.int_addresses
    except select street, street_number, postcode from work.hub.addresses
);
"""


def find_reserved(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp tables `reserved_*` with the ids of protected people, one row per id that they ever had."""
    connection.execute(_WHO)


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[str], Mart]]:
    """The tables of the database `shown`, each with its columns and its rules. Views show what the tables show."""
    marts = {**declared_marts(), "deliveries": _DELIVERIES}
    rows = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " semi join duckdb_tables() using (database_name, schema_name, table_name)"
        " where database_name = 'shown' and schema_name = 'hub' group by all order by 1"
    )
    return ((name, columns, marts.get(name, Mart())) for name, columns in rows.fetchall())


def _of_reserved(reserved: Reserved, columns: Collection[str]) -> str:
    """SQL for whether a rule applies to a row. Nights of an earlier version of Fil may lack an id column."""
    kinds = [_KINDS[kind] for kind in reserved.when]
    conditions = [f"({ids}) in (from {relation})" for ids, relation in kinds if set(ids.split(", ")) <= set(columns)]
    return f"({' or '.join(conditions) or 'false'})"


def _rules(mart: Mart, columns: Collection[str]) -> dict[str, Reserved]:
    """The rules of the columns that exist."""
    return {name: rule for name, rule in mart.columns.items() if name in columns}


def shown_parts(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The parts of the database `shown` with reserved values: tables with rows to remove, and `table.column`."""
    for table, columns, mart in _tables(connection):
        parts = {table: (_of_reserved(mart.rows, columns), mart.rows.rows)} if mart.rows else {}
        for name, rule in _rules(mart, columns).items():
            parts[f"{table}.{name}"] = (_of_reserved(rule, columns), f"{name} is distinct from ({rule.becomes})")
        if not parts:
            continue
        # Each table is read once, and each condition is computed once per row.
        conditions = dict.fromkeys(condition for condition, _ in parts.values())
        flags = {condition: f"of_{number}" for number, condition in enumerate(conditions)}
        flags_sql = ", ".join(f"{condition} as {flag}" for condition, flag in flags.items())
        shows_sql = ", ".join(
            f"coalesce(bool_or({flags[condition]} and ({shows})), false)" for condition, shows in parts.values()
        )
        row = connection.execute(
            f"select {shows_sql} from (select *, {flags_sql} from shown.hub.{identifier(table)})"
            f" where {' or '.join(flags.values())}"
        ).fetchall()[0]
        yield from (part for part, is_shown in zip(parts, row, strict=True) if is_shown)


def copy_hidden(connection: duckdb.DuckDBPyConnection) -> None:
    """Copy the database `shown` to the database `hidden` without reserved values."""
    connection.execute("create schema hidden.hub")
    for table, columns, mart in _tables(connection):
        changed = ", ".join(
            f"if({_of_reserved(rule, columns)}, {rule.becomes}, {name}) as {identifier(name)}"
            for name, rule in _rules(mart, columns).items()
        )
        replaced = f" replace ({changed})" if changed else ""
        removed = f"{_of_reserved(mart.rows, columns)} and ({mart.rows.rows})" if mart.rows else "false"
        connection.execute(
            f"create table hidden.hub.{identifier(table)} as select *{replaced} from shown.hub.{identifier(table)}"
            f" where coalesce(not ({removed}), true)"
        )
        copy_descriptions(connection, table, "shown", "hidden")
