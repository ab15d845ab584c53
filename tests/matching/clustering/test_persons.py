"""Persons as a whole night links them: weights, decisions, order and precision; who is one is in `cases/`."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from matching.evaluation.pair_counts import evaluate_links
from matching.model.model_file import load_model, promoted_model
from matching.model.thresholds import CITY, person_settings
from matching.night import link_mentions
from matching.parties import PERSON
from matching.registry.decisions import Judgement
from matching.relations import LINK_CANDIDATES
from tests.matching.conftest import link_persons
from tests.support.mentions import HOME, PERE, Mention, Values, mention, write_mentions
from tests.support.small_city import make_city

MAN = PERE | {"sex": "M"}


@dataclass(frozen=True)
class City:
    """A small city, amid whose mentions a test links its own."""

    connection: duckdb.DuckDBPyConnection

    def link(
        self, *mentions: Mention, judgements: Sequence[Judgement] = (), shuffle: int | None = None
    ) -> list[str | None]:
        """Link; return the person of each of these mentions, None for a mention in review."""
        everybody = [*make_city(150, 5)[0], *mentions]
        if shuffle:
            random.Random(shuffle).shuffle(everybody)  # noqa: S311 - a test's draws, no secret
        found = link_persons(self.connection, everybody, judgements)
        return [found[one["mention_id"]] for one in mentions]


@pytest.fixture
def city(connection: duckdb.DuckDBPyConnection) -> City:
    return City(connection)


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
def test_a_whole_name_beside_no_other_document_is_asked_for_less(
    city: City, one: Values, other: Values, asked: float
) -> None:
    name = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL"}
    city.link(mention("a", **name | one, **HOME), mention("b", **name | other, **HOME))
    ids = sorted(mention(key)["mention_id"] for key in "ab")
    found = city.connection.execute(
        f"select link_weight from {LINK_CANDIDATES} where [mention_id_l, mention_id_r] = ?", [ids]
    )
    assert found.fetchall() == [(asked,)]


def test_the_shipped_model_has_rules_and_levels_as_they_stand() -> None:
    model, _ = load_model(promoted_model())
    assert rules_and_levels(model) == rules_and_levels(person_settings().create_settings_dict("duckdb"))


def rules_and_levels(settings: dict[str, Any]) -> tuple[list[str], list[tuple[str, str]]]:
    """The blocking rules of a model, and each level's label and SQL."""
    rules = [rule["blocking_rule"] for rule in settings["blocking_rules_to_generate_predictions"]]
    levels = [
        (level["label_for_charts"], level["sql_condition"].replace('"', ""))
        for comparison in settings["comparisons"]
        for level in comparison["comparison_levels"]
    ]
    return rules, levels


def test_stewards_win_over_rails_and_model(city: City) -> None:
    one, other = mention("a", **MAN, **HOME), mention("b", **MAN, **HOME)
    apart = Judgement("j", "different", one["mention_id"], other["mention_id"], "s", "r", "2026-01-01T00:00:00+00:00")
    a, b = city.link(one, other, judgements=[apart])
    assert a != b
    third = mention("c", given_name="ALI", birth_date=date(1980, 1, 2), document="46123456M")
    same = Judgement("k", "same", one["mention_id"], third["mention_id"], "s", "r", "2026-01-01T00:00:00+00:00")
    a, c = city.link(one, third, judgements=[same])
    assert a == c


def test_input_order_is_irrelevant(city: City) -> None:
    city.link(mention("a", **MAN), mention("b", **MAN, **HOME), shuffle=1)
    first = city.connection.execute("from work.linkage.clusters").fetchall()
    pairs = city.connection.execute("from work.linkage.scored_pairs").fetchall()
    city.link(mention("a", **MAN), mention("b", **MAN, **HOME), shuffle=2)
    assert city.connection.execute("from work.linkage.clusters").fetchall() == first
    assert city.connection.execute("from work.linkage.scored_pairs").fetchall() == pairs


def test_the_city_is_linked_precisely(
    connection: duckdb.DuckDBPyConnection, model_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mentions, truth = make_city(3000, 11)
    write_mentions(connection, mentions)
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
