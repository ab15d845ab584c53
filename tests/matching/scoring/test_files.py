"""What a file of unrelated people allows and one with families does not."""

from datetime import date

import pytest

from matching.parties import PERSON
from matching.records.person_records import create_person_records
from matching.relations import LINK_CANDIDATES
from matching.rules.families import has_families
from matching.rules.person_rules import create_person_candidates
from matching.scoring.pairs import predict_pairs

FIRST = {"given_name": "PERE", "surname_1": "CASALSOL", "birth_date": date(1960, 3, 14), "document": "46123456M"}
OTHER_NAME = FIRST | {"given_name": "BIEL", "birth_date": None}


def strangers(say, count):
    """People each alone at a door of their own, told twice."""
    return [
        say(f"{number}-{time}", given_name=f"NAME{number}X", surname_1=f"SURNAME{number}", street=f"STREET{number}",
            street_number="7", birth_date=date(1950, 1, 1 + number % 28))
        for number in range(count)
        for time in (1, 2)
    ]  # fmt: skip


@pytest.fixture
def refusal(connection, model_path, put):
    """Why the two rows under one document are refused amid others, or None."""

    def judge(others, one, other, *, is_file):
        put(connection, [*others, one, other])
        mentions = create_person_records(connection)
        predict_pairs(connection, PERSON, model_path, mentions, is_file=is_file)
        create_person_candidates(connection, is_file=is_file)
        ends = sorted((one["mention_id"], other["mention_id"]))
        return connection.execute(
            f"select refusal from {LINK_CANDIDATES} where mention_id_l = $1 and mention_id_r = $2", ends
        ).fetchone()[0]

    return judge


def test_another_given_name_is_refused_unless_the_file_shows_that_nobody_has_relatives(refusal, say, city):
    one, other = say("a", **FIRST), say("b", **OTHER_NAME)
    assert refusal(strangers(say, 60), one, other, is_file=True) is None
    assert refusal(strangers(say, 60), one, other, is_file=False) == "given_name"
    assert refusal(strangers(say, 5), one, other, is_file=True) == "given_name"
    assert refusal(city(200, 3)[0], one, other, is_file=True) == "given_name"


def test_a_file_without_homes_is_taken_to_hold_families(connection, put, say):
    put(connection, [say(str(number), given_name="ANNA", surname_1="MAS") for number in range(200)])
    create_person_records(connection)
    assert has_families(connection)
