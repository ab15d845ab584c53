"""Persons as a whole night links them: weights, decisions, order and precision; who is one is in `cases/`."""

import random
from datetime import date

import pyarrow as pa
import pytest

from matching.evaluation.pair_counts import evaluate_links
from matching.model.model_file import load_model, promoted_model
from matching.model.thresholds import CITY, person_settings
from matching.night import link_mentions
from matching.parties import PERSON
from matching.registry.decisions import Judgement
from matching.relations import LINK_CANDIDATES

PERE = {
    "given_name": "PERE",
    "surname_1": "CASALSOL",
    "surname_2": "BOSCOL",
    "birth_date": date(1960, 3, 14),
    "sex": "M",
}
HOME = {"street": "CARRER7", "street_number": "12", "postcode": "08012"}


@pytest.fixture
def persons(connection, model_path, city, put):
    """Links the given mentions amid a small city, and says which person each is in (None: in review)."""

    def link(*mentions, judgements=(), shuffle=None):
        everybody = [*city(150, 5)[0], *mentions]
        if shuffle:
            random.Random(shuffle).shuffle(everybody)  # noqa: S311 - a test's draws, no secret
        put(connection, everybody)
        link_mentions(connection, PERSON, model_path, judgements)
        rows = connection.execute(
            "select mention_id, if(is_in_review, null, cluster_id) from work.linkage.clusters"
        ).fetchall()
        found = dict(rows)
        assert len(rows) == len(found) == len(everybody)
        return [found[mention["mention_id"]] for mention in mentions]

    return link


@pytest.mark.parametrize(
    ("one", "other", "asked"),
    [
        ({}, {}, CITY.corroborated_weight),
        ({"document": "46123456M"}, {"surname_1": "BOSCOL", "surname_2": "CASALSOL"}, CITY.corroborated_weight),
        ({"document": "46123456M"}, {"document": "X3681940P"}, CITY.link_weight),
        ({"surname_2": None}, {"surname_2": None}, CITY.link_weight),
        ({}, {"surname_2": "FERROL"}, CITY.link_weight),
    ],
)
def test_a_whole_name_beside_no_other_document_is_asked_for_less(persons, say, connection, one, other, asked):
    name = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL"}
    persons(say("a", **name | one, **HOME), say("b", **name | other, **HOME))
    ids = sorted(say(key)["mention_id"] for key in "ab")
    found = connection.execute(
        f"select link_weight from {LINK_CANDIDATES} where [mention_id_l, mention_id_r] = ?", [ids]
    )
    assert found.fetchall() == [(asked,)]


def test_the_shipped_model_has_rules_and_levels_as_they_stand():
    model, _ = load_model(promoted_model())
    stands = person_settings().create_settings_dict("duckdb")

    def told(settings):
        rules = [rule["blocking_rule"] for rule in settings["blocking_rules_to_generate_predictions"]]
        return rules, [
            (level["label_for_charts"], level["sql_condition"].replace('"', ""))
            for comparison in settings["comparisons"]
            for level in comparison["comparison_levels"]
        ]

    assert told(model) == told(stands)


def test_stewards_win_over_rails_and_model(persons, say):
    one, other = say("a", **PERE, **HOME), say("b", **PERE, **HOME)
    apart = Judgement("j", "different", one["mention_id"], other["mention_id"], "s", "r", "2026-01-01T00:00:00+00:00")
    a, b = persons(one, other, judgements=[apart])
    assert a != b
    third = say("c", given_name="ALI", birth_date=date(1980, 1, 2), document="46123456M")
    same = Judgement("k", "same", one["mention_id"], third["mention_id"], "s", "r", "2026-01-01T00:00:00+00:00")
    a, c = persons(one, third, judgements=[same])
    assert a == c


def test_input_order_is_irrelevant(persons, say, connection):
    persons(say("a", **PERE), say("b", **PERE, **HOME), shuffle=1)
    first = connection.execute("from work.linkage.clusters").fetchall()
    pairs = connection.execute("from work.linkage.scored_pairs").fetchall()
    persons(say("a", **PERE), say("b", **PERE, **HOME), shuffle=2)
    assert connection.execute("from work.linkage.clusters").fetchall() == first
    assert connection.execute("from work.linkage.scored_pairs").fetchall() == pairs


def test_the_city_is_linked_precisely(connection, model_path, city, put, capfd):
    mentions, truth = city(3000, 11)
    put(connection, mentions)
    link_mentions(connection, PERSON, model_path)
    columns = list(zip(*truth, strict=True))
    connection.register("truth", pa.table({
        "mention_id": columns[0], "true_person_id": columns[1],
        "error_types": pa.array(columns[2], pa.list_(pa.string()))
    }))  # fmt: skip
    connection.execute(
        "create temp table links as select mention_id, if(is_in_review, null, cluster_id) as person_id"
        " from work.linkage.clusters"
    )
    result = evaluate_links(connection, "links", "truth")
    assert result.precision >= 0.999 and result.recall >= 0.96
    assert capfd.readouterr() == ("", "")
