"""What lies in the work database is published by the run that made it, for its date, as it left it, or not at all.

Through Dagster's own job over chosen assets ("Materialize selected"), its re-execution, and files written between.
"""

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    JobDefinition,
    ReexecutionOptions,
    define_asset_job,
    execute_job,
    in_process_executor,
    reconstructable,
)

from orchestration.definitions import build_definitions
from orchestration.home.custody import Run, held
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import Settings
from orchestration.night.arrivals import landing_asset, raw_asset, work_database_begun
from orchestration.night.delivery import candidates_asset, publication_asset
from orchestration.night.resources import Night
from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from tests.support.nights import DAY, attention, deliver

NEXT, STALE = "2026-05-05", "2026-05-12"
RAW = [AssetKey(["raw", name]) for name in ("run", "agreements", "draws")]
ATTENTIONS = [AssetKey(["raw", f"atencions__atencions{part}"]) for part in ("", "_quarantined", "_first_told")]
PUBLICATION = [AssetKey(["published", "current"]), *(AssetKey(["deliveries", t]) for t in ("attention", "campaigns"))]
CANDIDATES = [AssetKey(["exports", target]) for target in ("attention", "campaigns")]
ARRIVALS = [*RAW, AssetKey(["landing", "atencions"]), *ATTENTIONS]
(ATENCIONS,) = (contract for contract in load_contracts() if contract.source == "atencions")


def definitions() -> Definitions:
    """The first and the last assets of a night."""
    return Definitions(
        assets=[
            work_database_begun, landing_asset(ATENCIONS), raw_asset(ATENCIONS), candidates_asset(ATTENTIONS),
            publication_asset(ATTENTIONS),
        ],
        jobs=[define_asset_job("arrivals", selection=ARRIVALS)],
        executor=in_process_executor,
        resources={"night": Night(settings=Settings.from_environment())},
    )  # fmt: skip


def arrivals_job() -> JobDefinition:
    return definitions().resolve_job_def("arrivals")


Materialize = Callable[..., ExecuteInProcessResult]


@pytest.fixture
def instance(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    (home / "store").mkdir()
    with DagsterInstance.local_temp(str(home / "store"), overrides={"telemetry": {"enabled": False}}) as made:
        yield made


@pytest.fixture
def materialize(home: Path, instance: DagsterInstance) -> Materialize:
    def run(assets: list[AssetKey], day: str = DAY) -> ExecuteInProcessResult:
        return (
            definitions()
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(partition_key=day, asset_selection=assets, instance=instance, raise_on_error=False)
        )

    deliver(home, "atencions", "atencions_20260504.jsonl", attention(1))
    return run


def why(result: ExecuteInProcessResult) -> str:
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    return str(failure.step_failure_data.error)


@pytest.mark.parametrize("assets", [PUBLICATION, CANDIDATES, ATTENTIONS], ids=["publication", "candidates", "raw"])
def test_a_step_alone_goes_on_from_no_work_database_of_another_run_or_date(
    materialize: Materialize, home: Path, assets: list[AssetKey]
) -> None:
    assert materialize(ARRIVALS).success
    of_another_date, of_another_run = materialize(assets, NEXT), materialize(assets)
    assert f"is of the night {DAY}, not of {NEXT}: run the whole night, `fil nightly --date {NEXT}`" in why(
        of_another_date
    )
    assert "the work database is of the run " in why(of_another_run)
    assert f"run the whole night, `fil nightly --date {DAY}` or the job `nightly`" in why(of_another_run)
    assert not (home / "published").exists() and not (home / "exports").exists()


def test_a_step_alone_has_no_work_database_to_go_on_from(materialize: Materialize) -> None:
    assert "there is no work database of an earlier step" in why(materialize(PUBLICATION))


def test_nothing_is_published_that_was_not_checked(materialize: Materialize, home: Path) -> None:
    """The same run, without the checks between."""
    result = materialize([*ARRIVALS, *PUBLICATION])
    assert "the work database was not checked: no outcome of" in why(result)
    assert not (home / "published" / "current").exists()


def same_job() -> JobDefinition:
    """Another function: Dagster keeps what it has reconstructed by the name, and this home is another."""
    return arrivals_job()


@pytest.mark.parametrize(("job", "is_altered"), [(arrivals_job, False), (same_job, True)])
def test_a_run_is_executed_again_from_its_failure_unless_its_work_database_was_altered(
    home: Path, instance: DagsterInstance, job: Callable[[], JobDefinition], is_altered: bool
) -> None:
    deliver(home, "atencions", "atencions_20260504.jsonl", attention(1))
    failed = arrivals_job().execute_in_process(partition_key=STALE, instance=instance, raise_on_error=False)
    assert "no good extract within the 7 days" in why(failed)
    deliver(home, "atencions", "atencions_20260512.jsonl", attention(1))
    land(home, ATENCIONS, date.fromisoformat(STALE))
    if is_altered:
        before = (home / "work.duckdb").stat()
        with duckdb.connect(str(home / "work.duckdb")) as connection:
            connection.execute("update raw.agreements set is_in_force = true")
        os.utime(home / "work.duckdb", ns=(before.st_atime_ns, before.st_mtime_ns))
    options = ReexecutionOptions.from_failure(failed.run_id, instance)
    # As the web interface does, which repeats the tags of the run.
    tags = {"dagster/partition": STALE}
    with execute_job(reconstructable(job), instance, tags=tags, reexecution_options=options) as again:
        assert again.run_id != failed.run_id
        failures = [event.step_failure_data.error for event in again.filter_events(lambda one: one.is_step_failure)]
        assert again.success != is_altered, failures
        changed = "work.duckdb changed after the step raw__atencions__atencions"
        assert [changed in str(failure) for failure in failures] == [True] * is_altered


MINE = Run(DAY, "r1")


@pytest.fixture
def left(home: Path) -> Home:
    """A work database as a first step leaves it, with a file beside it that the next ones read."""
    left = Home(home)
    (home / "beside.parquet").write_bytes(b"as it was")
    with held(left, MINE, "first", is_first=True) as beside:
        with duckdb.connect(str(left.work_database)) as connection:
            connection.execute("create table persons as select 'PUIG' as surname_1")
        beside.add(home / "beside.parquet")
    return left


@pytest.mark.parametrize(
    "assets",
    [
        ["hub/persons"],
        ["intermediate/segment_butlletins"],
        [f"raw/padro__habitants{beside}" for beside in ("", "_previous", "_quarantined")],
    ],
    ids=lambda assets: assets[0],
)
def test_one_asset_of_the_night_alone_is_refused_by_its_step(
    left: Home, instance: DagsterInstance, assets: list[str]
) -> None:
    """Dagster chooses its checks with it, each out of a step that checks many."""
    result = (
        build_definitions(Settings(left))
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(
            partition_key=DAY, asset_selection=[AssetKey(asset.split("/")) for asset in assets], instance=instance,
            raise_on_error=False,
        )
    )  # fmt: skip
    assert "one run must do all steps of a night: run the whole night, `fil nightly --date" in why(result)


def test_checks_alone_are_refused_by_their_step(left: Home, instance: DagsterInstance) -> None:
    definitions = build_definitions(Settings(left))
    for name in ("arrivals", "departures", "built", "drift"):
        (check, *_) = sorted(key for key in definitions.resolve_asset_graph().asset_check_keys if key.name == name)
        job = definitions.resolve_implicit_global_asset_job_def().get_subset(asset_check_selection={check})
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        assert "a step can't run without a business date: run the whole night" in why(result), check


def overwrite(home: Home) -> None:
    """By as many bytes, with the file's time put back."""
    before = home.work_database.stat()
    with home.work_database.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"x")
    os.utime(home.work_database, ns=(before.st_atime_ns, before.st_mtime_ns))


def put_another(home: Home) -> None:
    content = home.work_database.read_bytes()
    home.work_database.unlink()
    home.work_database.write_bytes(content)


def leave_a_log(home: Home) -> None:
    """What DuckDB would take into the database when it opens it."""
    home.work_database.with_name("work.duckdb.wal").write_bytes(b"")


def write_beside(home: Home) -> None:
    (home.directory / "beside.parquet").write_bytes(b"as it is!")


@pytest.mark.parametrize("alter", [overwrite, put_another, leave_a_log, write_beside])
def test_what_was_written_between_two_steps_is_noticed(left: Home, alter: Callable[[Home], None]) -> None:
    with held(left, MINE, "second"):
        pass
    alter(left)
    with pytest.raises(StepFailed, match="changed after the step second, .* run the whole night"):
        held(left, MINE, "third").__enter__()


def test_what_takes_the_place_of_the_database_while_a_step_runs_is_noticed(left: Home) -> None:
    told = pytest.raises(StepFailed, match="replaced while the step second ran; .* run the whole night")
    with told, held(left, MINE, "second"):
        put_another(left)
    with pytest.raises(StepFailed, match="changed after the step first, .* run the whole night"):
        held(left, MINE, "third").__enter__()


def test_a_step_that_failed_can_run_again(left: Home) -> None:
    with pytest.raises(ValueError, match="once"), held(left, MINE, "second"):
        with duckdb.connect(str(left.work_database)) as connection:
            connection.execute("create table half (id integer)")
        raise ValueError("once")
    with held(left, MINE, "second"):
        pass


def test_no_step_continues_from_one_that_dagster_abandoned(left: Home) -> None:
    """Nor is anything written then: on a full disk that would fail once more, with a traceback."""

    def step() -> Iterator[None]:
        with held(left, MINE, "second"):
            with duckdb.connect(str(left.work_database)) as connection:
                connection.execute("create table half (id integer)")
            yield

    before = {path: path.read_bytes() for path in left.work.iterdir()}
    abandoned = step()
    next(abandoned)
    abandoned.close()
    assert {path: path.read_bytes() for path in left.work.iterdir()} == before
    with pytest.raises(StepFailed, match="changed after the step first, .* run the whole night"):
        held(left, MINE, "third").__enter__()


def test_a_record_is_of_who_has_the_key(left: Home) -> None:
    with_key = Home(left.directory, "a key")
    with pytest.raises(StepFailed, match="there is no work database of an earlier step"):
        held(with_key, MINE, "second").__enter__()


def test_a_check_alone_is_of_no_night(left: Home) -> None:
    with pytest.raises(StepFailed, match="a step can't run without a business date"):
        held(left, Run(None, "r1"), "drift").__enter__()
