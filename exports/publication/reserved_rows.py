"""What a hub shows of who is protected, row by row, and a copy of it without that.

Every rule here leaves what a night hides by itself as it is, so that a history whose changes all went through it still
adds up to what each night has published.
"""

from collections.abc import Collection, Iterator

import duckdb

from exports.contracts.declared import Mart, Reserved, declared_marts
from exports.publication.staging import copy_descriptions
from sources.base.sql import identifier

# Of whom a row is, by the word of a declaration: the columns that say so, and the relation of who is meant.
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
# The exports write it, not dbt. An audience is called by its topic, which may be a works zone or a bus line.
_DELIVERIES = Mart(
    columns={
        "file": Reserved(("recipient",), "if(starts_with(file, 'audience.'), 'audience.RESERVAT', file)"),
    }
)

# Who is meant, by every id that they ever had.
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
-- Their homes, but not one where somebody is shown to live.
create or replace temp table reserved_households as
select value as household_id from work.intermediate.int_attribute_candidates
semi join reserved_mentions using (mention_id) where attribute = 'household_id'
except select household_id from work.hub.households;
create or replace temp table reserved_addresses as
select address_id from work.intermediate.int_addresses anti join work.hub.addresses using (address_id)
-- Of nights that told neither type nor letter.
union select md5(concat_ws('|', street, coalesce(street_number, ''), coalesce(postcode, ''))) from (
    select street, street_number, postcode from work.intermediate.int_addresses
    except select street, street_number, postcode from work.hub.addresses
);
"""


def find_reserved(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp tables of who is meant, by every id that they ever had."""
    connection.execute(_WHO)


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[str], Mart]]:
    """The tables of the night `shown`, each with its columns and what it hides. Views show what the tables show."""
    marts = {**declared_marts(), "deliveries": _DELIVERIES}
    rows = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " semi join duckdb_tables() using (database_name, schema_name, table_name)"
        " where database_name = 'shown' and schema_name = 'hub' group by all order by 1"
    )
    return ((name, columns, marts.get(name, Mart())) for name, columns in rows.fetchall())


def _of_reserved(reserved: Reserved, columns: Collection[str]) -> str:
    """The SQL condition that a rule applies to a row. Nights of an earlier Fil may lack one of its id columns."""
    kinds = [_KINDS[one] for one in reserved.when]
    found = [f"({ids}) in (from {who})" for ids, who in kinds if set(ids.split(", ")) <= set(columns)]
    return f"({' or '.join(found) or 'false'})"


def _changed(mart: Mart, columns: Collection[str]) -> dict[str, Reserved]:
    """The columns that are there and hide anything."""
    return {name: one for name, one in mart.columns.items() if name in columns}


def shown_parts(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What the night `shown` shows of who is meant: tables of which rows go, and columns as `table.column`."""
    for table, columns, mart in _tables(connection):
        parts = {table: (_of_reserved(mart.rows, columns), mart.rows.rows)} if mart.rows else {}
        for name, one in _changed(mart, columns).items():
            parts[f"{table}.{name}"] = (_of_reserved(one, columns), f"{name} is distinct from ({one.becomes})")
        if not parts:
            continue
        # Each table is read once, and who is meant is looked up once for all columns of theirs.
        flags = {
            condition: f"of_{place}" for place, condition in enumerate(dict.fromkeys(one for one, _ in parts.values()))
        }
        looked_up = ", ".join(f"{condition} as {flag}" for condition, flag in flags.items())
        found = ", ".join(f"coalesce(bool_or({flags[one]} and ({shows})), false)" for one, shows in parts.values())
        row = connection.execute(
            f"select {found} from (select *, {looked_up} from shown.hub.{identifier(table)})"
            f" where {' or '.join(flags.values())}"
        ).fetchall()[0]
        yield from (part for part, is_shown in zip(parts, row, strict=True) if is_shown)


def copy_hidden(connection: duckdb.DuckDBPyConnection) -> None:
    """Copy the night `shown` into the database `hidden` without what is reserved."""
    connection.execute("create schema hidden.hub")
    for table, columns, mart in _tables(connection):
        changed = ", ".join(
            f"if({_of_reserved(one, columns)}, {one.becomes}, {name}) as {identifier(name)}"
            for name, one in _changed(mart, columns).items()
        )
        replaced = f" replace ({changed})" if changed else ""
        gone = f"{_of_reserved(mart.rows, columns)} and ({mart.rows.rows})" if mart.rows else "false"
        connection.execute(
            f"create table hidden.hub.{identifier(table)} as select *{replaced} from shown.hub.{identifier(table)}"
            f" where coalesce(not ({gone}), true)"
        )
        copy_descriptions(connection, table, "shown", "hidden")
