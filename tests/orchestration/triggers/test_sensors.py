"""What the sensors ask for: when a night counts as missing, what new deliveries start, what is told of a failed run."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dagster import DagsterInstance, DagsterRun, Definitions, SensorDefinition, build_sensor_context

from orchestration.home.home import Home
from orchestration.home.lock import intake_lock, night_lock
from orchestration.home.settings import Settings
from orchestration.night.arrivals import work_database_begun
from orchestration.night.jobs import nightly
from orchestration.night.resources import Night
from orchestration.triggers import sensors
from orchestration.triggers.intake import intake
from orchestration.triggers.sensors import failure_text, missing_night, new_deliveries
from tests.support.nights import attention, deliver, inscription

MADRID = ZoneInfo("Europe/Madrid")
CLOSED = "2026-05-04"
PADRO = "padro_habitants_20260504.txt"
ATENCIONS = "atencions_20260504.jsonl"


@pytest.mark.parametrize(
    ("now", "published", "missing"),
    [
        (datetime(2026, 5, 5, 9, 0, tzinfo=MADRID), None, date(2026, 5, 4)),
        (datetime(2026, 5, 5, 9, 0, tzinfo=MADRID), "2026-05-04", None),
        (datetime(2026, 5, 5, 9, 0, tzinfo=MADRID), "2026-05-03", date(2026, 5, 4)),
        (datetime(2026, 5, 5, 3, 0, tzinfo=MADRID), None, None),
    ],
)
def test_missing_night(tmp_path: Path, now: datetime, published: str | None, missing: date | None) -> None:
    if published:
        (tmp_path / published).mkdir()
    assert missing_night(tmp_path, now) == missing


def test_a_failed_run_is_told_as_what_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path)
    night = DagsterRun("nightly", "r1", tags={"dagster/partition": CLOSED})
    assert failure_text(home, night) == "Fil: the night 2026-05-04 failed and published nothing (run r1)"
    told = failure_text(home, DagsterRun("intake", "r2"))
    assert told == "Fil: an intake failed; the next night takes the files that are still in the inbox (run r2)"


class Ticks:
    """The sensor's ticks on the fifth of May, one after the other, as Dagster's daemon evaluates them."""

    def __init__(self, sensor: SensorDefinition, definitions: Definitions, settings: Settings) -> None:
        self.sensor, self.definitions, self.settings = sensor, definitions, settings
        self.cursor: str | None = None
        self.skipped: str | None = None
        self.keys: list[str | None] = []

    def next(self) -> list[tuple[str | None, object]]:
        """The jobs that a tick asks for, each with the sources' files or the partition."""
        with DagsterInstance.local_temp() as instance:
            context = build_sensor_context(
                instance, self.cursor, definitions=self.definitions, resources={"settings": self.settings}
            )
            data = self.sensor.evaluate_tick(context)
        self.cursor, self.skipped = data.cursor, data.skip_message
        self.keys = [request.run_key for request in data.run_requests or []]
        return [
            (one.job_name, one.partition_key or one.run_config["ops"]["take_deliveries"]["config"]["files"])
            for one in data.run_requests or []
        ]


@pytest.fixture
def ticks(home: Path, monkeypatch: pytest.MonkeyPatch) -> Ticks:
    monkeypatch.setattr(sensors, "today", lambda: date(2026, 5, 5))
    settings = Settings(Home(home))
    # The night's own job, over one of its assets: with all of them, dbt would be parsed.
    definitions = Definitions(
        assets=[work_database_begun],
        jobs=[nightly, intake],
        sensors=[new_deliveries],
        resources={"night": Night(settings=settings), "settings": settings},
    )
    return Ticks(new_deliveries, definitions, settings)


def padro(*numbers: int) -> bytes:
    return b"".join(map(inscription, numbers or range(3)))


def test_deliveries_before_the_night_are_taken_in_once(home: Path, ticks: Ticks) -> None:
    assert ticks.next() == []
    assert ticks.skipped == "nothing new in the inbox"
    deliver(home, "padro", PADRO, padro())
    deliver(home, "atencions", ATENCIONS, attention(1))
    assert ticks.next() == [("intake", {"atencions": [ATENCIONS], "padro": [PADRO]})]
    assert ticks.next() == []


def test_deliveries_after_the_night_give_one_night_again(home: Path, ticks: Ticks) -> None:
    (home / "published" / CLOSED).mkdir(parents=True)
    deliver(home, "padro", PADRO, padro())
    deliver(home, "atencions", "atencions_20260503.jsonl", attention(1))
    expected = {"atencions": ["atencions_20260503.jsonl"], "padro": [PADRO]}
    assert ticks.next() == [("intake", expected), ("nightly", CLOSED)]
    first, ticks.cursor = ticks.keys, None
    ticks.next()
    assert ticks.keys == first, "a cursor that was lost starts nothing a second time"


def test_of_today_is_taken_in_and_leaves_the_published_night_alone(home: Path, ticks: Ticks) -> None:
    (home / "published" / CLOSED).mkdir(parents=True)
    deliver(home, "atencions", "atencions_20260505.jsonl", attention(1))
    deliver(home, "atencions", "atencions_20260506.jsonl", attention(2))
    assert ticks.next() == [("intake", {"atencions": ["atencions_20260505.jsonl"]})]


def test_while_a_night_or_an_intake_runs_everything_waits(home: Path, ticks: Ticks) -> None:
    deliver(home, "padro", PADRO, padro())
    for lock in (night_lock, intake_lock):
        with lock(Home(home)):
            assert ticks.next() == []
            assert ticks.skipped and "is running" in ticks.skipped
    assert ticks.next() == [("intake", {"padro": [PADRO]})]


def test_a_bad_delivery_is_told_once_and_again_when_it_changes(home: Path, ticks: Ticks) -> None:
    (home / "published" / CLOSED).mkdir(parents=True)
    deliver(home, "padro", PADRO, padro())
    control = home / "inbox" / "padro" / f"{PADRO}.control.json"
    control.write_text("{}")
    assert ticks.next() == [("intake", {"padro": [PADRO]})]
    deliver(home, "atencions", ATENCIONS, attention(1))
    assert ticks.next() == [("intake", {"atencions": [ATENCIONS]}), ("nightly", CLOSED)]
    assert ticks.next() == []
    deliver(home, "padro", PADRO, padro())
    assert ticks.next() == [("intake", {"padro": [PADRO]}), ("nightly", CLOSED)]


def test_the_correction_of_a_rejected_extract_gives_the_night_again(
    home: Path, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.triggers.intake.today", lambda: date(2026, 5, 5))
    bad = inscription(1, sex=b"9")
    (home / "published" / CLOSED).mkdir(parents=True)
    deliver(home, "padro", PADRO, bad)
    ((_, files), _) = ticks.next()
    intake.execute_in_process(
        {"ops": {"take_deliveries": {"config": {"files": files}}}}, resources={"settings": Settings(Home(home))}
    )
    assert (home / "landing" / "padro" / CLOSED / "rejected.json").exists()
    deliver(home, "padro", PADRO, bad)
    assert ticks.next() == [], "the rejected one again is none"
    deliver(home, "padro", PADRO, padro())
    assert ticks.next() == [("intake", {"padro": [PADRO]}), ("nightly", CLOSED)]


def test_keys_and_cursor_hold_hashes_alone(home: Path, ticks: Ticks) -> None:
    (home / "published" / CLOSED).mkdir(parents=True)
    deliver(home, "padro", PADRO, padro())
    deliver(home, "padro", "padró de la ROSER.txt", padro())
    ticks.next()
    assert [str(key).rpartition("/")[0] for key in ticks.keys] == ["intake", f"nightly/{CLOSED}"]
    assert "ROSER" not in f"{ticks.keys} {ticks.cursor}"
