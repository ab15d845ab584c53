"""What a file teaches: its errors, its relatives, and nothing where it has too little."""

import random
from datetime import date, timedelta

import pytest

from matching.mixture.blocks import create_blocks
from matching.mixture.learning import learn
from matching.mixture.patterns import compare_pairs
from matching.records.person_records import create_person_records
from matching.scoring.engine import DUCKDB
from tests.matching.conftest import MEN, SURNAMES, WOMEN, mistype

PEOPLE = 400
MISTYPED_SHARE = 0.3


def seeded(seed):
    """Random numbers that are the same each time."""
    return random.Random(seed)  # noqa: S311


@pytest.fixture
def taught(connection, put, tmp_path):
    """What the mentions teach."""

    def teach(mentions):
        put(connection, mentions)
        count = create_person_records(connection)
        return learn(connection, count, compare_pairs(connection, create_blocks(connection, count), DUCKDB, tmp_path))

    return teach


def strangers(say, rng, people=PEOPLE):
    """People of no family, each three times, with given names mistyped in a known share."""
    mentions = []
    for person in range(people):
        born = date(1940, 1, 1) + timedelta(days=rng.randrange(25_000))
        name, surname = rng.choice(WOMEN + MEN), rng.choice(SURNAMES)
        for copy in range(3):
            given = mistype(rng, name) if rng.random() < MISTYPED_SHARE else name
            mentions.append(
                say(f"{person}-{copy}", given_name=given, surname_1=surname, birth_date=born, street=f"S{person % 40}")
            )
    return mentions


def test_shares_are_those_of_the_file(taught, say):
    learned = taught(strangers(say, seeded(1)))
    assert learned is not None
    # Three pairs a person.
    assert learned.pairs == pytest.approx(3 * PEOPLE, rel=0.05)
    # Hardly anybody shares a home here: no more relatives than are always expected.
    assert learned.relatives_share < 0.03 * learned.same_share
    assert learned.same_bits["birth_date"][0] > 8
    assert learned.same_bits["birth_date"][-1] < -4


def test_relatives_are_told_from_typing_errors(taught, say, city):
    mentions, truth = city(250, 4)
    without = [one | {"document": None, "document_type": None, "is_document_valid": False} for one in mentions]
    learned = taught(without)
    assert learned is not None
    of_one = {row[0]: row[1] for row in truth}
    groups = [list(of_one.values()).count(person) for person in set(of_one.values())]
    assert learned.pairs == pytest.approx(sum(size * (size - 1) / 2 for size in groups), rel=0.15)
    assert learned.relatives_share > 0.2 * learned.same_share
    # Another given name is hardly ever one person's here.
    assert learned.same_bits["given_name"][-1] < -4


def test_a_file_of_different_people_teaches_nothing(taught, say):
    rng = seeded(2)
    everybody = [one for one in strangers(say, rng) if one["source_key"].endswith("-0")]
    assert taught(everybody) is None
