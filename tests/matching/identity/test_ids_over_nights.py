"""Which id each person keeps from one night to the next, and what the events say of every change."""

import random
import string
from datetime import date, timedelta

import pytest

from matching.registry.database import open_registry
from matching.registry.decisions import Statement, decide, revoke
from tests.matching.identity.conftest import Nights, mention_id

DAY_1, DAY_2, DAY_3 = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)


def test_a_rerun_mints_the_same_ids(nights: Nights) -> None:
    first = nights.run(["Aa", "b"], DAY_1, is_committed=False)
    again = nights.run(["Aa", "b"], DAY_1)
    third = nights.run(["Aa", "b"], DAY_1)
    assert first.ids == again.ids == third.ids
    assert again.events == third.events and third.pending.persons == third.pending.events == 0
    assert all(person.startswith("P") and len(person) == 17 for person in first.ids.values())


def test_a_merge_keeps_the_older_id(nights: Nights) -> None:
    before = nights.run(["a"], DAY_1).ids
    nights.run(["a", "B"], DAY_2)
    after = nights.run(["aB"], DAY_3)
    assert after.ids["a"] == after.ids["B"] == before["a"]
    assert after.event_names == ["merged"]


def test_a_split_keeps_the_id_with_the_strongest(nights: Nights) -> None:
    before = nights.run(["Aab"], DAY_1).ids
    after = nights.run(["A", "ab"], DAY_2)
    assert after.ids["A"] == before["A"] and after.ids["a"] == after.ids["b"] != before["A"]
    assert after.event_names == ["split"]
    rerun = nights.run(["A", "ab"], DAY_2)
    assert rerun.ids == after.ids and rerun.events == after.events


def test_a_person_without_mentions_is_retired_once_and_its_id_never_reused(nights: Nights) -> None:
    before = nights.run(["A", "b"], DAY_1).ids
    assert nights.run(["A"], DAY_2).events == [("retired", [before["b"]], [])]
    assert nights.run(["A"], DAY_3).events == []
    assert nights.run(["A", "b"], date(2026, 5, 7)).ids == before


def test_a_night_that_changed_no_id_is_known_to_later_ones(nights: Nights) -> None:
    """A night that is run again knows only the nights before it."""
    known = "from work.linkage.nights"
    for day in (DAY_1, DAY_2, DAY_3):
        nights.run(["Aa"], day)
    assert nights.connection.execute(known).fetchall() == [(DAY_1,), (DAY_2,), (DAY_3,)]
    nights.run(["Aa"], DAY_2)
    assert nights.connection.execute(known).fetchall() == [(DAY_1,), (DAY_2,)]


def test_an_older_day_changes_nothing_of_later_ones(nights: Nights) -> None:
    nights.run(["Aa"], DAY_1)
    late = nights.run(["A", "a"], DAY_2).ids
    old = nights.run(["Aa"], DAY_1).ids
    assert old["A"] == old["a"] == late["A"]
    assert nights.run(["A", "a"], DAY_2).ids == late


def test_an_older_day_run_first_after_a_later_one_keeps_its_ids_aside(nights: Nights) -> None:
    late = nights.run(["Aa", "b"], DAY_2)
    old = nights.run(["A", "a", "c"], DAY_1)
    assert old.ids["A"] == late.ids["A"] and old.ids["a"] not in late.ids.values()
    again = nights.run(["A", "a", "c"], DAY_1)
    assert (again.ids, again.events) == (old.ids, old.events)
    later = nights.run(["Aa", "b"], DAY_2)
    assert later.ids == late.ids and later.events == late.events
    with open_registry(nights.registry) as connection:
        aside = connection.execute("select event, ids_before || ids_after from events where is_aside").fetchall()
    assert sorted(aside) == sorted((event, [old.ids[key]]) for key in "ac" for event in ("minted", "retired"))
    # When a later night sees such a person for the first time, the person keeps the id that stood aside.
    assert nights.run(["Aa", "b", "c"], DAY_3).ids["c"] == old.ids["c"]


def test_who_was_merged_and_is_told_apart_again_has_the_former_id_back(nights: Nights) -> None:
    before = nights.run(["Aa", "Bb"], DAY_1).ids
    merged = nights.run(["AaBb"], DAY_2).ids
    assert set(merged.values()) == {before["A"]}
    after = nights.run(["Aa", "Bb"], DAY_3)
    assert after.ids == before
    assert after.events == [("split", [before["A"]], sorted([before["A"], before["B"]]))]
    # Merged once more and split once more, they have the same two ids.
    nights.run(["AaBb"], date(2026, 5, 7))
    again = nights.run(["Aa", "B", "b"], date(2026, 5, 8))
    assert again.ids["A"] == before["A"] and again.ids["B"] == before["B"] and again.ids["b"] not in before.values()
    assert again.event_names == ["split"]


def test_a_former_id_goes_to_nobody_who_has_an_id(nights: Nights) -> None:
    before = nights.run(["Aa", "Bb", "C"], DAY_1).ids
    nights.run(["AaBb", "C"], DAY_2)
    after = nights.run(["Aab", "BC"], DAY_3).ids
    assert after["A"] == before["A"] and after["B"] == after["C"] == before["C"]


def test_every_change_of_an_id_has_one_event_with_its_cause(nights: Nights) -> None:
    nights.run(["Aa", "Bb"], DAY_1)
    same = Statement("same", (mention_id("A"), mention_id("B")), "steward", "seen")
    decision = decide(nights.registry, [same])[0]
    nights.run(["AaBb"], DAY_2)
    # The decision applies from today on, and this night is an older one.
    assert nights.causes(DAY_2)["merged"].startswith("found to be one person: link between ")
    today = date.fromisoformat(decision.decided_at[:10])
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    nights.run(["Aa", "Bb"], yesterday)
    assert nights.causes(yesterday)["split"] == "found to be several: no link holds them together any more"
    nights.run(["AaBb"], today)
    assert nights.causes(today) == {"merged": f"found to be one person: decision {decision.judgement_id}"}
    revoke(nights.registry, decision.judgement_id, "steward", "no")
    different = Statement("different", (mention_id("A"), mention_id("b")), "steward", "two")
    apart = decide(nights.registry, [different])[0]
    nights.run(["Aa", "Bb"], tomorrow)
    assert nights.causes(tomorrow) == {"split": f"found to be several: decision {apart.judgement_id}"}


@pytest.mark.parametrize("count", [3, pytest.param(30, marks=pytest.mark.long)])
def test_over_many_nights_no_id_is_lost_or_reused_and_order_does_not_matter(nights: Nights, count: int) -> None:
    chance = random.Random(5)  # noqa: S311 - a test's draws, no secret
    letters = string.ascii_letters[:40]
    known: set[str] = set()
    active: set[str] = set()
    for number in range(count):
        clusters = wander(chance, letters)
        day = DAY_1 + timedelta(days=number)
        night = nights.run(clusters, day, is_committed=False)
        again = nights.run(["".join(sorted(cluster, reverse=True)) for cluster in reversed(clusters)], day)
        assert again.ids == night.ids and again.events == night.events
        begun = {
            person
            for event, before, after in night.events
            for person in after
            if person not in before or event == "reassigned"
        }
        ended = {person for _, before, after in night.events for person in before if person not in after}
        persons = set(night.ids.values())
        assert persons - active <= begun and active - persons <= ended
        assert not {person for event, _, after in night.events if event == "minted" for person in after} & known
        active = persons
        known |= active


def wander(chance: random.Random, letters: str) -> list[str]:
    """Clusters of most letters: most letters stay where they always are, some wander."""
    clusters: dict[int, str] = {}
    for letter in chance.sample(letters, 36):
        home = letters.index(letter) // 3 if chance.random() < 0.9 else chance.randrange(14)
        clusters[home] = clusters.get(home, "") + letter
    return list(clusters.values())
