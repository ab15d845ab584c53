"""Explanations against the linkage that they explain: the same weights, and for each case the word that came last."""

from datetime import date

import pytest

from matching.clustering.partition import Edge
from matching.explanation.chain import strongest_chain
from matching.explanation.explain import explain
from matching.explanation.pair_evidence import PairScores
from matching.explanation.types import Question, Side
from matching.night import link_mentions
from matching.parties import PERSON
from matching.records.person_records import create_person_records
from matching.registry.decisions import Judgement
from matching.relations import LINK_CANDIDATES, LINK_MEMORY, SCORED_PAIRS

PERE = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL", "birth_date": date(1960, 3, 14)}
HOME = {"street": "CARRER7", "street_number": "12", "postcode": "08012"}
CONTACT = {"email": "pere@exemple.cat", "phone": "+34600111222"}
DNI = {"document": "46123456M"}


def judged(verdict, one, other):
    ends = sorted((one["mention_id"], other["mention_id"]))
    return Judgement("j1", verdict, *ends, "A. Arxivera", "seen", "2026-05-04T09:00:00+00:00")


@pytest.fixture
def linked(connection, model_path, city, put):
    """Links the mentions amid a small city, and explains two of them at a time."""

    def link(*mentions, judgements=()):
        put(connection, [*city(150, 5)[0], *mentions])
        link_mentions(connection, PERSON, model_path, judgements)
        rows = connection.execute("select mention_id, cluster_id, is_in_review from work.linkage.clusters").fetchall()
        party = {mention: None if is_in_review else cluster for mention, cluster, is_in_review in rows}

        def ask(*pair):
            sides = []
            for own in (mention["mention_id"] for mention in pair):
                members = [one for one, cluster in party.items() if cluster is not None and cluster == party[own]]
                sides.append(Side(own, party[own], party[own] is None, tuple(members) or (own,)))
            return explain(connection, Question(PERSON, *sides, model_path, judgements, None))

        return ask

    return link


@pytest.fixture
def explained(linked):
    """Links the mentions amid a small city, and explains the first two of them."""
    return lambda *mentions, judgements=(): linked(*mentions, judgements=judgements)(*mentions[:2])


def test_pairs_weigh_what_they_weighed_in_the_night_and_bits_add_up(connection, model_path, city, put):
    mentions, _ = city(30, 7)
    put(connection, mentions)
    link_mentions(connection, PERSON, model_path)
    night = connection.execute(f"from {SCORED_PAIRS} order by 1, 2").fetchall()
    create_person_records(connection)
    scores = PairScores(connection, PERSON, model_path, [mention["mention_id"] for mention in mentions])
    assert len(night) > 30
    assert connection.execute(f"from {SCORED_PAIRS} order by 1, 2").fetchall() == night
    for one, other, weight, _ in night[::9]:
        told = scores.of(other, one)
        added = told.prior_bits + sum(part.bits + part.frequency_bits for part in told.evidence)
        assert (told.weight, told.was_compared) == (weight, True)
        assert added == pytest.approx(weight, abs=1e-3)


OF_TWO = {
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


def test_the_last_word_on_two_alone(linked, say):
    mentions = {}
    for number, (surname, (one, other, _)) in enumerate(OF_TWO.items()):
        of_case = {"surname_1": surname, "surname_2": surname[::-1]}
        born = {"birth_date": date(1950, 1, 1 + number)}
        mentions[surname] = [
            say(f"{surname}{place}", **of_case | told | ({"surname_1": surname} if "birth_date" in told else {})
                | (born if told.get("birth_date") else {}))
            for place, told in enumerate((one, other))
        ]  # fmt: skip
    ask = linked(*(mention for pair in mentions.values() for mention in pair))
    for surname, (_, _, word) in OF_TWO.items():
        told = ask(*mentions[surname])
        assert (surname, told.last_word.by, told.last_word.rule) == (surname, *word)
        assert told.is_one == (word[0] == word[1])
        assert [link.by for link in told.chain] == ([word[0]] if told.is_one else [])


def test_a_rail_between_two_persons_speaks_for_mentions_that_fit(explained, say):
    """The form tells no document and fits the other, whose person holds another number than the form's."""
    told = explained(
        say("a", **PERE, **HOME), say("b", **PERE, **HOME, document="38765432B"), say("a2", **PERE, **HOME, **DNI),
        say("a3", **PERE, **CONTACT, **DNI), say("b2", **PERE, document="38765432B"),
        judgements=[judged("same", say("a"), say("a2"))],
    )  # fmt: skip
    assert not told.is_one and told.refusal is None
    assert (told.last_word.by, told.last_word.rule) == ("rail", "two_valid_documents")


def test_a_chain_names_its_links_and_the_weakest(explained, say):
    name = {"given_name": "PERE", "surname_1": "CASALSOL"}
    ends = say("a", **PERE, **HOME), say("c", **name, **CONTACT)
    middle = say("b", **PERE, **CONTACT)
    told = explained(*ends, middle)
    assert told.is_one and told.last_word.rule == "chain"
    assert [(link.one, link.other) for link in told.chain] == [
        (ends[0]["mention_id"], middle["mention_id"]), (middle["mention_id"], ends[1]["mention_id"]),
    ]  # fmt: skip
    assert told.weakest == min(told.chain, key=lambda link: link.weight)
    assert told.last_word.pair == (told.weakest.one, told.weakest.other)


def test_a_stewards_word_is_the_last_one(explained, say):
    one, other = say("a", **PERE, **HOME), say("b", **PERE, **HOME)
    stranger, friend = say("c", given_name="ALI", surname_1="NAVOLA"), say("d", **PERE, **HOME)
    for mentions, judgement, text in (
        ((one, other), judged("different", one, other), "A. Arxivera decided"),
        ((one, stranger), judged("same", one, stranger), "A. Arxivera decided"),
        ((one, stranger, friend), judged("same", friend, stranger), "A chain of links joins them: A. Arxivera"),
        ((one, other, say("b2", **PERE, **CONTACT)), judged("different", one, other), "A. Arxivera decided"),
    ):
        told = explained(*mentions, judgements=[judgement])
        assert (told.last_word.by, told.last_word.rule) == ("steward", judgement.verdict)
        assert told.last_word.text.startswith(text) and "j1" in told.last_word.text
        assert told.is_one == (judgement.verdict == "same")


def test_what_was_one_before_is_told_from_what_links_anew(connection, model_path, city, put, say):
    """A pair between the weight that holds and the one that joins, which the registry remembers as one."""
    put(connection, city(150, 5)[0])
    link_mentions(connection, PERSON, model_path)
    pair = connection.execute(
        f"select mention_id_l, mention_id_r from {LINK_CANDIDATES}"
        " where refusal is null and is_holding and not is_strong"
        " order by all limit 1"
    ).fetchall()
    assert pair
    (ends,) = pair
    side = [Side(mention, "P1", False, ends) for mention in ends]
    question = Question(PERSON, *side, model_path, (), None)
    assert explain(connection, question).last_word.rule == "unknown"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matching.explanation.explain.recall", lambda *_: connection.execute(
            f"create or replace temp table {LINK_MEMORY} as select unnest($1) as mention_id, 'P1' as person_id",
            [list(ends)],
        ))  # fmt: skip
        told = explain(connection, question)
    assert [link.by for link in told.chain] == ["last night"] and told.last_word.by == "last night"


def test_the_strongest_chain_goes_round_a_weak_link():
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
