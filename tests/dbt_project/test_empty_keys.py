"""An empty key never equals an empty key: no SQL of the project joins on what may be empty text on both sides."""

import pytest

from tests.dbt_project.empty_text import joins_on_empty_text
from tests.dbt_project.python_sql import PythonSql, read_module, read_packages

# A model that makes keys, some of which may be empty; `raw` is none of the project's.
KEYS = """
    select id, regexp_extract(document, '^[0-9]+') as digits, nullif(trim(name), '') as name, trim(name) as written,
        upper(name) as plain, substr(nif, 2) as body, concat_ws(' ', street, number) as address, md5(name) as hashed,
        coalesce(nullif(zone, ''), '') as zone, left(nif, 1) as initial, replace(name, ' ', '') as joined,
        replace(name, '-', ' ') as spaced, case when id = 1 then '' else name end as told, '34' || name as phone
    from raw
"""
EMPTY = {"digits", "written", "body", "address", "zone", "joined", "told"}
ALL = EMPTY | {"id", "name", "plain", "hashed", "initial", "spaced", "phone"}


@pytest.mark.parametrize("column", sorted(ALL))
def test_a_column_may_be_empty_where_characters_are_taken_away(column: str) -> None:
    asked = f"select one.id from keys as one inner join keys as other on one.{column} = other.{column}"
    found = joins_on_empty_text({"keys": KEYS, "asked": asked})
    assert found == ({("asked", f"one.{column} = other.{column}")} if column in EMPTY else set())


_ONE = "select one.id from keys as one inner join keys as other"


@pytest.mark.parametrize(
    "query",
    [
        f"{_ONE} using (digits)",
        f"{_ONE} on one.digits is not distinct from other.written",
        f"{_ONE} on one.id = 1 and (one.name = other.name or upper(one.digits) = other.digits)",
        f"{_ONE} on true where one.digits = other.digits",
        "select id from keys where digits in (select written from keys)",
        "select id from keys as one where exists (select 1 from keys as other where one.digits = other.digits)",
        "with told as (select * exclude (id) from keys union all by name select '' as digits) "
        "select 1 from told as one semi join told as other on one.digits = other.digits",
        "with told as (select unnest([digits, name]) as meant from keys) "
        "select 1 from told as one, told as other where one.meant = other.meant",
        "with told as (select max(digits) filter (where id = 1) as digits from keys group by id) "
        "select 1 from told as one inner join told as other on cast(one.digits as varchar) = other.digits",
    ],
)
def test_a_join_on_what_may_be_empty_on_both_sides_is_found(query: str) -> None:
    assert [model for model, _ in joins_on_empty_text({"keys": KEYS, "asked": query})] == ["asked"]


@pytest.mark.parametrize(
    "query",
    [
        f"{_ONE} on one.digits = other.name",
        f"{_ONE} on one.digits = other.digits and one.digits <> ''",
        f"{_ONE} on one.digits = other.digits where other.digits <> ''",
        f"{_ONE} on nullif(one.digits, '') = other.digits",
        f"{_ONE} on one.digits = '7'",
        "with told as (select digits from keys where digits <> '') "
        "select 1 from told as one inner join told as other on one.digits = other.digits",
        "select id from keys where digits = written",
        "select id, row_number() over (partition by digits order by id) from keys",
    ],
)
def test_a_join_with_a_guard_on_either_side_is_not(query: str) -> None:
    assert joins_on_empty_text({"keys": KEYS, "asked": query}) == set()


def test_no_model_joins_on_what_may_be_empty_on_both_sides(compiled: dict[str, str]) -> None:
    assert len(compiled) > 100
    assert joins_on_empty_text(compiled) == set()


_MODULE = '''
def run(connection, relation):
    """A docstring that would join keys on nothing."""
    connection.execute(_MADE.format(column="digits"))
    connection.execute(f"select 1 from {KEYS} as one inner join {relation} as other on one.digits = other.id")
    return connection.execute(
        f"create temp view met as select one.id from {KEYS} as one inner join work.since.told as other"
        f" on one.digits = other.digits and {relation}"
    )
'''


_MADE = """
create table work.since.told (digits varchar, id integer);
insert into work.since.told select {part.column}, 1 from work.hub.keys;
"""


def test_a_join_of_a_module_is_found_through_the_tables_that_it_makes() -> None:
    found = PythonSql()
    read_module(found, "module", _MODULE, {"KEYS": "work.hub.keys", "column": "digits", "_MADE": [_MADE]})
    assert found.unread == []
    assert joins_on_empty_text(found.models({"keys": KEYS})) == {("met", "one.digits = other.digits")}


def test_a_join_that_cannot_be_read_is_named() -> None:
    found = PythonSql()
    read_module(found, "module", "", {"_PART": "and one inner join other on on"})
    assert found.unread == [("module._PART", "and one inner join other on on")]


def test_no_module_joins_on_what_may_be_empty_on_both_sides(compiled: dict[str, str]) -> None:
    found = read_packages(("exports", "orchestration", "matching"))
    assert len(found.made) > 300
    assert found.unread == []
    assert joins_on_empty_text(found.models(compiled)) == set()
