import shutil
from datetime import date

import pytest

from matching import registry
from matching.identity import PERSONS
from matching.night import commit, identify

DAY_1, DAY_2 = date(2026, 5, 4), date(2026, 5, 5)


@pytest.fixture
def night(connection, put, say, tmp_path):
    """Identifies clusters given as strings of letters, one letter a mention; `A` in capitals is the register's."""
    path = tmp_path / "registry.duckdb"

    def run(clusters, day, is_committed=True):
        mentions = {c: say(c, "padro" if c.isupper() else "atencions") for cluster in clusters for c in cluster}
        put(connection, list(mentions.values()))
        connection.execute("create schema if not exists work.linkage")
        connection.execute(
            "create or replace table work.linkage.clusters (mention_id varchar, cluster_id varchar,"
            " confidence double, method varchar, is_in_review boolean)"
        )
        for cluster in clusters:
            for letter in cluster:
                connection.execute(
                    "insert into work.linkage.clusters values (?, ?, 1.0, 'singleton', false)",
                    [mentions[letter]["mention_id"], cluster],
                )
        pending = identify(connection, path, day, [PERSONS])
        if is_committed:
            commit(path, pending)
        found = dict(connection.execute("select mention_id, person_id from work.linkage.mention_links").fetchall())
        events = connection.execute(
            "select event, ids_before, ids_after from work.linkage.person_events where business_date = ?", [day]
        ).fetchall()
        return {letter: found[mentions[letter]["mention_id"]] for letter in mentions}, events, pending

    run.path = path
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
    with registry.open_registry(night.path) as connection:
        told = connection.execute("select event, ids_before || ids_after from events where is_aside").fetchall()
    assert sorted(told) == sorted((event, [old[key]]) for key in "ac" for event in ("minted", "retired"))
    # Seen for the first time by a later night, the person of such an id is that very one.
    assert night(["Aa", "b", "c"], date(2026, 5, 6))[0]["c"] == old["c"]


def test_a_registry_is_rebuilt_with_what_stands_aside(night):
    night(["Aa", "b"], DAY_2)
    old, _, _ = night(["A", "a"], DAY_1)
    night.path.unlink()
    assert registry.rebuild_registry(night.path) == 2
    assert night(["A", "a"], DAY_1)[0] == old


def test_committing_twice_changes_nothing(night):
    _, _, pending = night(["A", "b"], DAY_1, is_committed=False)
    assert commit(night.path, pending) is True
    assert commit(night.path, pending) is False


def test_a_commit_killed_between_journal_and_database_is_repeated(night):
    first, _, pending = night(["A", "b"], DAY_1, is_committed=False)
    before = night.path.read_bytes()
    commit(night.path, pending)
    night.path.write_bytes(before)
    assert commit(night.path, pending) is True
    again, _, pending = night(["A", "b"], DAY_1)
    assert again == first and pending.persons == 0


def test_a_lost_registry_is_rebuilt_from_its_journal(night):
    night(["Aab"], DAY_1)
    after, _, _ = night(["A", "ab"], DAY_2)
    night.path.unlink()
    assert registry.rebuild_registry(night.path) == 2
    rebuilt, _, pending = night(["A", "ab"], DAY_2)
    assert rebuilt == after and pending.memberships == 0


def test_a_registry_without_its_secret_or_damaged_is_refused(night):
    night(["Aa"], DAY_1)
    secret = night.path.parent / "registry" / "id_secret"
    kept = secret.read_text()
    secret.unlink()
    with pytest.raises(registry.RegistryError, match="backup"):
        night(["Aa"], DAY_1)
    for damaged in ("", "no hex", kept[:-2]):
        secret.write_text(damaged)
        with pytest.raises(registry.RegistryError, match="damaged"):
            night(["Aa"], DAY_1)
    secret.write_text(kept)
    night.path.write_bytes(b"no database" * 1000)
    with pytest.raises(registry.RegistryError, match="damaged"):
        night(["Aa"], DAY_1)


def test_a_backup_knows_the_same_ids(night, tmp_path):
    before, _, _ = night(["Aa", "b"], DAY_1)
    for day in (DAY_1, DAY_2, DAY_2):
        copy = registry.back_up(night.path, tmp_path / "backup", day, keep=1)
    assert [path.name for path in (tmp_path / "backup").iterdir()] == [DAY_2.isoformat()]
    night.path.unlink()
    shutil.rmtree(tmp_path / "registry")
    shutil.copytree(copy, tmp_path, dirs_exist_ok=True)
    assert night(["Aa", "b"], DAY_2)[0] == before
