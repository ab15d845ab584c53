"""The registry of ids: commits that are repeated, a file that is lost or damaged, its backup and older versions."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from matching.night import commit
from matching.registry import ids
from matching.registry.backup import back_up, rebuild_registry
from matching.registry.database import open_registry
from matching.registry.decisions import Statement, decide
from matching.registry.registry import Registry
from tests.matching.identity.conftest import Nights, mention_id

DAY_1, DAY_2, DAY_3 = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)


def tables_of(registry: Registry) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the registry."""
    with open_registry(registry) as connection:
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in ids.TABLES}


def test_committing_twice_changes_nothing(nights: Nights) -> None:
    pending = nights.run(["A", "b"], DAY_1, is_committed=False).pending
    assert commit(nights.registry, pending) is True
    assert commit(nights.registry, pending) is False


def test_a_commit_killed_between_journal_and_database_is_repeated(nights: Nights) -> None:
    first = nights.run(["A", "b"], DAY_1, is_committed=False)
    before = nights.registry.database.read_bytes()
    commit(nights.registry, first.pending)
    nights.registry.database.write_bytes(before)
    assert commit(nights.registry, first.pending) is True
    again = nights.run(["A", "b"], DAY_1)
    assert again.ids == first.ids and again.pending.persons == 0


def test_a_lost_registry_is_rebuilt_from_its_journal(nights: Nights) -> None:
    nights.run(["Aab"], DAY_1)
    after = nights.run(["A", "ab"], DAY_2)
    nights.registry.database.unlink()
    assert rebuild_registry(nights.registry) == 2
    rebuilt = nights.run(["A", "ab"], DAY_2)
    assert rebuilt.ids == after.ids and rebuilt.pending.memberships == 0


def test_a_registry_is_rebuilt_with_what_stands_aside(nights: Nights) -> None:
    nights.run(["Aa", "b"], DAY_2)
    old = nights.run(["A", "a"], DAY_1).ids
    nights.registry.database.unlink()
    assert rebuild_registry(nights.registry) == 2
    assert nights.run(["A", "a"], DAY_1).ids == old


def test_a_registry_of_the_previous_version_is_migrated_and_one_of_a_newer_fil_refused(nights: Nights) -> None:
    before = nights.run(["Aab"], DAY_1).ids
    with open_registry(nights.registry) as connection:
        connection.execute(
            "alter table persons drop column is_aside; alter table events drop column is_aside;"
            " update meta set value = '1' where key = 'schema_version'"
        )
    after = nights.run(["A", "ab"], DAY_2)
    assert after.ids["A"] == before["A"] and after.event_names == ["split"]
    with open_registry(nights.registry) as connection:
        assert connection.execute("select value from meta").fetchall() == [("2",)]
        assert connection.execute("select bool_or(is_aside) from persons").fetchall() == [(False,)]
        connection.execute("update meta set value = '99'")
    with pytest.raises(ids.RegistryError, match="newer Fil"):
        nights.run(["Aab"], DAY_2)


def test_a_registry_without_its_secret_or_with_a_damaged_one_is_refused(nights: Nights) -> None:
    nights.run(["Aa"], DAY_1)
    secret = nights.registry.directory / "registry" / "id_secret"
    whole = secret.read_text()
    secret.unlink()
    with pytest.raises(ids.RegistryError, match="backup"):
        nights.run(["Aa"], DAY_1)
    for damaged in ("", "no hex", whole[:-2]):
        secret.write_text(damaged)
        with pytest.raises(ids.RegistryError, match="damaged"):
            nights.run(["Aa"], DAY_1)


def test_a_damaged_registry_is_refused(nights: Nights) -> None:
    nights.run(["Aa"], DAY_1)
    whole = nights.registry.database.read_bytes()
    # No database at all, and a database with one block whose checksum is wrong.
    for damaged in (b"no database" * 1000, whole[:12_300] + bytes(9) + whole[12_309:]):
        nights.registry.database.write_bytes(damaged)
        with pytest.raises(ids.RegistryError, match="damaged: move it away"):
            nights.run(["Aa"], DAY_1)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("No space left on device", "make room"),
        ("Read-only file system", "can't be written to: mount it"),
        ("Permission denied", "can't be written to: give it"),
    ],
)
def test_a_disk_at_fault_is_not_reported_as_a_damaged_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, remedy: str
) -> None:
    def fails(*_: object) -> None:
        raise duckdb.IOException(f'IO Error: Cannot open file "/x/registry.duckdb": {words}')

    monkeypatch.setattr(duckdb, "connect", fails)
    with pytest.raises(ids.RegistryError, match=remedy) as refused, open_registry(Registry(tmp_path)):
        pass
    assert "move" not in str(refused.value)


def test_a_backup_knows_the_same_ids(nights: Nights, tmp_path: Path) -> None:
    before = nights.run(["Aa", "b"], DAY_1).ids
    for day in (DAY_1, DAY_2, DAY_2):
        copy = back_up(nights.registry, tmp_path / "backup", day, keep=1)
    assert [path.name for path in (tmp_path / "backup").iterdir()] == [DAY_2.isoformat()]
    nights.registry.database.unlink()
    shutil.rmtree(tmp_path / "registry")
    shutil.copytree(copy, tmp_path, dirs_exist_ok=True)
    assert nights.run(["Aa", "b"], DAY_2).ids == before


def test_a_lost_registry_is_rebuilt_from_its_last_good_backup_and_the_journal_since(
    nights: Nights, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    nights.run(["Aab"], DAY_1)
    good = back_up(nights.registry, backup, DAY_1, keep=9)
    second = nights.run(["A", "ab"], DAY_2).ids
    damaged = back_up(nights.registry, backup, DAY_2, keep=9)
    third = nights.run(["A", "ab", "c"], DAY_3).ids
    rows = tables_of(nights.registry)
    (damaged / nights.registry.database.name).write_bytes(b"torn" * 5000)
    nights.registry.database.unlink()
    # The good backup has the first commit, so the journal need not have it any more.
    (first,) = (tmp_path / "registry" / "journal" / "commits").glob(f"{DAY_1}-*")
    shutil.rmtree(first)
    assert rebuild_registry(nights.registry, backup) == 2
    assert rows == tables_of(nights.registry)
    assert nights.run(["A", "ab", "c"], DAY_3).ids == third | second
    nights.registry.database.unlink()
    (good / nights.registry.database.name).unlink()
    with pytest.raises(ids.RegistryError, match=f"{first.name} is lost or damaged"):
        rebuild_registry(nights.registry, backup)
    assert not nights.registry.database.exists()


def test_a_registry_is_not_rebuilt_from_changes_that_were_altered(nights: Nights, tmp_path: Path) -> None:
    nights.run(["Aab"], DAY_1)
    nights.run(["A", "ab"], DAY_2)
    (second,) = (tmp_path / "registry" / "journal" / "commits").glob(f"{DAY_2}-*")
    altered = next(path for path in second.iterdir() if duckdb.read_parquet(str(path)).shape[0] > 0)
    duckdb.read_parquet(str(altered)).limit(0).write_parquet(str(tmp_path / "altered.parquet"))
    (tmp_path / "altered.parquet").replace(altered)
    nights.registry.database.unlink()
    with pytest.raises(ids.RegistryError, match=f"{second.name} is lost or damaged"):
        rebuild_registry(nights.registry)
    assert not nights.registry.database.exists()


@pytest.mark.parametrize("lost", ["id_secret", "journal/judgements.jsonl"])
def test_a_registry_is_not_begun_anew_where_its_backup_tells_of_a_lost_journal(
    nights: Nights, tmp_path: Path, lost: str
) -> None:
    nights.run(["Aa", "b"], DAY_1)
    decide(nights.registry, [Statement("different", (mention_id("A"), mention_id("b")), "steward", "two")])
    back_up(nights.registry, tmp_path / "backup", DAY_1, keep=9)
    nights.registry.database.unlink()
    (tmp_path / "registry" / lost).unlink()
    with pytest.raises(ids.RegistryError, match=f"{lost} is lost .*restore it from"):
        rebuild_registry(nights.registry, tmp_path / "backup")
