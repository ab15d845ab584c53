"""Files linked by what they teach themselves: families stay apart, dirty rows find each other."""

from collections import defaultdict
from datetime import date

import pytest

from matching.files import link_file
from matching.model.model_file import promoted_model
from matching.parties import PERSON
from tests.matching.mixture.test_learning import seeded, strangers


@pytest.fixture
def linked(connection, put, tmp_path):
    """The persons of a file, each as the keys of its rows, and how it was linked."""

    def link(mentions):
        put(connection, mentions)
        linkage = link_file(connection, promoted_model(), tmp_path, with_weights=True)
        rows = connection.execute(
            f"select cluster_id, source_key from {PERSON.clusters} inner join {PERSON.mentions} using (mention_id)"
        ).fetchall()
        persons = defaultdict(set)
        for cluster, key in rows:
            persons[cluster].add(key)
        return list(persons.values()), linkage

    return link


def pairs(persons):
    return sum(len(person) * (len(person) - 1) / 2 for person in persons)


def test_mistyped_rows_find_each_other(linked, say):
    persons, linkage = linked(strangers(say, seeded(3)))
    assert linkage.is_own_model
    right = sum(
        pairs([{key for key in person if key.partition("-")[0] == number}])
        for person in persons
        for number in {key.partition("-")[0] for key in person}
    )
    assert right / pairs(persons) > 0.995
    assert right / (3 * 400) > 0.95


def test_siblings_stay_two_amid_dirty_strangers(linked, say):
    """However few relatives a file has, two given names in one home with two birth dates are two people."""
    home = {"surname_1": "MASCAROS", "street": "PROVENCA", "street_number": "7", "phone": "+34931234567"}
    siblings = [
        say(f"{name}{copy}", given_name=name, birth_date=date(year, 3, 2), **home)
        for name, year in (("MARTA", 1990), ("JORDI", 1993))
        for copy in range(2)
    ]
    persons, linkage = linked([*strangers(say, seeded(5)), *siblings])
    assert linkage.is_own_model
    assert {"MARTA0", "MARTA1"} in persons and {"JORDI0", "JORDI1"} in persons


def test_a_small_file_of_siblings_without_birth_dates_joins_none(linked, say):
    mentions = [
        say(f"{name}{number}", given_name=name, surname_1=f"COGNOM{number}X", street="MALLORCA",
            street_number=str(number), phone=f"+3462410{number:04}")
        for number in range(60)
        for name in (("MARTA", "JORDI") if number < 9 else ("NURIA", "NURIA "))
    ]  # fmt: skip
    persons, linkage = linked([one | {"given_name": one["given_name"].strip()} for one in mentions])
    assert not linkage.is_own_model
    assert not [person for person in persons if any(key.startswith("MARTA") for key in person) and len(person) > 1]


def test_twins_a_letter_apart_are_two_where_each_name_stands_twice(linked, say):
    home = {"surname_1": "ARGEMI", "birth_date": date(2010, 1, 10), "street": "MALLORCA", "street_number": "21"}
    rows = [
        say(f"{name}{copy}", given_name=name, phone=f"+3462450080{copy}", **home)
        for name in ("LAIA", "LAILA")
        for copy in (1, 2)
    ]
    persons, _ = linked(rows)
    assert sorted(map(sorted, persons)) == [["LAIA1", "LAIA2"], ["LAILA1", "LAILA2"]]
