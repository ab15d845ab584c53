"""Files linked by what they teach themselves: families stay apart, dirty rows find each other."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from matching.files import FileLinkage, link_file
from matching.model.model_file import promoted_model
from matching.parties import PERSON
from tests.support.mentions import Mention, Values, mention, write_mentions
from tests.support.small_city import seeded, strangers

# From the rows of a file, its persons, each as the keys of its rows, and how the file was linked.
LinkFile = Callable[[Sequence[Mention]], tuple[list[set[str]], FileLinkage]]


@pytest.fixture
def link(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> LinkFile:
    def link(mentions: Sequence[Mention]) -> tuple[list[set[str]], FileLinkage]:
        write_mentions(connection, mentions)
        linkage = link_file(connection, promoted_model(), tmp_path, with_weights=True)
        rows = connection.execute(
            f"select cluster_id, source_key from {PERSON.clusters} inner join {PERSON.mentions} using (mention_id)"
        ).fetchall()
        persons = defaultdict(set)
        for cluster, key in rows:
            persons[cluster].add(key)
        return list(persons.values()), linkage

    return link


def pairs(persons: Sequence[set[str]]) -> float:
    """How many pairs of rows are one person."""
    return sum(len(person) * (len(person) - 1) / 2 for person in persons)


def test_mistyped_rows_find_each_other(link: LinkFile) -> None:
    persons, linkage = link(strangers(seeded(3)))
    assert linkage.is_own_model
    right = sum(
        pairs([{key for key in person if key.partition("-")[0] == number}])
        for person in persons
        for number in {key.partition("-")[0] for key in person}
    )
    assert right / pairs(persons) > 0.995
    assert right / (3 * 400) > 0.95


def test_siblings_stay_two_amid_dirty_strangers(link: LinkFile) -> None:
    """Two given names with two birth dates in one home are two people, even in a file with few relatives."""
    home: Values = {"surname_1": "MASCAROS", "street": "PROVENCA", "street_number": "7", "phone": "+34931234567"}
    siblings = [
        mention(f"{name}{copy}", given_name=name, birth_date=date(year, 3, 2), **home)
        for name, year in (("MARTA", 1990), ("JORDI", 1993))
        for copy in range(2)
    ]
    persons, linkage = link([*strangers(seeded(5)), *siblings])
    assert linkage.is_own_model
    assert {"MARTA0", "MARTA1"} in persons and {"JORDI0", "JORDI1"} in persons


def test_a_small_file_of_siblings_without_birth_dates_joins_none(link: LinkFile) -> None:
    mentions = [
        mention(f"{name}{number}", given_name=name, surname_1=f"COGNOM{number}X", street="MALLORCA",
            street_number=str(number), phone=f"+3462410{number:04}")
        for number in range(60)
        for name in (("MARTA", "JORDI") if number < 9 else ("NURIA", "NURIA "))
    ]  # fmt: skip
    persons, linkage = link([one | {"given_name": one["given_name"].strip()} for one in mentions])
    assert not linkage.is_own_model
    assert not [person for person in persons if any(key.startswith("MARTA") for key in person) and len(person) > 1]


def test_twins_a_letter_apart_are_two_where_each_name_stands_twice(link: LinkFile) -> None:
    home: Values = {"surname_1": "ARGEMI", "birth_date": date(2010, 1, 10), "street": "MALLORCA", "street_number": "21"}
    rows = [
        mention(f"{name}{copy}", given_name=name, phone=f"+3462450080{copy}", **home)
        for name in ("LAIA", "LAILA")
        for copy in (1, 2)
    ]
    persons, _ = link(rows)
    assert sorted(map(sorted, persons)) == [["LAIA1", "LAIA2"], ["LAILA1", "LAILA2"]]
