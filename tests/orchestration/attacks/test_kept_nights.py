"""Past nights are read only while they are what was published; what a failed night announced is withdrawn."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from exports.errors import PublicationError
from exports.publication.history_index import stage_latest
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import announced_commits, database_of, stage_publication
from matching.registry.database import open_registry
from matching.registry.ids import write_pending
from orchestration.home.alerts import PUBLISHED_NOTHING
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import Settings
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.published import open_published
from orchestration.past_nights.recovery import finish_announced_commits, registry_step, what_is_public
from tests.support.published_home import DAY, NEXT, Fil

DAMAGED = "is not the file that was published: its sha256 differs from the one in manifest.json; restore "


def stage_history(home: Path, day: date) -> None:
    history = hub_history(Home(home))
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{home / 'work.duckdb'}' as work (read_only)")
        changes = history.stage(connection, day)
        hub = database_of(home / "published" / f"{day}")
        for staged in (*changes, stage_latest(history.directory, home / "published", day, hub, changes)):
            staged.staged.rename(staged.final)


@pytest.fixture
def kept(published: Path) -> Path:
    """A published night with its changes in the history."""
    stage_history(published, DAY)
    return published


def alter(database: Path) -> None:
    """A surname overwritten by DuckDB itself, with the file's time put back."""
    before = database.stat()
    with duckdb.connect(str(database)) as connection:
        connection.execute("update hub.persons set surname_1 = 'ALTRE'")
    os.utime(database, ns=(before.st_atime_ns, before.st_mtime_ns))


def cut(database: Path) -> None:
    database.write_bytes(database.read_bytes()[:4096])


def hub(home: Path) -> Path:
    return home / "published" / f"{DAY}" / "fil.duckdb"


def changes(home: Path) -> Path:
    return home / "history" / f"{DAY}" / "changes.duckdb"


def latest(home: Path) -> Path:
    return home / "history" / "latest" / "fil.duckdb"


def test_what_is_whole_is_read_and_its_sum_is_kept(kept: Path, fil: Fil) -> None:
    assert "intact: 1 published night, 1 night of history" in fil("doctor").out
    for number in range(2):
        assert fil("as-of", "--date", f"{DAY}", "--output", str(kept / f"past{number}.duckdb")).code == 0
    sums = kept / "work" / "known_sums.json"
    assert str(changes(kept)) in sums.read_text() and sums.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", [alter, Path.unlink])
def test_a_last_hub_that_was_altered_is_not_counted_back_from(
    kept: Path, fil: Fil, spoil: Callable[[Path], None]
) -> None:
    shutil.rmtree(hub(kept).parent)
    assert fil("as-of", "--date", f"{DAY}", "--output", str(kept / "past.duckdb")).code == 0
    spoil(latest(kept))
    told = fil("as-of", "--date", f"{DAY}", "--output", str(kept / "again.duckdb"))
    assert told.code == 1 and f"restore all of {kept / 'history'} from one backup, or remove" in told.err
    assert not list(kept.glob("*again.duckdb*"))
    assert f"restore all of {kept / 'history'} from one backup" in fil("doctor").out
    shutil.rmtree(latest(kept).parent)
    lost = fil("as-of", "--date", f"{DAY}", "--output", str(kept / "again.duckdb"))
    assert lost.code == 1 and "latest is lost" in lost.err


@pytest.mark.parametrize("spoil", [cut, Path.unlink])
def test_changes_that_were_altered_are_named(kept: Path, fil: Fil, spoil: Callable[[Path], None]) -> None:
    spoil(changes(kept))
    assert f"restore all of {kept / 'history'} from one backup" in fil("doctor").out
    assert fil("deliveries", "list").code == 1


def test_a_publication_that_was_altered_is_neither_delivered_nor_compared_with(kept: Path, fil: Fil) -> None:
    alter(hub(kept))
    for command in (("export", "--target", "attention", "--date", f"{DAY}"), ("doctor",)):
        told = fil(*command)
        assert told.code == 1 and f"{hub(kept)} {DAMAGED}" in told.out + told.err, command
    assert not list((kept / "exports").glob("*/*"))
    with pytest.raises(PublicationError, match=DAMAGED):
        stage_history(kept, NEXT)


def test_a_manifest_that_is_lost_is_told(kept: Path, fil: Fil) -> None:
    (hub(kept).parent / "manifest.json").write_text("{cut")
    told = fil("doctor")
    assert told.code == 1 and "manifest.json is lost or damaged; restore" in told.out


def test_what_a_night_announced_and_could_not_commit_is_published_by_no_look_up(published: Path, fil: Fil) -> None:
    """The registry's journal is damaged as the night publishes, and mended after it."""
    home, day = Home(published), NEXT + timedelta(days=1)
    with duckdb.connect(":memory:") as connection, open_registry(home.registry):
        connection.execute(f"attach '{published / 'work.duckdb'}' as work (read_only)")
        staged = stage_publication(connection, home.published, day, "r1", None)
        for name in ("persons", "memberships", "events"):
            connection.execute(f"create temp table pending_{name} as select 1 as one limit 0")
        write_pending(connection, home.registry, day)
    journal = published / "registry" / "journal" / "commits.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(b"{damaged\n" + whole)
    with pytest.raises(RuntimeError, match="line 1 is damaged"):
        seal(SealPlan(home.published, home.exports, staged), [registry_step(home.registry, day)])
    assert what_is_public(home, day, "r1") == PUBLISHED_NOTHING
    journal.write_bytes(whole)
    assert fil("deliveries", "list").code == 0
    assert announced_commits(home.published) == [] == finish_announced_commits(Settings(home))
    assert (home.published / "current").readlink() == Path(f"{DAY}")
    assert not (home.published / f"{day}").exists()


def test_a_night_that_failed_tells_what_of_it_is_public(published: Path) -> None:
    home = Home(published)
    assert what_is_public(home, DAY, "run") == "after it was published: its data are public"
    assert what_is_public(home, DAY, "another run") == PUBLISHED_NOTHING
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{published / 'work.duckdb'}' as work (read_only)")
        staged = stage_publication(connection, home.published, NEXT, "r1", None)
    plan = SealPlan(home.published, home.exports, staged)
    (home.published / f".commit-{NEXT}.json").write_text(plan.commit().to_json())
    assert "`fil recover` or the next night finishes the publication" in what_is_public(home, NEXT, "r1")
    assert what_is_public(home, NEXT, "r2") == PUBLISHED_NOTHING


def test_a_hub_that_a_later_night_took_away_is_named_with_the_command_that_writes_it(kept: Path, fil: Fil) -> None:
    for database in hub(kept).parent.glob("*.duckdb"):
        database.unlink()
    manifest = hub(kept).parent / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "database": None}))
    with pytest.raises(StepFailed, match=f"fil as-of --date {DAY}"), open_published(Home(kept), DAY):
        pass
    assert "intact: 0 published nights, 1 night of history" in fil("doctor").out
    assert fil("as-of", "--date", f"{DAY}", "--output", str(kept / "past.duckdb")).code == 0


def test_what_a_killed_command_laid_out_of_a_past_night_is_removed(kept: Path, fil: Fil) -> None:
    left = [kept / "history" / ".restored.duckdb", kept / "work" / "again" / "run-1" / "past.duckdb",
            kept / "work" / "rehearsal" / "run-2" / "registry.duckdb"]  # fmt: skip
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"somebody")
    assert fil("recover").code == 0
    assert not [path for path in left if path.exists()]
