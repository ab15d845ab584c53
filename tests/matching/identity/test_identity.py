import random
import shutil
import string
from datetime import date, timedelta

import duckdb
import pytest

from matching.night import commit, identify
from matching.parties import PERSON
from matching.registry import ids
from matching.registry.backup import back_up, rebuild_registry
from matching.registry.database import open_registry
from matching.registry.decisions import Statement, decide, revoke
from matching.registry.registry import Registry

DAY_1, DAY_2 = date(2026, 5, 4), date(2026, 5, 5)


@pytest.fixture
def night(connection, put, say, tmp_path):
    """Identifies clusters given as strings of letters, one letter a mention; `A` in capitals is the register's."""
    registry = Registry(tmp_path)

    def run(clusters, day, is_committed=True):
        mentions = {c: say(c, "padro" if c.isupper() else "atencions") for cluster in clusters for c in cluster}
        put(connection, list(mentions.values()))
        connection.execute("create schema if not exists work.linkage")
        connection.execute(
            "create or replace table work.linkage.scored_pairs as select l.mention_id as mention_id_l,"
            " r.mention_id as mention_id_r, 12.0 as match_weight from work.intermediate.int_person_mentions as l,"
            " work.intermediate.int_person_mentions as r where l.mention_id < r.mention_id"
        )
        connection.execute(
            "create or replace table work.linkage.clusters (mention_id varchar, cluster_id varchar,"
            " confidence double, cluster_confidence double, method varchar, is_in_review boolean)"
        )
        for cluster in clusters:
            for letter in cluster:
                connection.execute(
                    "insert into work.linkage.clusters values (?, ?, 1.0, 1.0, 'singleton', false)",
                    [mentions[letter]["mention_id"], cluster],
                )
        pending = identify(connection, registry, day, [PERSON])
        if is_committed:
            commit(registry, pending)
        found = dict(connection.execute("select mention_id, person_id from work.linkage.mention_links").fetchall())
        events = connection.execute(
            "select event, ids_before, ids_after from work.linkage.person_events where business_date = ?", [day]
        ).fetchall()
        return {letter: found[mentions[letter]["mention_id"]] for letter in mentions}, events, pending

    run.registry, run.connection = registry, connection
    run.id = lambda letter: say(letter, "padro" if letter.isupper() else "atencions")["mention_id"]
    return run


def test_a_rerun_mints_the_same_ids(night):
    first, _, _ = night(["Aa", "b"], DAY_1, is_committed=False)
    again, events, _ = night(["Aa", "b"], DAY_1)
    third, same_events, pending = night(["Aa", "b"], DAY_1)
    assert first == again == third
    assert events == same_events and pending.persons == pending.events == 0
    assert all(person.startswith("P") and len(person) == 17 for person in first.values())


def test_a_merge_keeps_the_older_id(night):
    before, _, _ = night(["a"], DAY_1)
    night(["a", "B"], DAY_2)
    after, events, _ = night(["aB"], date(2026, 5, 6))
    assert after["a"] == after["B"] == before["a"]
    assert [event[0] for event in events] == ["merged"]


def test_a_split_keeps_the_id_with_the_strongest(night):
    before, _, _ = night(["Aab"], DAY_1)
    after, events, _ = night(["A", "ab"], DAY_2)
    assert after["A"] == before["A"] and after["a"] == after["b"] != before["A"]
    assert [event[0] for event in events] == ["split"]
    rerun, events_again, _ = night(["A", "ab"], DAY_2)
    assert rerun == after and events_again == events


def test_a_person_without_mentions_is_retired_once_and_its_id_never_reused(night):
    before, _, _ = night(["A", "b"], DAY_1)
    _, events, _ = night(["A"], DAY_2)
    assert events == [("retired", [before["b"]], [])]
    assert night(["A"], date(2026, 5, 6))[1] == []
    assert night(["A", "b"], date(2026, 5, 7))[0] == before


def test_a_night_that_changed_no_id_is_known_to_later_ones(night):
    """And a night that is run again knows those before it alone."""
    told = "from work.linkage.nights"
    for day in (DAY_1, DAY_2, date(2026, 5, 6)):
        night(["Aa"], day)
    assert night.connection.execute(told).fetchall() == [(DAY_1,), (DAY_2,), (date(2026, 5, 6),)]
    night(["Aa"], DAY_2)
    assert night.connection.execute(told).fetchall() == [(DAY_1,), (DAY_2,)]


def test_an_older_day_changes_nothing_of_later_ones(night):
    night(["Aa"], DAY_1)
    late, _, _ = night(["A", "a"], DAY_2)
    old, _, _ = night(["Aa"], DAY_1)
    assert old["A"] == old["a"] == late["A"]
    assert night(["A", "a"], DAY_2)[0] == late


def test_an_older_day_run_first_after_a_later_one_keeps_its_ids_aside(night):
    late, late_events, _ = night(["Aa", "b"], DAY_2)
    old, events, _ = night(["A", "a", "c"], DAY_1)
    assert old["A"] == late["A"] and old["a"] not in late.values()
    again, events_again, _ = night(["A", "a", "c"], DAY_1)
    assert (again, events_again) == (old, events)
    later, events_later, _ = night(["Aa", "b"], DAY_2)
    assert later == late and events_later == late_events
    with open_registry(night.registry) as connection:
        told = connection.execute("select event, ids_before || ids_after from events where is_aside").fetchall()
    assert sorted(told) == sorted((event, [old[key]]) for key in "ac" for event in ("minted", "retired"))
    # Seen for the first time by a later night, the person of such an id is that very one.
    assert night(["Aa", "b", "c"], date(2026, 5, 6))[0]["c"] == old["c"]


def test_a_registry_is_rebuilt_with_what_stands_aside(night):
    night(["Aa", "b"], DAY_2)
    old, _, _ = night(["A", "a"], DAY_1)
    night.registry.database.unlink()
    assert rebuild_registry(night.registry) == 2
    assert night(["A", "a"], DAY_1)[0] == old


def test_who_was_merged_and_is_told_apart_again_has_the_former_id_back(night):
    before, _, _ = night(["Aa", "Bb"], DAY_1)
    merged, _, _ = night(["AaBb"], DAY_2)
    assert set(merged.values()) == {before["A"]}
    after, events, _ = night(["Aa", "Bb"], date(2026, 5, 6))
    assert after == before
    assert events == [("split", [before["A"]], sorted([before["A"], before["B"]]))]
    # Merged once more and parted once more, they are still the same two.
    night(["AaBb"], date(2026, 5, 7))
    again, events, _ = night(["Aa", "B", "b"], date(2026, 5, 8))
    assert again["A"] == before["A"] and again["B"] == before["B"] and again["b"] not in before.values()
    assert [event[0] for event in events] == ["split"]


def test_a_former_id_goes_to_nobody_who_has_an_id(night):
    before, _, _ = night(["Aa", "Bb", "C"], DAY_1)
    night(["AaBb", "C"], DAY_2)
    after, _, _ = night(["Aab", "BC"], date(2026, 5, 6))
    assert after["A"] == before["A"] and after["B"] == after["C"] == before["C"]


def test_every_change_of_an_id_has_one_event_with_its_cause(night):
    def causes(day):
        rows = night.connection.execute(
            "select event, cause from work.linkage.person_events where business_date = ? order by all", [day]
        )
        return dict(rows.fetchall())

    night(["Aa", "Bb"], DAY_1)
    decision = decide(night.registry, [Statement("same", (night.id("A"), night.id("B")), "steward", "seen")])[0]
    night(["AaBb"], DAY_2)
    # Decided today, and in force from today's nights on.
    assert causes(DAY_2)["merged"].startswith("found to be one person: link between ")
    today = date.fromisoformat(decision.decided_at[:10])
    night(["Aa", "Bb"], today - timedelta(days=1))
    assert causes(today - timedelta(days=1))["split"] == "found to be several: no link holds them together any more"
    night(["AaBb"], today)
    assert causes(today) == {"merged": f"found to be one person: decision {decision.judgement_id}"}
    revoke(night.registry, decision.judgement_id, "steward", "no")
    apart = decide(night.registry, [Statement("different", (night.id("A"), night.id("b")), "steward", "two")])[0]
    night(["Aa", "Bb"], today + timedelta(days=1))
    assert causes(today + timedelta(days=1)) == {"split": f"found to be several: decision {apart.judgement_id}"}


@pytest.mark.parametrize("nights", [3, pytest.param(30, marks=pytest.mark.long)])
def test_over_many_nights_no_id_is_lost_or_reused_and_order_does_not_matter(night, nights):
    chance = random.Random(5)  # noqa: S311 - a test's draws, no secret
    letters = string.ascii_letters[:40]
    known, active = set(), set()
    for number in range(nights):
        groups = {}
        for letter in chance.sample(letters, 36):
            # Most stay where they are; some wander.
            home = letters.index(letter) // 3 if chance.random() < 0.9 else chance.randrange(14)
            groups.setdefault(home, []).append(letter)
        day = DAY_1 + timedelta(days=number)
        ids, events, _ = night(["".join(group) for group in groups.values()], day, is_committed=False)
        shuffled = [sorted(group, reverse=True) for group in groups.values()]
        again, events_again, _ = night(["".join(group) for group in reversed(shuffled)], day)
        assert again == ids and events_again == events
        begun = {one for event, before, after in events for one in after if one not in before or event == "reassigned"}
        ended = {one for event, before, after in events for one in before if one not in after}
        assert set(ids.values()) - active <= begun and active - set(ids.values()) <= ended
        assert not {one for event, before, after in events if event == "minted" for one in after} & known
        active = set(ids.values())
        known |= active


def test_committing_twice_changes_nothing(night):
    _, _, pending = night(["A", "b"], DAY_1, is_committed=False)
    assert commit(night.registry, pending) is True
    assert commit(night.registry, pending) is False


def test_a_commit_killed_between_journal_and_database_is_repeated(night):
    first, _, pending = night(["A", "b"], DAY_1, is_committed=False)
    before = night.registry.database.read_bytes()
    commit(night.registry, pending)
    night.registry.database.write_bytes(before)
    assert commit(night.registry, pending) is True
    again, _, pending = night(["A", "b"], DAY_1)
    assert again == first and pending.persons == 0


def test_a_lost_registry_is_rebuilt_from_its_journal(night):
    night(["Aab"], DAY_1)
    after, _, _ = night(["A", "ab"], DAY_2)
    night.registry.database.unlink()
    assert rebuild_registry(night.registry) == 2
    rebuilt, _, pending = night(["A", "ab"], DAY_2)
    assert rebuilt == after and pending.memberships == 0


def test_a_registry_of_the_previous_version_is_migrated_and_one_of_a_newer_fil_refused(night):
    before, _, _ = night(["Aab"], DAY_1)
    with open_registry(night.registry) as connection:
        connection.execute(
            "alter table persons drop column is_aside; alter table events drop column is_aside;"
            " update meta set value = '1' where key = 'schema_version'"
        )
    after, events, _ = night(["A", "ab"], DAY_2)
    assert after["A"] == before["A"] and [event[0] for event in events] == ["split"]
    with open_registry(night.registry) as connection:
        assert connection.execute("select value from meta").fetchall() == [("2",)]
        assert connection.execute("select bool_or(is_aside) from persons").fetchall() == [(False,)]
        connection.execute("update meta set value = '99'")
    with pytest.raises(ids.RegistryError, match="newer Fil"):
        night(["Aab"], DAY_2)


def test_a_registry_without_its_secret_or_damaged_is_refused(night):
    night(["Aa"], DAY_1)
    secret = night.registry.directory / "registry" / "id_secret"
    kept = secret.read_text()
    secret.unlink()
    with pytest.raises(ids.RegistryError, match="backup"):
        night(["Aa"], DAY_1)
    for damaged in ("", "no hex", kept[:-2]):
        secret.write_text(damaged)
        with pytest.raises(ids.RegistryError, match="damaged"):
            night(["Aa"], DAY_1)
    secret.write_text(kept)
    whole = night.registry.database.read_bytes()
    # Another file, and a block whose sum is wrong, which no process holds.
    for damaged in (b"no database" * 1000, whole[:12_300] + bytes(9) + whole[12_309:]):
        night.registry.database.write_bytes(damaged)
        with pytest.raises(ids.RegistryError, match="damaged: move it away"):
            night(["Aa"], DAY_1)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("No space left on device", "make room"),
        ("Read-only file system", "can't be written to: mount it"),
        ("Permission denied", "can't be written to: give it"),
    ],
)
def test_a_disk_at_fault_is_told_of_no_damaged_registry(tmp_path, monkeypatch, words, remedy):
    def fails(*_):
        raise duckdb.IOException(f'IO Error: Cannot open file "/x/registry.duckdb": {words}')

    monkeypatch.setattr(duckdb, "connect", fails)
    with pytest.raises(ids.RegistryError, match=remedy) as refused, open_registry(Registry(tmp_path)):
        pass
    assert "move" not in str(refused.value)


def test_a_backup_knows_the_same_ids(night, tmp_path):
    before, _, _ = night(["Aa", "b"], DAY_1)
    for day in (DAY_1, DAY_2, DAY_2):
        copy = back_up(night.registry, tmp_path / "backup", day, keep=1)
    assert [path.name for path in (tmp_path / "backup").iterdir()] == [DAY_2.isoformat()]
    night.registry.database.unlink()
    shutil.rmtree(tmp_path / "registry")
    shutil.copytree(copy, tmp_path, dirs_exist_ok=True)
    assert night(["Aa", "b"], DAY_2)[0] == before


def test_a_lost_registry_is_its_last_backup_that_opens_and_what_the_journal_has_since(night, tmp_path):
    backup = tmp_path / "backup"
    night(["Aab"], DAY_1)
    kept = back_up(night.registry, backup, DAY_1, keep=9)
    second, _, _ = night(["A", "ab"], DAY_2)
    damaged = back_up(night.registry, backup, DAY_2, keep=9)
    third, _, _ = night(["A", "ab", "c"], date(2026, 5, 6))
    with open_registry(night.registry) as connection:
        rows = {name: connection.execute(f"from {name} order by all").fetchall() for name in ids.TABLES}
    (damaged / night.registry.database.name).write_bytes(b"torn" * 5000)
    night.registry.database.unlink()
    # Of the first commit the backup knows; the journal need not have it any more.
    (first,) = (tmp_path / "registry" / "journal" / "commits").glob(f"{DAY_1}-*")
    shutil.rmtree(first)
    assert rebuild_registry(night.registry, backup) == 2
    with open_registry(night.registry) as connection:
        assert rows == {name: connection.execute(f"from {name} order by all").fetchall() for name in ids.TABLES}
    assert night(["A", "ab", "c"], date(2026, 5, 6))[0] == third | second
    night.registry.database.unlink()
    (kept / night.registry.database.name).unlink()
    with pytest.raises(ids.RegistryError, match=f"{first.name} is lost or damaged"):
        rebuild_registry(night.registry, backup)
    assert not night.registry.database.exists()


@pytest.mark.parametrize("lost", ["id_secret", "journal/judgements.jsonl"])
def test_a_registry_is_not_begun_anew_where_its_backup_tells_of_a_lost_journal(night, tmp_path, lost):
    night(["Aa", "b"], DAY_1)
    decide(night.registry, [Statement("different", (night.id("A"), night.id("b")), "steward", "two")])
    back_up(night.registry, tmp_path / "backup", DAY_1, keep=9)
    night.registry.database.unlink()
    (tmp_path / "registry" / lost).unlink()
    with pytest.raises(ids.RegistryError, match=f"{lost} is lost .*restore it from"):
        rebuild_registry(night.registry, tmp_path / "backup")
