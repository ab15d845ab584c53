"""`fil bench night` as it runs: the processes that it watches, its directory, and one real night of a small city."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import pytest

from orchestration.benchmarks.night.bench import Plan, check_plan
from orchestration.benchmarks.night.city_home import (
    City,
    bench_directory,
    city_environment,
    fresh_home,
    require_space,
    size_of,
)
from orchestration.benchmarks.night.process_tree import has_samples, watch
from orchestration.benchmarks.night.stages import (
    REST,
    STAGES,
    Figures,
)
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import ConfigurationError
from tests.support.published_home import Fil

FIL = Path(sys.executable).with_name("fil")
MB = 2**20


@pytest.mark.skipif(not has_samples(), reason="the system has no /proc")
def test_the_whole_tree_is_watched_to_its_end(tmp_path: Path) -> None:
    hog = "held = bytearray(150 * 2**20)\nfor at in range(0, len(held), 4096): held[at] = 1\nimport time; time.sleep(1)"
    program = (
        f"import subprocess, sys; hog = [sys.executable, '-c', {hog!r}];"
        "both = [subprocess.Popen(hog) for _ in range(2)]; [one.wait() for one in both];"
        f"open({str(tmp_path / 'written')!r}, 'wb').write(bytes(20 * 2**20))"
    )
    found = watch([sys.executable, "-c", program], os.environ)
    last = found.samples[-1]
    assert max(sample.resident_bytes for sample in found.samples) > 300 * MB
    assert last.written_bytes >= 20 * MB
    assert 0 < last.cpu_seconds == pytest.approx(found.cpu_seconds, abs=0.1)
    assert found.began_at == found.samples[0].at <= last.at <= found.ended_at


def test_a_command_that_fails_is_named_with_its_reason() -> None:
    program = "import sys; sys.exit('fil: no such day')"
    with pytest.raises(StepFailed, match="ended with 1: fil: no such day"):
        watch([sys.executable, "-c", program], os.environ)


@pytest.mark.skipif(not has_samples(), reason="the system has no /proc")
def test_a_command_and_its_children_die_with_the_one_who_looks(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = (
        "import os, subprocess, sys; child = subprocess.Popen(['sleep', '60']);"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}'); child.wait()"
    )

    def stop(*_: object) -> None:
        if pids.exists() and " " in pids.read_text():
            raise TimeoutError

    usual = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
    with pytest.raises(TimeoutError):
        watch([sys.executable, "-c", program], os.environ)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, usual)
    assert not any(is_alive(int(pid)) for pid in pids.read_text().split())


def is_alive(pid: int) -> bool:
    """Whether a process still runs. A killed process stays in the list until its parent asks for it."""
    deadline = time.monotonic() + 5
    while (path := Path(f"/proc/{pid}/stat")).exists() and path.read_text().rpartition(")")[2].split()[0] not in "ZX":
        if time.monotonic() > deadline:
            return True
        time.sleep(0.05)
    return False


def test_a_night_of_a_benchmark_reaches_nobody(tmp_path: Path) -> None:
    outward = {"FIL_CONNECTION_PADRO": "sftp://x", "FIL_ALERT_WEBHOOK": "https://x", "FIL_SMTP_URL": "smtp://x"}
    given = outward | {"FIL_HOME": "/var/fil", "FIL_HUB_KEY": "k", "PATH": "/bin"}
    assert city_environment(given, tmp_path) == {"FIL_HOME": str(tmp_path), "FIL_HUB_KEY": "k", "PATH": "/bin"}


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan([50], 1, 1, 1, None), "--population 50"),
        (Plan([1_000], 401, 1, 1, None), "--nights 401"),
        (Plan([1_000], 1, -1, 1, None), "--seed -1"),
    ],
)
def test_what_can_not_be_measured_is_refused(plan: Plan, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_plan(plan)


def test_a_disk_that_is_too_small_is_refused(tmp_path: Path) -> None:
    require_space(tmp_path, [City(100, 1, 1)])
    with pytest.raises(ConfigurationError, match=r"100 and 1,000,000,000,000 people need about 7,058,823\.5 GB"):
        require_space(tmp_path, [City(100, 1, 1), City(10**12, 1, 1)])


def test_a_file_with_two_names_takes_its_room_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "fil.duckdb").write_bytes(b"x" * 1000)
    (home / "hub.duckdb").hardlink_to(home / "fil.duckdb")
    assert size_of(home) == 1000


def test_only_a_directory_of_a_benchmark_is_used(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(ConfigurationError, match="no benchmark made"), bench_directory(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(ConfigurationError, match="can't be used"), bench_directory(tmp_path / "mine"):
        pass


def test_a_kept_directory_serves_again_with_the_same_city(tmp_path: Path) -> None:
    kept, city = tmp_path / "kept", City(100, 1, 3)
    with bench_directory(kept) as directory:
        home = fresh_home(directory, city)
        (home / "dagster").mkdir()
        extracts = sorted(path.name for path in (home / "inbox").rglob("*.control.json"))
        with pytest.raises(ConfigurationError, match="another benchmark"), bench_directory(kept):
            pass
    written = (kept / "city-100-1-3").stat().st_mtime_ns
    with bench_directory(kept) as directory:
        again = fresh_home(directory, city)
    assert extracts and sorted(path.name for path in (again / "inbox").rglob("*.control.json")) == extracts
    assert not (again / "dagster").exists()
    assert (kept / "city-100-1-3").stat().st_mtime_ns == written


def test_bad_options_are_told_in_a_line(fil: Fil, tmp_path: Path) -> None:
    assert "--population 20k: expected a number" in (found := fil("bench", "night", "--population", "20k")).err
    assert found.code == 2
    missing = str(tmp_path / "nowhere" / "out.json")
    assert "--output" in (found := fil("bench", "night", "--population", "300", "--output", missing)).err
    assert found.code == 2


@pytest.mark.long
def test_one_night_is_measured_and_nothing_left(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    output = tmp_path / "figures.json"
    command = [FIL, "bench", "night", "--population", "300", "--seed", "4", "--output", output, "--markdown"]
    environment = os.environ | {"TMPDIR": str(tmp_path / "scratch")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "scratch").glob("fil-bench-*")) == []
    found = json.loads(output.read_text())
    (city,) = found["cities"]
    (night,) = city["nights"]
    stages, whole = night["stages"], night["whole"]
    assert list(stages) == [REST, *STAGES]
    assert all(of["seconds"] > 0 for of in stages.values())
    assert whole["seconds"] == pytest.approx(sum(of["seconds"] for of in stages.values()), rel=0.01)
    if has_samples():
        assert all(of[one.name] is not None for of in stages.values() for one in fields(Figures))
        assert whole["cpu_seconds"] == pytest.approx(sum(of["cpu_seconds"] for of in stages.values()), rel=0.05)
        assert whole["peak_bytes"] == max(of["peak_bytes"] for of in stages.values()) > 100 * MB
        assert whole["written_bytes"] > 10 * MB
    assert {"raw__padro__habitants", "model.fil.persons"} <= night["parts"].keys()
    assert found["machine"]["versions"]["duckdb"] and found["machine"]["memory_bytes"] > 0
    assert f"| {list(STAGES)[0]} |" in result.stdout and "| whole night |" in result.stdout


@pytest.mark.long
def test_a_benchmark_that_is_asked_to_end_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [FIL, "bench", "night", "--population", "100"],
        env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (found := list(tmp_path.glob("fil-bench-*/home-100/dagster/history/runs/*.db"))):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 128 + signal.SIGTERM
    assert found and list(tmp_path.glob("fil-bench-*")) == []
