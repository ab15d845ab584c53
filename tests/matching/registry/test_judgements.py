"""Decisions of stewards: what is kept, what contradicts what, and what becomes of clusters, ids and rails."""

import json
import multiprocessing
from datetime import date

import pytest

from matching.night import link_mentions
from matching.parties import PERSON
from matching.registry import ids
from matching.registry.decisions import (
    JudgementError,
    RefusedDecisions,
    Statement,
    decide,
    load_history,
    load_judgements,
    revoke,
)
from matching.registry.registry import Registry

DAY, NEXT = date(2026, 5, 4), date(2026, 5, 5)
PERE = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL", "birth_date": date(1960, 3, 14)}
HOME = {"street": "CARRER7", "street_number": "12", "postcode": "08012"}


@pytest.fixture
def path(tmp_path):
    return Registry(tmp_path)


def say_of(path, verdict, one, other, steward="steward", counts_from=DAY):
    return decide(path, [Statement(verdict, (one, other), steward, "seen", counts_from)])[0]


def journal_of(path):
    return path.directory / "registry" / "journal" / "judgements.jsonl"


def verdicts(path, as_of=None):
    return [(item.verdict, item.mention_id_l, item.mention_id_r) for item in load_judgements(path, as_of)]


def test_decisions_are_kept_and_revocable(path):
    say_of(path, "same", "m1", "m2")
    second = say_of(path, "same", "m3", "m2")
    revoke(path, second.judgement_id, "other", "was wrong", DAY)
    say_of(path, "different", "m1", "m3")
    assert verdicts(path) == [("same", "m1", "m2"), ("different", "m1", "m3")]
    assert [one.revoked_from is None for one in load_history(path)] == [True, False, True]
    with pytest.raises(JudgementError, match="no decision in force has the id"):
        revoke(path, second.judgement_id, "other", "twice")


def test_a_revoked_decision_that_stands_in_the_journal_again_stays_revoked(path):
    """A copy of a decision would else make two people one again, of whom a steward said that they are two."""
    first = say_of(path, "same", "m1", "m2")
    line = journal_of(path).read_bytes()
    revoke(path, first.judgement_id, "other", "two people", DAY)
    say_of(path, "different", "m1", "m2")
    with journal_of(path).open("ab") as stream:
        stream.write(line)
    assert verdicts(path, DAY) == [("different", "m1", "m2")]
    with journal_of(path).open("ab") as stream:
        stream.write(line.replace(b'"m2"', b'"m3"'))
    with pytest.raises(ids.RegistryError, match="decision 5 in the journal is damaged"):
        load_judgements(path)


def test_a_decision_counts_from_a_business_date_until_it_is_revoked(path):
    first = say_of(path, "same", "m1", "m2", counts_from=NEXT)
    assert (verdicts(path, DAY), verdicts(path, NEXT)) == ([], [("same", "m1", "m2")])
    revoke(path, first.judgement_id, "steward", "was wrong", date(2026, 5, 7))
    assert len(verdicts(path, date(2026, 5, 6))) == 1
    assert verdicts(path, date(2026, 5, 7)) == verdicts(path) == []
    say_of(path, "different", "m1", "m2", counts_from=date(2026, 5, 7))
    with pytest.raises(JudgementError, match=f"{first.judgement_id}.*in force until 2026-05-07"):
        say_of(path, "different", "m2", "m1", counts_from=NEXT)


@pytest.mark.parametrize(
    ("told", "then", "chain"),
    [
        ([("same", "a", "b")], ("different", "b", "a"), [0]),
        ([("different", "a", "b")], ("same", "a", "b"), [0]),
        ([("same", "a", "b"), ("same", "x", "y"), ("same", "b", "c")], ("different", "c", "a"), [0, 2]),
        ([("same", "a", "b"), ("different", "b", "c"), ("same", "c", "d")], ("same", "d", "a"), [0, 1, 2]),
    ],
)
def test_what_contradicts_is_refused_with_the_chain_that_contradicts(path, told, then, chain):
    ids = [say_of(path, *one).judgement_id for one in told]
    before = journal_of(path).read_bytes()
    with pytest.raises(RefusedDecisions) as refused:
        say_of(path, *then)
    assert {one for one in ids if one in str(refused.value)} == {ids[place] for place in chain}
    assert journal_of(path).read_bytes() == before


def test_a_repeated_decision_is_the_one_that_was_made(path):
    first = say_of(path, "same", "m1", "m2", steward="one")
    again = say_of(path, "same", "m2", "m1", steward="two")
    assert (again, len(load_history(path))) == (first, 1)
    earlier = say_of(path, "same", "m1", "m2", counts_from=date(2026, 5, 1))
    assert earlier != first and verdicts(path, date(2026, 5, 2)) == [("same", "m1", "m2")]


def test_of_several_all_are_written_or_none(path):
    good = Statement("same", ("a", "b"), "steward", "seen", DAY)
    bad = [Statement("different", ("b", "a"), "steward", "seen", DAY), Statement("same", ("c", "c"), "s", "seen", DAY)]
    with pytest.raises(RefusedDecisions) as refused:
        decide(path, [good, *bad])
    assert set(refused.value.reasons) == {1, 2} and not journal_of(path).exists()
    made = decide(path, [good, good, Statement("different", ("b", "d"), "steward", "seen", DAY)])
    assert made[0] == made[1] and len(verdicts(path)) == 2
    whole = journal_of(path).read_bytes()
    assert whole.count(b"\n") == 1
    for torn in range(0, len(whole), 97):
        journal_of(path).write_bytes(whole[:torn])
        assert verdicts(path) == []


def test_a_torn_decision_gives_way_and_a_damaged_one_stops_the_night(path):
    first = say_of(path, "different", "a", "b")
    written = journal_of(path)
    with written.open("ab") as stream:
        stream.write(b'{"kind": "decided", "judge')
    assert load_judgements(path) == [first]
    second = say_of(path, "different", "c", "d")
    assert load_judgements(path) == [first, second]
    odd = json.dumps({"kind": "decided", "judgements": [{**vars(first), "verdict": "perhaps"}]}).encode() + b"\n"
    for damage in (b"\x00\xff" + written.read_bytes()[2:], b'{"kind": "decided"}\n', b"[]\n", odd):
        written.write_bytes(damage)
        with pytest.raises(ids.RegistryError, match="damaged"):
            load_judgements(path)


def test_a_journal_of_single_decisions_is_still_read(path):
    journal_of(path).parent.mkdir(parents=True)
    told = {"judgement_id": "j1", "verdict": "same", "mention_id_l": "a", "mention_id_r": "b", "steward": "s"}
    lines = [
        {"kind": "decided", **told, "reason": "r", "decided_at": "2026-05-04T09:00:00+00:00"},
        {"kind": "revoked", "judgement_id": "j1", "steward": "s", "reason": "r", "decided_at": "2026-05-06T09:00:00"},
    ]
    journal_of(path).write_text("".join(json.dumps(line) + "\n" for line in lines))
    days = [date(2026, 5, day) for day in (3, 4, 5, 6)]
    assert [len(load_judgements(path, day)) for day in days] == [0, 1, 1, 0]


def _contradict(path: Registry, verdict: str, barrier) -> None:
    barrier.wait()
    for number in range(20):
        try:
            say_of(path, verdict, f"a{number}", f"b{number}", steward=verdict)
        except RefusedDecisions:
            continue


def test_two_stewards_at_once_never_contradict_one_another(path):
    """Twenty pairs of which one says same and the other different, in two processes: the first of each stands."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    both = [context.Process(target=_contradict, args=(path, one, barrier)) for one in ("same", "different")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    pairs = [(one, other) for _, one, other in verdicts(path)]
    assert sorted(pairs) == sorted((f"a{number}", f"b{number}") for number in range(20))


@pytest.fixture
def night(connection, model_path, city, put, path):
    """Links the mentions amid a small city under the decisions of a day, and says in which cluster each is."""

    def link(*mentions, day=DAY):
        put(connection, [*city(20, 5)[0], *mentions])
        link_mentions(connection, PERSON, model_path, load_judgements(path, day))
        rows = connection.execute(
            "select mention_id, if(is_in_review, null, cluster_id) from work.linkage.clusters"
        ).fetchall()
        found = dict(rows)
        return [found[mention["mention_id"]] for mention in mentions]

    return link


def cases(connection, *mentions):
    """Cases between the mentions given: the kind of each."""
    ids = [mention["mention_id"] for mention in mentions]
    rows = connection.execute(
        "select kind from work.linkage.review_cases where list_has_any(mention_ids_l, $1)"
        " and list_has_any(mention_ids_r, $1)",
        [ids],
    ).fetchall()
    return [row[0] for row in rows]


def test_a_decision_holds_from_the_next_night_on_until_revoked_and_its_case_is_gone(night, say, connection, path):
    """Against a rail: two valid DNIs, each of them with a record more that bears it."""
    one, other = (say(key, **PERE, **HOME, document=number) for key, number in (("a", "46123456M"), ("b", "38765432B")))
    more = [say("a2", **PERE, document="46123456M"), say("b2", **PERE, document="38765432B")]
    a, b, a2, b2 = night(one, other, *more)
    assert a == a2 != b == b2
    assert cases(connection, one, other, *more) == ["two_valid_documents"]
    decision = say_of(path, "same", more[0]["mention_id"], other["mention_id"], counts_from=NEXT)
    assert night(one, other, *more) == [a, b, a2, b2]
    together = night(one, other, *more, day=NEXT)
    assert len(set(together)) == 1 and together[0] is not None
    assert cases(connection, one, other, *more) == []
    revoke(path, decision.judgement_id, "steward", "was wrong", NEXT)
    assert night(one, other, *more, day=NEXT) == [a, b, a2, b2]
    say_of(path, "different", one["mention_id"], other["mention_id"], counts_from=NEXT)
    assert night(one, other, *more, day=NEXT) == [a, b, a2, b2]
    assert cases(connection, one, other, *more) == []


def test_what_a_steward_joined_takes_in_no_third_valid_document(night, say, path):
    mentions = [say(key, **PERE, **HOME, document=number) for key, number in
                (("a", "46123456M"), ("b", "38765432B"), ("c", "12345678Z"))]  # fmt: skip
    say_of(path, "same", mentions[0]["mention_id"], mentions[1]["mention_id"])
    a, b, c = night(*mentions)
    assert a == b != c


@pytest.mark.parametrize("other", [{"birth_date": date(1991, 11, 2)}, {"given_name": "BIEL"}], ids=["born", "named"])
def test_a_steward_joins_what_the_model_refuses_with_all_that_is_theirs(night, say, path, other):
    one = [say(key, **PERE, **HOME) for key in ("a", "a2", "a3")]
    two = [say(key, **PERE | other, **HOME, email="b@exemple.cat") for key in ("b", "b2")]
    before = night(*one, *two)
    assert len(set(before[:3])) == len(set(before[3:])) == 1 and before[0] != before[3]
    say_of(path, "same", one[1]["mention_id"], two[1]["mention_id"])
    assert len(set(night(*one, *two))) == 1


def test_a_steward_may_say_that_two_on_one_form_are_one(night, say, path):
    grown = say("E1", "activitats_estiu", **PERE, **HOME, form_of="E1")
    tutor = say("E1#tutor", "activitats_estiu", **PERE, **HOME, form_of="E1")
    a, b = night(grown, tutor)
    assert a != b
    say_of(path, "same", grown["mention_id"], tutor["mention_id"])
    a, b = night(grown, tutor)
    assert a == b is not None


def test_what_is_kept_apart_is_not_chained_by_a_third(night, say, path):
    one, other, bridge = (say(key, **PERE, **HOME) for key in ("a", "b", "m"))
    assert len(set(night(one, other, bridge))) == 1
    say_of(path, "different", one["mention_id"], other["mention_id"])
    a, b, _ = night(one, other, bridge)
    assert a != b


def test_decisions_on_mentions_that_are_not_there_change_nothing(night, say, path, connection):
    one, other = say("a", **PERE, **HOME), say("b", **PERE, **HOME)
    before = night(one, other)
    say_of(path, "different", one["mention_id"], "gone")
    say_of(path, "same", "gone", "never")
    assert night(one, other) == before
