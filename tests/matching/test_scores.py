"""Which pairs are scored, and that it changes nothing how many of them are compared at a time."""

import pytest

from matching.predict import SCORES, load_model, predict_pairs
from matching.records import RECORDS, create_records
from matching.train import ModelError
from tests.matching.conftest import make_city, mention, write_mentions


def test_so_many_pairs_at_a_time_or_all_at_once(connection, model_path, monkeypatch):
    write_mentions(connection, make_city(150, 5)[0])
    mentions, scores = create_records(connection), []
    for pairs in (10_000_000, 100):
        monkeypatch.setattr("matching.engine._PAIRS_AT_A_TIME", pairs)
        assert predict_pairs(connection, model_path, mentions, with_weights=True) > 3 * 100
        scores.append(connection.execute(f"from {SCORES}").fetchall())
    assert scores[0] == scores[1]


@pytest.mark.parametrize(("namesakes", "is_told"), [(100, True), (101, False)])
def test_a_name_that_very_many_bear_brings_nobody_together_by_itself(connection, namesakes, is_told):
    named = {"given_name": "MARIA", "surname_1": "GARCIA", "surname_2": "LOPEZ"}
    people = [mention(f"M{number}", **named) for number in range(namesakes)]
    write_mentions(connection, [*people, mention("X", given_name="XENIA", surname_1="OLLER", surname_2="VIU")])
    create_records(connection)
    found = connection.execute(f"select given_name, count(name_sounds) from {RECORDS} group by all order by all")
    assert found.fetchall() == [("MARIA", namesakes if is_told else 0), ("XENIA", 1)]


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"model": {}, "training": {"mentions": "many"}}'])
def test_a_model_that_is_none_is_told_by_its_file(tmp_path, content):
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(ModelError, match="broken.json is no trained model"):
        load_model(tmp_path / "broken.json")
