"""Explanations against the linkage that they explain: the same weights, and for each case the word that came last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from matching.clustering.partition import Edge
from matching.explanation.chain import strongest_chain
from matching.explanation.explain import explain
from matching.explanation.pair_evidence import PairScores
from matching.explanation.types import Explanation, Question, Side
from matching.model.model_file import promoted_model
from matching.night import link_mentions
from matching.parties import PERSON
from matching.records.person_records import create_person_records
from matching.registry.decisions import Judgement, Verdict
from matching.relations import LINK_CANDIDATES, LINK_MEMORY, SCORED_PAIRS
from tests.matching.conftest import link_persons
from tests.support.mentions import HOME, PERE, Mention, Values, mention, write_mentions
from tests.support.small_city import make_city

CONTACT: Values = {"email": "pere@exemple.cat", "phone": "+34600111222"}
DNI: Values = {"document": "46123456M"}


def judged(verdict: Verdict, one: Mention, other: Mention) -> Judgement:
    left, right = sorted((one["mention_id"], other["mention_id"]))
    return Judgement("j1", verdict, left, right, "A. Arxivera", "seen", "2026-05-04T09:00:00+00:00")


@dataclass(frozen=True)
class LinkedNight:
    """A night whose mentions are linked, and of which two mentions at a time are explained."""

    connection: duckdb.DuckDBPyConnection
    judgements: Sequence[Judgement]
    clusters: dict[str, str | None]

    def explain(self, one: Mention, other: Mention) -> Explanation:
        """Why these two mentions are one person or two."""
        sides = self._side(one["mention_id"]), self._side(other["mention_id"])
        return explain(self.connection, Question(PERSON, *sides, promoted_model(), self.judgements, None))

    def _side(self, mention_id: str) -> Side:
        cluster = self.clusters[mention_id]
        if cluster is None:
            return Side(mention_id, None, True, (mention_id,))
        members = tuple(member for member, its_cluster in self.clusters.items() if its_cluster == cluster)
        return Side(mention_id, cluster, False, members)


@dataclass(frozen=True)
class City:
    """A small city, amid whose mentions a test links its own."""

    connection: duckdb.DuckDBPyConnection

    def link(self, *mentions: Mention, judgements: Sequence[Judgement] = ()) -> LinkedNight:
        """Link the mentions as a night does."""
        clusters = link_persons(self.connection, [*make_city(150, 5)[0], *mentions], judgements)
        return LinkedNight(self.connection, judgements, clusters)

    def explain(self, *mentions: Mention, judgements: Sequence[Judgement] = ()) -> Explanation:
        """Link the mentions, and explain the first two of them."""
        one, other = mentions[:2]
        return self.link(*mentions, judgements=judgements).explain(one, other)


@pytest.fixture
def city(connection: duckdb.DuckDBPyConnection) -> City:
    return City(connection)


def test_pairs_weigh_what_they_weighed_in_the_night_and_bits_add_up(
    connection: duckdb.DuckDBPyConnection, model_path: Path
) -> None:
    mentions, _ = make_city(30, 7)
    write_mentions(connection, mentions)
    link_mentions(connection, PERSON, model_path)
    night = connection.execute(f"from {SCORED_PAIRS} order by 1, 2").fetchall()
    create_person_records(connection)
    scores = PairScores(connection, PERSON, model_path, [mention["mention_id"] for mention in mentions])
    assert len(night) > 30
    assert connection.execute(f"from {SCORED_PAIRS} order by 1, 2").fetchall() == night
    for one, other, weight, _ in night[::9]:
        pair = scores.of(other, one)
        added = pair.prior_bits + sum(part.bits + part.frequency_bits for part in pair.evidence)
        assert (pair.weight, pair.was_compared) == (weight, True)
        assert added == pytest.approx(weight, abs=1e-3)


# By surname: two mentions, and who decided between them by which rule.
OF_TWO: dict[str, tuple[Values, Values, tuple[str, str]]] = {
    "QUINTANS": (PERE | HOME, PERE | HOME, ("model", "model")),
    "RECASENS": (PERE | {"document": "11111111H"}, PERE | {"document": "11111111H"}, ("document", "document")),
    "SAGRERAS": (PERE | DNI, PERE | {"document": "38765432B"}, ("rail", "two_valid_documents")),
    "TARRIDAS": (PERE | HOME, PERE | HOME | {"given_name": "PAU"}, ("rail", "given_name")),
    "UBACHOLS": (
        PERE | {"document": "22222222J"}, {"given_name": "BIEL", "document": "22222222J"}, ("rail", "given_name")
    ),
    "VIDIELLA": (
        PERE | HOME | {"surname_2": None}, PERE | {"birth_date": None, "surname_2": None}, ("model", "too_little")
    ),
    "XANDRILO": (PERE, {"given_name": "ALI", "surname_1": "NAVOLA"}, ("model", "never_compared")),
}  # fmt: skip


def test_the_last_word_on_two_alone(city: City) -> None:
    mentions = {}
    for number, (surname, (one, other, _)) in enumerate(OF_TWO.items()):
        born = date(1950, 1, 1 + number)
        mentions[surname] = [
            mention(f"{surname}{place}", **with_surname_and_birth(values, surname, born))
            for place, values in enumerate((one, other))
        ]
    night = city.link(*(one for pair in mentions.values() for one in pair))
    for surname, (_, _, last_word) in OF_TWO.items():
        explained = night.explain(*mentions[surname])
        assert (surname, explained.last_word.by, explained.last_word.rule) == (surname, *last_word)
        assert explained.is_one == (last_word[0] == last_word[1])
        assert [link.by for link in explained.chain] == ([last_word[0]] if explained.is_one else [])


def with_surname_and_birth(values: Values, surname: str, born: date) -> Values:
    """The values of a case, with a surname and a birth date of its own where the values have Pere's."""
    found: Values = {"surname_1": surname, "surname_2": surname[::-1]} | values
    if "birth_date" in values:
        found["surname_1"] = surname
    if values.get("birth_date"):
        found["birth_date"] = born
    return found


def test_a_rail_between_two_persons_speaks_for_mentions_that_fit(city: City) -> None:
    """The two mentions fit, but their persons hold two valid DNIs."""
    explained = city.explain(
        mention("a", **PERE, **HOME),
        mention("b", **PERE, **HOME, document="38765432B"),
        mention("a2", **PERE, **HOME, **DNI),
        mention("a3", **PERE, **CONTACT, **DNI),
        mention("b2", **PERE, document="38765432B"),
        judgements=[judged("same", mention("a"), mention("a2"))],
    )
    assert not explained.is_one and explained.refusal is None
    assert (explained.last_word.by, explained.last_word.rule) == ("rail", "two_valid_documents")


def test_a_chain_names_its_links_and_the_weakest(city: City) -> None:
    name = {"given_name": "PERE", "surname_1": "CASALSOL"}
    ends = mention("a", **PERE, **HOME), mention("c", **name, **CONTACT)
    middle = mention("b", **PERE, **CONTACT)
    explained = city.explain(*ends, middle)
    assert explained.is_one and explained.last_word.rule == "chain"
    assert [(link.one, link.other) for link in explained.chain] == [
        (ends[0]["mention_id"], middle["mention_id"]), (middle["mention_id"], ends[1]["mention_id"]),
    ]  # fmt: skip
    assert explained.weakest == min(explained.chain, key=lambda link: link.weight)
    assert explained.last_word.pair == (explained.weakest.one, explained.weakest.other)


def test_a_stewards_word_is_the_last_one(city: City) -> None:
    one, other = mention("a", **PERE, **HOME), mention("b", **PERE, **HOME)
    stranger, friend = mention("c", given_name="ALI", surname_1="NAVOLA"), mention("d", **PERE, **HOME)
    for mentions, judgement, text in (
        ((one, other), judged("different", one, other), "A. Arxivera decided"),
        ((one, stranger), judged("same", one, stranger), "A. Arxivera decided"),
        ((one, stranger, friend), judged("same", friend, stranger), "A chain of links joins them: A. Arxivera"),
        ((one, other, mention("b2", **PERE, **CONTACT)), judged("different", one, other), "A. Arxivera decided"),
    ):
        explained = city.explain(*mentions, judgements=[judgement])
        assert (explained.last_word.by, explained.last_word.rule) == ("steward", judgement.verdict)
        assert explained.last_word.text.startswith(text) and "j1" in explained.last_word.text
        assert explained.is_one == (judgement.verdict == "same")


def test_what_was_one_before_is_told_from_what_links_anew(
    connection: duckdb.DuckDBPyConnection, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pair between the weight that holds and the one that joins, which the registry remembers as one."""
    write_mentions(connection, make_city(150, 5)[0])
    link_mentions(connection, PERSON, model_path)
    pair = connection.execute(
        f"select mention_id_l, mention_id_r from {LINK_CANDIDATES}"
        " where refusal is null and is_holding and not is_strong"
        " order by all limit 1"
    ).fetchall()
    assert pair
    (ends,) = pair
    one, other = (Side(mention_id, "P1", False, ends) for mention_id in ends)
    question = Question(PERSON, one, other, model_path, (), None)
    assert explain(connection, question).last_word.rule == "unknown"
    monkeypatch.setattr("matching.explanation.explain.recall", lambda *_: connection.execute(
        f"create or replace temp table {LINK_MEMORY} as select unnest($1) as mention_id, 'P1' as person_id",
        [list(ends)],
    ))  # fmt: skip
    explained = explain(connection, question)
    assert [link.by for link in explained.chain] == ["last night"] and explained.last_word.by == "last night"


def test_the_strongest_chain_goes_round_a_weak_link() -> None:
    edges = [
        Edge(9.0, "a", "d"),
        Edge(12.0, "a", "b"),
        Edge(30.0, "b", "c"),
        Edge(11.0, "c", "d"),
        Edge(40.0, "x", "y"),
    ]
    chain = strongest_chain(edges, "d", "a")
    assert [(edge.mention_id_l, edge.mention_id_r) for edge in chain] == [("c", "d"), ("b", "c"), ("a", "b")]
    assert strongest_chain(edges, "a", "x") == [] == strongest_chain(edges, "a", "nobody")
