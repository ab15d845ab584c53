"""What a file teaches: its errors, its relatives, and nothing where it has too little."""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from matching.mixture.blocks import create_blocks
from matching.mixture.learning import Learned, learn
from matching.mixture.patterns import compare_pairs
from matching.records.person_records import create_person_records
from matching.scoring.engine import DUCKDB
from tests.support.mentions import Mention, write_mentions
from tests.support.small_city import STRANGERS, make_city, seeded, strangers

# From mentions, what the mixture model learns of them.
Teacher = Callable[[Sequence[Mention]], Learned | None]


@pytest.fixture
def teach(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Teacher:
    def teach(mentions: Sequence[Mention]) -> Learned | None:
        write_mentions(connection, mentions)
        count = create_person_records(connection)
        return learn(connection, count, compare_pairs(connection, create_blocks(connection, count), DUCKDB, tmp_path))

    return teach


def test_shares_are_those_of_the_file(teach: Teacher) -> None:
    learned = teach(strangers(seeded(1)))
    assert learned is not None
    # Three pairs a person.
    assert learned.pairs == pytest.approx(3 * STRANGERS, rel=0.05)
    # Hardly anybody shares a home here: no more relatives than are always expected.
    assert learned.relatives_share < 0.03 * learned.same_share
    assert learned.same_bits["birth_date"][0] > 8
    assert learned.same_bits["birth_date"][-1] < -4


def test_relatives_are_told_from_typing_errors(teach: Teacher) -> None:
    mentions, truth = make_city(250, 4)
    without = [one | {"document": None, "document_type": None, "is_document_valid": False} for one in mentions]
    learned = teach(without)
    assert learned is not None
    of_one = {row[0]: row[1] for row in truth}
    groups = [list(of_one.values()).count(person) for person in set(of_one.values())]
    assert learned.pairs == pytest.approx(sum(size * (size - 1) / 2 for size in groups), rel=0.15)
    assert learned.relatives_share > 0.2 * learned.same_share
    # Another given name is hardly ever one person's here.
    assert learned.same_bits["given_name"][-1] < -4


def test_a_file_of_different_people_teaches_nothing(teach: Teacher) -> None:
    rng = seeded(2)
    everybody = [one for one in strangers(rng) if one["source_key"].endswith("-0")]
    assert teach(everybody) is None
