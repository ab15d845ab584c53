"""An empty key never equals an empty key: no model of the project joins on what may be empty text on both sides."""

import pytest

from tests.dbt_project.empty_text import joins_on_empty_text

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
