"""Who of a home is guardian of its minors, by surnames and ages: home by home, with those who must not be."""

from collections.abc import Iterator
from typing import NamedTuple

import duckdb
import pytest

from orchestration.dbt.models_alone import query_of
from orchestration.home.settings import DBT_PROJECT_DIR


class Member(NamedTuple):
    """Who lives in a home: a name for the test, the surnames, the year of birth, the sex, and the given name if any."""

    name: str
    surname_1: str
    surname_2: str | None
    birth_year: int
    sex: str = "F"
    given_name: str | None = None


def child(surname_1: str, surname_2: str | None = None, birth_year: int = 2026, sex: str = "F") -> Member:
    return Member("child", surname_1, surname_2, birth_year, sex)


CERTAIN = {
    "both parents by their first surnames": [
        child("PUIG", "SOLER"), Member("father", "PUIG", "ROCA", 1990, "M"), Member("mother", "SOLER", "VILA", 1992),
    ],
    "the mother's surname first": [
        child("SOLER", "PUIG"), Member("father", "PUIG", "ROCA", 1990, "M"), Member("mother", "SOLER", "VILA", 1992),
    ],
    "a lone parent's two surnames": [child("PUIG", "SOLER"), Member("mother", "PUIG", "SOLER", 1995)],
    "Slavic, a girl": [
        child("PETROVA"), Member("father", "PETROV", None, 1990, "M"), Member("mother", "PETROVA", None, 1992),
    ],
    "Slavic, a boy": [child("Kovalyov", sex="M"), Member("mother", "Kovalyova", None, 1992)],
    "Slavic, as adjectives": [
        child("DOSTOYEVSKAYA"), Member("father", "DOSTOYEVSKIY", None, 1990, "M"),
        Member("mother", "DOSTOYEVSKAYA", None, 1992),
    ],
    "Polish": [child("Kamińska"), Member("father", "Kamiński", None, 1990, "M")],
    "Czech": [child("NOVÁK", sex="M"), Member("mother", "NOVÁKOVÁ", None, 1992)],
    "Cyrillic": [child("Иванова"), Member("father", "Иванов", None, 1990, "M")],
    "Greek": [child("PAPADAKI"), Member("father", "PAPADAKIS", None, 1990, "M")],
    "Greek, in -os": [child("PAPADOPOULOS", sex="M"), Member("mother", "PAPADOPOULOU", None, 1990)],
    "Sikh": [child("SINGH", sex="M"), Member("mother", "KAUR", None, 1994)],
    "Portuguese order": [
        child("SILVA", "SANTOS"), Member("father", "COSTA", "SANTOS", 1990, "M"),
        Member("mother", "ALVES", "SILVA", 1992),
    ],
    "two surnames in one field": [
        child("ALVES PEREIRA DA SILVA"), Member("father", "COSTA DA SILVA", None, 1990, "M"),
        Member("mother", "ALVES", "PEREIRA", 1992),
    ],
    "a particle": [child("DE LA CRUZ", "EL AMRANI"), Member("mother", "ELAMRANI", None, 1992)],
    "a hyphen": [child("FERNANDEZ-OCHOA", "PUIG"), Member("father", "FERNANDEZ OCHOA", None, 1990, "M")],
    "flatmates beside the parents": [
        child("PUIG", "SOLER"), Member("father", "PUIG", "ROCA", 1990, "M"), Member("mother", "SOLER", "VILA", 1992),
        Member("-flatmate", "MAS", "PONS", 1991), Member("-other", "RIERA", "PRAT", 1993),
    ],
    "a brother of age": [
        child("PUIG", "SOLER", 2015), Member("father", "PUIG", "ROCA", 1975, "M"),
        Member("mother", "SOLER", "VILA", 1977), Member("-brother", "PUIG", "SOLER", 1999, "M"),
    ],
    "a brother of age, and a parent whose surname comes second": [
        child("PUIG", "SOLER", 2010), Member("mother", "SOLER", "VILA", 1972),
        Member("-brother", "PUIG", "SOLER", 1992),
    ],
    "a sister who would have been a mother at nineteen, and old parents": [
        child("PUIG", "SOLER", 2018), Member("father", "PUIG", "ROCA", 1972, "M"),
        Member("mother", "SOLER", "VILA", 1975), Member("-sister", "PUIG", "SOLER", 1999),
    ],
    "a mother inscribed twice": [
        child("PUIG", "SOLER"), Member("father", "PUIG", "ROCA", 1990, "M"),
        Member("mother", "SOLER", "VILA", 1992, "F", "Núria"), Member("again", "SOLER", "VILA", 1992, "F", "NURIA"),
    ],
    "a half-brother of age": [
        child("PUIG", "SOLER", 2010), Member("mother", "SOLER", "VILA", 1971),
        Member("-brother", "RIERA", "SOLER", 1992, "M"),
    ],
    "a father's other daughter": [
        child("PUIG", "SOLER", 2012), Member("father", "PUIG", "ROCA", 1973, "M"),
        Member("-sister", "PUIG", "MAS", 1994),
    ],
    "a sister of age in a family with one surname": [
        child("WANG", None, 2012), Member("father", "WANG", None, 1974, "M"), Member("-sister", "WANG", None, 1993),
    ],
    "a lone parent who shares a flat with an older person": [
        child("PUIG", "SOLER"), Member("mother", "PUIG", "SOLER", 2003), Member("-flatmate", "MAS", "PONS", 1986),
    ],
    "a grandparent who is too old": [
        child("PUIG", "SOLER"), Member("mother", "PUIG", "SOLER", 2000), Member("-grandmother", "SOLER", "MAS", 1970),
    ],
    "a grandparent of the other surname": [
        child("PUIG", "SOLER"), Member("mother", "SOLER", "VILA", 2000), Member("-grandmother", "VILA", "MAS", 1979),
    ],
}  # fmt: skip

LIKELY = {
    "parents without a surname in common": [
        child("ABEBE"), Member("father", "GIRMA", None, 1990, "M"), Member("mother", "TESFAYE", None, 1992),
    ],
    "a mother alone": [child("KHAN"), Member("mother", "BIBI", None, 1992)],
    "a mother with her son of age": [
        child("KHAN", None, 2010), Member("mother", "BIBI", None, 1972), Member("-brother", "KHAN", None, 1990, "M"),
    ],
    "a lone mother and her mother": [
        child("PUIG", "SOLER"), Member("mother", "PUIG", "SOLER", 2003), Member("grandmother", "SOLER", "MAS", 1981),
    ],
    "a father too old to be certain, whose son could be the father": [
        child("WANG", None, 2014), Member("father", "WANG", None, 1962, "M"), Member("son", "WANG", None, 1990, "M"),
    ],
    "a father too old to be certain, whose son is too young": [
        child("WANG", None, 2014), Member("father", "WANG", None, 1962, "M"), Member("-son", "WANG", None, 1995, "M"),
    ],
    "a mother and her brother": [
        child("PUIG", "SOLER"), Member("mother", "PUIG", "SOLER", 1997), Member("uncle", "PUIG", "SOLER", 1995, "M"),
    ],
    "another's surname in a home of three": [
        child("PUIG", "SOLER"), Member("mother", "MAS", "SOLER", 1992), Member("-flatmate", "ROCA", "PRAT", 1991),
        Member("-other", "RIERA", "PONS", 1993),
    ],
    "three with a surname in common": [
        child("SINGH", sex="M"), Member("a", "SINGH", None, 1990, "M"), Member("b", "KAUR", None, 1992),
        Member("c", "SINGH", None, 1988, "M"),
    ],
    "surnames that only end alike": [
        child("MARINA"), Member("a", "MARIN", "ROCA", 1990, "M"), Member("-b", "COSTA", "ROCA", 1990),
        Member("-c", "ROCA", None, 1990),
    ],
    "young and old parents without a surname in common": [
        child("ABEBE", None, 2010), Member("mother", "TESFAYE", None, 1995), Member("father", "GIRMA", None, 1955, "M"),
    ],
}  # fmt: skip

NOBODY = {
    "a shared flat": [
        child("ABEBE"), Member("a", "PUIG", "ROCA", 1990), Member("b", "SOLER", "VILA", 1992),
        Member("c", "MAS", "PONS", 1991),
    ],
    "alone": [child("PETROVA")],
    "with brothers who are minors": [child("PUIG", "SOLER"), Member("brother", "PUIG", "SOLER", 2009)],
    "with a sister of eighteen": [child("PUIG", "SOLER", 2015), Member("sister", "PUIG", "SOLER", 2007)],
    "with a grandmother alone": [child("PUIG", "SOLER"), Member("grandmother", "SOLER", "MAS", 1965)],
    "a particle in common": [
        child("BEN ALI"), Member("a", "BEN SALAH", None, 1990), Member("b", "AIT OMAR", None, 1991),
        Member("c", "DE LA ROSA", None, 1991),
    ],
    "a residence": [child("PUIG", "SOLER"), *(Member(f"r{n}", "PUIG", "MAS", 1990) for n in range(12))],
}  # fmt: skip


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        seed = DBT_PROJECT_DIR / "seeds" / "gendered_surnames.csv"
        connection.execute(f"""
            create table gendered_surnames as from read_csv('{seed}');
            create table persons (person_id varchar, household_id varchar, surname_1 varchar, surname_2 varchar,
                birth_year integer, sex varchar, given_name varchar, is_minor boolean, is_resident boolean)""")
        yield connection


def inscribe(connection: duckdb.DuckDBPyConnection, home: list[Member], household_id: str | None = "H") -> None:
    for member in home:
        given_name = member.given_name or member.name
        row = [member.name, household_id, *member[1:-1], given_name, member.birth_year > 2008]
        connection.execute("insert into persons values ($1, $2, $3, $4, $5, $6, $7, $8, true)", row)


def guardians(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[bool, str]]:
    """The adults found for the child, with whether they are certain and why."""
    households = query_of("households", lambda name: name).replace("min(district_code)", "null")
    households = households.replace("min(barri_code)", "null").replace("min(census_section)", "null")
    connection.execute(f"create or replace table households as {households}")
    query = query_of("int_home_guardians", lambda name: name)
    rows = connection.execute(f"select adult_id, is_certain, basis from ({query}) where minor_id = 'child'").fetchall()
    found = {str(adult): (bool(is_certain), str(basis)) for adult, is_certain, basis in rows}
    assert len(found) == len(rows)
    return found


def expected(home: list[Member]) -> set[str]:
    """The adults of a home without those who must not be found, which begin with a hyphen."""
    return {member.name for member in home if member.name != "child" and not member.name.startswith("-")}


@pytest.mark.parametrize("home", CERTAIN.values(), ids=CERTAIN)
def test_surnames_and_ages_make_a_guardian_certain(database: duckdb.DuckDBPyConnection, home: list[Member]) -> None:
    inscribe(database, home)
    found = guardians(database)
    assert set(found) == expected(home)
    assert all(is_certain for is_certain, _ in found.values())


@pytest.mark.parametrize("home", LIKELY.values(), ids=LIKELY)
def test_whoever_may_be_a_parent_is_not_certain(database: duckdb.DuckDBPyConnection, home: list[Member]) -> None:
    inscribe(database, home)
    found = guardians(database)
    assert set(found) == expected(home)
    assert not any(is_certain for is_certain, _ in found.values())


@pytest.mark.parametrize("home", NOBODY.values(), ids=NOBODY)
def test_nobody_of_another_family_is_a_guardian(database: duckdb.DuckDBPyConnection, home: list[Member]) -> None:
    inscribe(database, home)
    assert guardians(database) == {}


def test_the_basis_says_what_they_have_in_common(database: duckdb.DuckDBPyConnection) -> None:
    inscribe(database, CERTAIN["Portuguese order"])
    assert guardians(database) == {"father": (True, "other_surname"), "mother": (True, "other_surname")}
    database.execute("delete from persons")
    inscribe(database, CERTAIN["Slavic, a girl"])
    assert guardians(database) == {"father": (True, "first_surname"), "mother": (True, "first_surname")}
    database.execute("delete from persons")
    inscribe(database, LIKELY["a mother alone"])
    assert guardians(database) == {"mother": (False, "home")}


def test_a_protected_home_has_no_guardians(database: duckdb.DuckDBPyConnection) -> None:
    """The table of persons hides the home of protected people."""
    inscribe(database, CERTAIN["both parents by their first surnames"], None)
    assert guardians(database) == {}


def test_two_homes_are_not_one(database: duckdb.DuckDBPyConnection) -> None:
    inscribe(database, [child("PUIG", "SOLER")])
    inscribe(database, [Member("father", "PUIG", "ROCA", 1990, "M")], "other")
    assert guardians(database) == {}
