"""Which pairs are scored, and that it changes nothing how many of them are compared at a time."""

from pathlib import Path

import duckdb
import pytest

from matching.model.model_file import ModelError, load_model
from matching.parties import PERSON
from matching.records.person_records import create_person_records
from matching.relations import RECORDS
from matching.scoring.pairs import predict_pairs
from tests.support.mentions import dni, mention, write_mentions
from tests.support.small_city import make_city


def test_so_many_pairs_at_a_time_or_all_at_once(
    connection: duckdb.DuckDBPyConnection, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mentions(connection, make_city(150, 5)[0])
    mentions, scores = create_person_records(connection), []
    for pairs in (50_000_000, 100):
        monkeypatch.setattr("matching.scoring.engine._PAIRS_AT_A_TIME", pairs)
        assert predict_pairs(connection, PERSON, model_path, mentions, with_weights=True) > 3 * 100
        scores.append(connection.execute(f"from {PERSON.pair_scores}").fetchall())
    assert scores[0] == scores[1]


@pytest.mark.parametrize(("bearers", "is_alone_enough"), [(50, True), (51, False)])
def test_a_name_that_very_many_bear_is_asked_for_with_the_postcode(
    connection: duckdb.DuckDBPyConnection, bearers: int, is_alone_enough: bool
) -> None:
    """People who have the name are counted, not their mentions."""
    named = {"given_name": "MARIA", "surname_1": "GARCIA", "surname_2": "LOPEZ"}
    often = {"given_name": "XENIA", "surname_1": "OLLER", "surname_2": "VIU", "postcode": "08001"}
    people = [mention(f"M{number}", **named, document=dni(30_000_000 + number)) for number in range(bearers)]
    people += [mention(f"C{number}", **named, postcode=f"0800{number % 2}") for number in range(4)]
    people += [mention(f"X{number}", **often, document=dni(40_000_000)) for number in range(60)]
    write_mentions(connection, people)
    create_person_records(connection)
    found = connection.execute(
        f"select given_name, count(*) from {RECORDS} where name_sounds is not null group by given_name, name_sounds"
        " order by all"
    ).fetchall()
    assert found == ([("MARIA", bearers + 4)] if is_alone_enough else [("MARIA", 2), ("MARIA", 2)]) + [("XENIA", 60)]


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"model": {}, "training": {"mentions": "many"}}'])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(ModelError, match="broken.json is not a trained model"):
        load_model(tmp_path / "broken.json")
