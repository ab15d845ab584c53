"""What decisions of stewards change in a night: clusters, cases, rules and rails."""

from dataclasses import dataclass
from datetime import date

import duckdb
import pytest

from matching.registry.decisions import load_judgements, revoke
from matching.registry.registry import Registry
from tests.matching.conftest import link_persons
from tests.matching.registry.conftest import DAY, NEXT_DAY, decide_on
from tests.support.mentions import HOME, PERE, Mention, Values, mention
from tests.support.small_city import make_city

CITY = make_city(20, 5)[0]


@dataclass(frozen=True)
class Night:
    """Links mentions amid those of a small city, under the decisions of a day."""

    connection: duckdb.DuckDBPyConnection
    registry: Registry

    def clusters(self, *mentions: Mention, day: date = DAY) -> list[str | None]:
        """Link; return the cluster of each mention, None for a mention in review."""
        found = link_persons(self.connection, [*CITY, *mentions], load_judgements(self.registry, day))
        return [found[one["mention_id"]] for one in mentions]

    def cases(self, *mentions: Mention) -> list[str]:
        """The kind of each case between these mentions, after they were linked."""
        rows = self.connection.execute(
            "select kind from work.linkage.review_cases where list_has_any(mention_ids_l, $1)"
            " and list_has_any(mention_ids_r, $1)",
            [[one["mention_id"] for one in mentions]],
        ).fetchall()
        return [row[0] for row in rows]


@pytest.fixture
def night(connection: duckdb.DuckDBPyConnection, registry: Registry) -> Night:
    return Night(connection, registry)


def two_with_documents() -> list[Mention]:
    """Two people alike but for a valid DNI each, with two mentions of each that bear it."""
    first, second = "46123456M", "38765432B"
    return [
        mention("a", **PERE, **HOME, document=first),
        mention("b", **PERE, **HOME, document=second),
        mention("a2", **PERE, document=first),
        mention("b2", **PERE, document=second),
    ]


def test_a_decision_holds_against_a_rail_from_its_night_on_until_revoked(night: Night) -> None:
    mentions = two_with_documents()
    one, other, more_of_one, _ = mentions
    a, b, a2, b2 = night.clusters(*mentions)
    assert a == a2 != b == b2
    assert night.cases(*mentions) == ["two_valid_documents"]
    decision = decide_on(night.registry, "same", more_of_one["mention_id"], other["mention_id"], counts_from=NEXT_DAY)
    assert night.clusters(*mentions) == [a, b, a2, b2]
    together = night.clusters(*mentions, day=NEXT_DAY)
    assert len(set(together)) == 1 and together[0] is not None
    assert night.cases(*mentions) == []
    revoke(night.registry, decision.judgement_id, "steward", "was wrong", NEXT_DAY)
    assert night.clusters(*mentions, day=NEXT_DAY) == [a, b, a2, b2]
    decide_on(night.registry, "different", one["mention_id"], other["mention_id"], counts_from=NEXT_DAY)
    assert night.clusters(*mentions, day=NEXT_DAY) == [a, b, a2, b2]
    assert night.cases(*mentions) == []


def test_what_a_steward_joined_takes_in_no_third_valid_document(night: Night) -> None:
    mentions = [
        mention(key, **PERE, **HOME, document=document)
        for key, document in (("a", "46123456M"), ("b", "38765432B"), ("c", "12345678Z"))
    ]
    decide_on(night.registry, "same", mentions[0]["mention_id"], mentions[1]["mention_id"])
    a, b, c = night.clusters(*mentions)
    assert a == b != c


@pytest.mark.parametrize("other", [{"birth_date": date(1991, 11, 2)}, {"given_name": "BIEL"}], ids=["born", "named"])
def test_a_steward_joins_what_the_model_refuses_with_all_that_is_theirs(night: Night, other: Values) -> None:
    one = [mention(key, **PERE, **HOME) for key in ("a", "a2", "a3")]
    two = [mention(key, **PERE | other, **HOME, email="b@exemple.cat") for key in ("b", "b2")]
    before = night.clusters(*one, *two)
    assert len(set(before[:3])) == len(set(before[3:])) == 1 and before[0] != before[3]
    decide_on(night.registry, "same", one[1]["mention_id"], two[1]["mention_id"])
    assert len(set(night.clusters(*one, *two))) == 1


def test_a_steward_may_say_that_two_on_one_form_are_one(night: Night) -> None:
    adult = mention("E1", "activitats_estiu", **PERE, **HOME, form_of="E1")
    tutor = mention("E1#tutor", "activitats_estiu", **PERE, **HOME, form_of="E1")
    a, b = night.clusters(adult, tutor)
    assert a != b
    decide_on(night.registry, "same", adult["mention_id"], tutor["mention_id"])
    a, b = night.clusters(adult, tutor)
    assert a == b is not None


def test_what_is_kept_apart_is_not_chained_by_a_third(night: Night) -> None:
    one, other, bridge = (mention(key, **PERE, **HOME) for key in ("a", "b", "m"))
    assert len(set(night.clusters(one, other, bridge))) == 1
    decide_on(night.registry, "different", one["mention_id"], other["mention_id"])
    a, b, _ = night.clusters(one, other, bridge)
    assert a != b


def test_decisions_on_mentions_that_are_not_there_change_nothing(night: Night) -> None:
    one, other = mention("a", **PERE, **HOME), mention("b", **PERE, **HOME)
    before = night.clusters(one, other)
    decide_on(night.registry, "different", one["mention_id"], "gone")
    decide_on(night.registry, "same", "gone", "never")
    assert night.clusters(one, other) == before
