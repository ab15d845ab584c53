"""Decisions of stewards in their journal: what is kept, what contradicts what, and what is refused."""

import json
import multiprocessing
from collections.abc import Sequence
from datetime import date
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from matching.registry import ids
from matching.registry.decisions import (
    JudgementError,
    RefusedDecisions,
    Statement,
    Verdict,
    decide,
    load_history,
    load_judgements,
    revoke,
)
from matching.registry.registry import Registry
from tests.matching.registry.conftest import DAY, NEXT_DAY, decide_on

# A verdict on two mentions.
Decided = tuple[Verdict, str, str]


def journal_of(registry: Registry) -> Path:
    return registry.directory / "registry" / "journal" / "judgements.jsonl"


def verdicts(registry: Registry, as_of: date | None = None) -> list[Decided]:
    """The decisions in force."""
    return [(item.verdict, item.mention_id_l, item.mention_id_r) for item in load_judgements(registry, as_of)]


def test_decisions_are_kept_and_revocable(registry: Registry) -> None:
    decide_on(registry, "same", "m1", "m2")
    second = decide_on(registry, "same", "m3", "m2")
    revoke(registry, second.judgement_id, "other", "was wrong", DAY)
    decide_on(registry, "different", "m1", "m3")
    assert verdicts(registry) == [("same", "m1", "m2"), ("different", "m1", "m3")]
    assert [one.revoked_from is None for one in load_history(registry)] == [True, False, True]
    with pytest.raises(JudgementError, match="no decision in force has the id"):
        revoke(registry, second.judgement_id, "other", "twice")


def test_a_revoked_decision_that_stands_in_the_journal_again_stays_revoked(registry: Registry) -> None:
    """Otherwise a copied line of the journal would merge two people whom a steward has told apart."""
    first = decide_on(registry, "same", "m1", "m2")
    line = journal_of(registry).read_bytes()
    revoke(registry, first.judgement_id, "other", "two people", DAY)
    decide_on(registry, "different", "m1", "m2")
    with journal_of(registry).open("ab") as stream:
        stream.write(line)
    assert verdicts(registry, DAY) == [("different", "m1", "m2")]
    with journal_of(registry).open("ab") as stream:
        stream.write(line.replace(b'"m2"', b'"m3"'))
    with pytest.raises(ids.RegistryError, match="decision 5 in the journal is damaged"):
        load_judgements(registry)


def test_a_decision_counts_from_a_business_date_until_it_is_revoked(registry: Registry) -> None:
    first = decide_on(registry, "same", "m1", "m2", counts_from=NEXT_DAY)
    assert (verdicts(registry, DAY), verdicts(registry, NEXT_DAY)) == ([], [("same", "m1", "m2")])
    revoke(registry, first.judgement_id, "steward", "was wrong", date(2026, 5, 7))
    assert len(verdicts(registry, date(2026, 5, 6))) == 1
    assert verdicts(registry, date(2026, 5, 7)) == verdicts(registry) == []
    decide_on(registry, "different", "m1", "m2", counts_from=date(2026, 5, 7))
    with pytest.raises(JudgementError, match=f"{first.judgement_id}.*in force until 2026-05-07"):
        decide_on(registry, "different", "m2", "m1", counts_from=NEXT_DAY)


@pytest.mark.parametrize(
    ("made", "then", "chain"),
    [
        ([("same", "a", "b")], ("different", "b", "a"), [0]),
        ([("different", "a", "b")], ("same", "a", "b"), [0]),
        ([("same", "a", "b"), ("same", "x", "y"), ("same", "b", "c")], ("different", "c", "a"), [0, 2]),
        ([("same", "a", "b"), ("different", "b", "c"), ("same", "c", "d")], ("same", "d", "a"), [0, 1, 2]),
    ],
)
def test_what_contradicts_is_refused_with_the_chain_that_contradicts(
    registry: Registry, made: Sequence[Decided], then: Decided, chain: Sequence[int]
) -> None:
    decision_ids = [decide_on(registry, *decided).judgement_id for decided in made]
    before = journal_of(registry).read_bytes()
    with pytest.raises(RefusedDecisions) as refused:
        decide_on(registry, *then)
    named = {decision_id for decision_id in decision_ids if decision_id in str(refused.value)}
    assert named == {decision_ids[place] for place in chain}
    assert journal_of(registry).read_bytes() == before


def test_a_repeated_decision_is_the_one_that_was_made(registry: Registry) -> None:
    first = decide_on(registry, "same", "m1", "m2", steward="one")
    again = decide_on(registry, "same", "m2", "m1", steward="two")
    assert (again, len(load_history(registry))) == (first, 1)
    earlier = decide_on(registry, "same", "m1", "m2", counts_from=date(2026, 5, 1))
    assert earlier != first and verdicts(registry, date(2026, 5, 2)) == [("same", "m1", "m2")]


def test_of_several_all_are_written_or_none(registry: Registry) -> None:
    good = Statement("same", ("a", "b"), "steward", "seen", DAY)
    bad = [Statement("different", ("b", "a"), "steward", "seen", DAY), Statement("same", ("c", "c"), "s", "seen", DAY)]
    with pytest.raises(RefusedDecisions) as refused:
        decide(registry, [good, *bad])
    assert set(refused.value.reasons) == {1, 2} and not journal_of(registry).exists()
    made = decide(registry, [good, good, Statement("different", ("b", "d"), "steward", "seen", DAY)])
    assert made[0] == made[1] and len(verdicts(registry)) == 2
    whole = journal_of(registry).read_bytes()
    assert whole.count(b"\n") == 1
    for torn in range(0, len(whole), 97):
        journal_of(registry).write_bytes(whole[:torn])
        assert verdicts(registry) == []


def test_a_torn_decision_gives_way_and_a_damaged_one_stops_the_night(registry: Registry) -> None:
    first = decide_on(registry, "different", "a", "b")
    written = journal_of(registry)
    with written.open("ab") as stream:
        stream.write(b'{"kind": "decided", "judge')
    assert load_judgements(registry) == [first]
    second = decide_on(registry, "different", "c", "d")
    assert load_judgements(registry) == [first, second]
    odd = json.dumps({"kind": "decided", "judgements": [{**vars(first), "verdict": "perhaps"}]}).encode() + b"\n"
    for damage in (b"\x00\xff" + written.read_bytes()[2:], b'{"kind": "decided"}\n', b"[]\n", odd):
        written.write_bytes(damage)
        with pytest.raises(ids.RegistryError, match="damaged"):
            load_judgements(registry)


def test_a_journal_of_single_decisions_is_still_read(registry: Registry) -> None:
    journal_of(registry).parent.mkdir(parents=True)
    decision = {"judgement_id": "j1", "verdict": "same", "mention_id_l": "a", "mention_id_r": "b", "steward": "s"}
    lines = [
        {"kind": "decided", **decision, "reason": "r", "decided_at": "2026-05-04T09:00:00+00:00"},
        {"kind": "revoked", "judgement_id": "j1", "steward": "s", "reason": "r", "decided_at": "2026-05-06T09:00:00"},
    ]
    journal_of(registry).write_text("".join(json.dumps(line) + "\n" for line in lines))
    days = [date(2026, 5, day) for day in (3, 4, 5, 6)]
    assert [len(load_judgements(registry, day)) for day in days] == [0, 1, 1, 0]


def decide_twenty_pairs(registry: Registry, verdict: Verdict, barrier: Barrier) -> None:
    barrier.wait()
    for number in range(20):
        try:
            decide_on(registry, verdict, f"a{number}", f"b{number}", steward=verdict)
        except RefusedDecisions:
            continue


def test_two_stewards_at_once_never_contradict_one_another(registry: Registry) -> None:
    """In two processes, one steward says that twenty pairs are the same, and the other that they are different.

    For each pair, the first decision stands.
    """
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    stewards = [
        context.Process(target=decide_twenty_pairs, args=(registry, verdict, barrier))
        for verdict in ("same", "different")
    ]
    for steward in stewards:
        steward.start()
    for steward in stewards:
        steward.join()
    assert [steward.exitcode for steward in stewards] == [0, 0]
    pairs = [(one, other) for _, one, other in verdicts(registry)]
    assert sorted(pairs) == sorted((f"a{number}", f"b{number}") for number in range(20))
