"""A night is published and delivered as a whole, or not at all, wherever the process is killed."""

import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from duckdb_extensions import import_extension

from exports.errors import PublicationError
from exports.publication.seal import Commit, SealPlan, current_date, recover, seal
from exports.publication.staging import stage_publication
from exports.staged import StagedDirectory
from sources.base.files import fresh_directory, write_durably
from tests.exports.conftest import staged
from tests.support.disk_states import contents, linked, states

DAY = date(2026, 5, 4)


def plan(
    hub: duckdb.DuckDBPyConnection, home: Path, day: date = DAY, run_id: str = "r1", keep_days: int = 30
) -> SealPlan:
    published, exports = home / "published", home / "exports"
    deliveries = [staged(hub, exports, name, day, run_id) for name in ("attention", "campaigns")]
    publication = stage_publication(hub, published, day, run_id, None)
    return SealPlan(published, exports, publication, deliveries, keep_days)


def run_ids(home: Path, day: date = DAY) -> set[str]:
    paths = [
        home / "published" / str(day),
        *(home / "exports" / name / str(day) for name in ("attention", "campaigns")),
    ]
    return {json.loads((path / "manifest.json").read_text())["run_id"] for path in paths if path.exists()}


def hidden(home: Path) -> list[str]:
    return [path.name for path in home.rglob(".*")]


def test_a_night_is_published_and_delivered(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    done: list[str] = []
    seal(plan(hub, tmp_path), [lambda: done.append("registry")])
    published = tmp_path / "published"
    assert done == ["registry"]
    assert (published / "current").readlink() == Path("2026-05-04")
    assert json.loads((published / "current" / "manifest.json").read_text())["rows"] == {
        "agreements": 4,
        "bounced_contacts": 0,
        "campaign_events": 0,
        "consents": 16,
        "interactions": 12,
        "licences": 0,
        "mentions": 18,
        "organisations": 1,
        "person_attributes": 63,
        "persons": 9,
        "relationships": 1,
        "requests": 3,
        "segment_candidates": 6,
        "segment_funnel": 12,
        "segment_members": 6,
        "segments": 4,
        "subscriptions": 0,
        "tax_objects": 0,
    }
    assert hidden(tmp_path) == []
    assert stat.S_IMODE((published / "current" / "fil.duckdb").stat().st_mode) == 0o600
    assert stat.S_IMODE((published / "2026-05-04").stat().st_mode) == 0o700
    assert not list(published.glob("*/*.wal"))
    with duckdb.connect(str(published / "current" / "fil.duckdb"), read_only=True) as reader:
        assert reader.execute("select count(*) from hub.persons").fetchall() == [(9,)]
        assert (
            reader.execute(
                "select comment from duckdb_columns() where table_name = 'persons' and column_name = 'person_id'"
            ).fetchall()
            == [("The person's id.",)] * 2
        )


def registry(home: Path, run_id: str) -> Callable[[], None]:
    """A step of a commit that may be repeated."""
    return lambda: write_durably(home / "registry", run_id) and None


def night_with_history(hub: duckdb.DuckDBPyConnection, home: Path, run_id: str) -> SealPlan:
    staged = fresh_directory(home / "history" / f".staging-{DAY}")
    token = write_durably(staged / "manifest.json", json.dumps({"run_id": run_id}))
    changes = StagedDirectory(staged, home / "history" / f"{DAY}", token)
    return replace(plan(hub, home, run_id=run_id), history_dir=home / "history", changes=[changes])


def recover_all(home: Path) -> None:
    """Recover as `fil recover` or the next night does, with the registry's changes of each announced night."""

    def repeat(commit: Commit) -> None:
        registry(home, commit.run_id)()

    recover(home / "published", home / "exports", repeat, home / "history")


@pytest.mark.parametrize("again", [False, True])
def test_killed_at_any_operation_the_night_is_finished_or_was_never_announced(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, again: bool
) -> None:
    """The process is killed at every operation of `seal`, and at every operation of the `recover` that follows."""
    home, old = tmp_path / "home", DAY - timedelta(31)
    seal(plan(hub, home, old, "r0"))
    (home / "history").mkdir()
    if again:
        seal(night_with_history(hub, home, "r0"), [registry(home, "r0")])
    before, night = contents(home), night_with_history(hub, home, "r1")
    left = states(lambda: seal(night, [registry(home, "r1")]), home, tmp_path / "sealing")
    after = contents(home)
    assert run_ids(home) == {"r1"} and not (home / "published" / f"{old}").exists() and not hidden(home)
    announced = [(state / "published" / f".commit-{DAY}.json").exists() for state in left]
    first = announced.index(True)
    assert first > 1 and sum(announced) > 10
    expected = [before] * first + [after] * (len(left) - first)
    for number, end in ((0, before), (first, after)):
        recovered = linked(left[number], tmp_path / f"recovered-{number}")
        recovering = states(partial(recover_all, recovered), recovered, tmp_path / f"recovering-{number}")
        left, expected = left + recovering, expected + [end] * len(recovering)
    for state, end in zip(left, expected, strict=True):
        assert run_ids(state) <= {"r0", "r1"}, "readers meet whole directories, old or new"
        recover_all(state)
        assert contents(state) == end, state


@pytest.mark.parametrize(
    "file", ["published/.staging-2026-05-04/fil.duckdb", "exports/campaigns/.staging-2026-05-04/campaigns.csv"]
)
def test_what_changed_since_it_was_announced_is_not_published(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, file: str
) -> None:
    night = plan(hub, tmp_path)
    (tmp_path / "published" / f".commit-{DAY}.json").write_text(night.commit().to_json())
    changed = tmp_path / file
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    with pytest.raises(PublicationError, match="has changed since the night of 2026-05-04 was announced: remove "):
        recover_all(tmp_path)
    assert not (tmp_path / "registry").exists() and not (tmp_path / "published" / str(DAY)).exists()
    changed.unlink()
    with pytest.raises(PublicationError, match="has changed since"):
        recover_all(tmp_path)


def test_nothing_is_staged_before_an_announced_night_is_finished(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    night = plan(hub, tmp_path)
    (tmp_path / "published" / f".commit-{DAY}.json").write_text(night.commit().to_json())
    with pytest.raises(PublicationError, match="recover"):
        stage_publication(hub, tmp_path / "published", DAY + timedelta(1), "r9", None)


@pytest.mark.parametrize("again", [False, True])
def test_killed_between_stage_and_seal_the_old_night_stays(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, again: bool
) -> None:
    if again:
        seal(plan(hub, tmp_path, run_id="r0"))
    plan(hub, tmp_path)
    assert recover(tmp_path / "published", tmp_path / "exports") == []
    assert run_ids(tmp_path) == ({"r0"} if again else set())
    assert hidden(tmp_path) == []


def test_what_a_failing_step_announced_is_withdrawn(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The night reports that it published nothing, so nothing may publish it later."""

    def fail() -> None:
        raise OSError("registry is busy")

    with pytest.raises(OSError, match="busy"):
        seal(plan(hub, tmp_path), [fail])
    repeated: list[Commit] = []
    assert recover(tmp_path / "published", tmp_path / "exports", repeated.append) == [] == repeated
    assert run_ids(tmp_path) == set()
    assert hidden(tmp_path) == []


PLACES = ("published/2026-05-04", "exports/attention/2026-05-04", "published/.staging-2026-05-04")
OUTDATED = ("published/2026-01-01", "exports/attention/2026-01-01", "published/.staging-2026-01-01", "published/.a.tmp")


@pytest.mark.parametrize("place", [*PLACES, *OUTDATED])
@pytest.mark.parametrize("kind", ["link", "broken link", "file", "directory"])
def test_what_else_lies_in_a_nights_place_gives_way_and_what_a_link_leads_to_stays(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, place: str, kind: str
) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / place
    (elsewhere / "kept").mkdir(parents=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if "link" in kind:
        path.symlink_to(elsewhere if kind == "link" else tmp_path / "nowhere")
    elif kind == "file":
        path.write_text("of somebody else")
    else:
        (path / "within").mkdir(parents=True)
    recover(tmp_path / "published", tmp_path / "exports")
    seal(plan(hub, tmp_path))
    assert run_ids(tmp_path) == {"r1"} and hidden(tmp_path) == []
    assert not any((tmp_path / one).is_symlink() for one in PLACES)
    assert not any(os.path.lexists(tmp_path / one) for one in OUTDATED)
    assert [path.name for path in elsewhere.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    "other",
    [
        {"business_date": "2026-05-05"}, {"keep_days": 0}, {"keep_days": None}, {"moves": [["published", "a", "b"]]},
        {"moves": [["published", "../../a", "2026-05-04", "t"]]}, {"moves": [["exports", "a", "/etc", "t"]]},
        {"moves": [["registry", "a", "b", "t"]]},
    ],
    ids=str,
)  # fmt: skip
def test_a_journal_that_no_night_wrote_is_not_carried_out(tmp_path: Path, other: dict[str, object]) -> None:
    written = {"business_date": f"{DAY}", "run_id": "r1", "keep_days": 30, "moves": []}
    path = tmp_path / "published" / f".commit-{DAY}.json"
    path.parent.mkdir()
    path.write_text(json.dumps(written | other))
    with pytest.raises(PublicationError, match=r"commit-2026-05-04.json is damaged: remove it, then run its night"):
        recover(tmp_path / "published", tmp_path / "exports")
    assert list(tmp_path.rglob("*")) == [path.parent, path]


def test_an_older_date_never_moves_current_back(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    seal(plan(hub, tmp_path, DAY))
    seal(plan(hub, tmp_path, DAY - timedelta(1)))
    assert current_date(tmp_path / "published") == DAY
    seal(plan(hub, tmp_path, DAY + timedelta(1)))
    assert current_date(tmp_path / "published") == DAY + timedelta(1)


def test_dates_past_their_days_go(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for days in range(4):
        seal(plan(hub, tmp_path, DAY + timedelta(days), keep_days=2))
    for root in (tmp_path / "published", tmp_path / "exports" / "attention"):
        assert sorted(path.name for path in root.glob("2*")) == ["2026-05-06", "2026-05-07"]


def test_with_a_key_nobody_reads_the_publication_without_it(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    import_extension("httpfs", con=hub)
    staged = stage_publication(hub, tmp_path / "published", DAY, "r1", "it's a key")
    seal(SealPlan(tmp_path / "published", tmp_path / "exports", staged))
    path = tmp_path / "published" / "current" / "fil.duckdb"
    assert b"CARLES" not in path.read_bytes()
    reader = duckdb.connect(":memory:")
    import_extension("httpfs", con=reader)
    with pytest.raises(duckdb.Error):
        reader.execute(f"attach '{path}' as fil (read_only)")
    reader.execute(f"attach '{path}' as fil (read_only, encryption_key 'it''s a key')")
    for table in ("fil.hub.persons", "fil.persons"):
        assert reader.execute(f"select count(*) from {table}").fetchall() == [(9,)]
    reader.close()


def test_without_its_key_nothing_is_published_over_what_is_encrypted(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    import_extension("httpfs", con=hub)
    published = tmp_path / "published"
    seal(SealPlan(published, tmp_path / "exports", stage_publication(hub, published, DAY, "r1", "it's a key")))
    with pytest.raises(PublicationError, match="set FIL_HUB_KEY_FILE"):
        stage_publication(hub, published, DAY + timedelta(1), "r2", None)
    assert current_date(published) == DAY


def test_an_empty_hub_is_not_published(tmp_path: Path) -> None:
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as work; create schema work.hub")
    with pytest.raises(PublicationError, match="build the marts first"):
        stage_publication(connection, tmp_path / "published", DAY, "r1", None)
    connection.close()
