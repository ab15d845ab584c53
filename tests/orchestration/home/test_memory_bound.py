"""The bound of a night's memory: read from the environment, divided between its processes, and kept by each of them."""

from pathlib import Path

import pytest
import yaml

from orchestration.dbt.project import environment_of_dbt
from orchestration.home.memory import LEAST_BYTES, MemoryBound, machine_bytes, parse_memory, usual_memory
from orchestration.home.settings import DBT_PROJECT_DIR, ConfigurationError, Settings
from orchestration.home.work_database import work_database


@pytest.mark.parametrize(
    ("text", "size"),
    [("6GB", 6e9), ("4.5 GB", 4.5e9), ("4500MB", 4.5e9), ("6", 6e9), ("2GiB", 2 * 2**30), ("4096mib", 4096 * 2**20)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: float) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["much", "6TB", "-6GB", "GB", "6 GB of it", "0x10GB"])
def test_what_is_no_size_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIL_MEMORY_LIMIT", text)
    with pytest.raises(ConfigurationError, match="FIL_MEMORY_LIMIT .* expected a size such as 6GB"):
        Settings.from_environment()


def test_a_bound_below_what_the_processes_are_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIL_MEMORY_LIMIT", "500MB")
    with pytest.raises(ConfigurationError, match="a night needs at least 2 GB"):
        Settings.from_environment()


def test_without_a_setting_it_is_half_of_the_machine_and_at_most_six_gigabytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FIL_MEMORY_LIMIT", raising=False)
    assert Settings.from_environment().memory.total_bytes == usual_memory()
    assert LEAST_BYTES <= usual_memory() <= max(LEAST_BYTES, min(6 * 10**9, machine_bytes() // 2))


@pytest.mark.parametrize("total", [LEAST_BYTES, 4 * 10**9, 6 * 10**9])
def test_what_each_process_may_hold_leaves_room_for_what_stands_beside_it(total: int) -> None:
    bound = MemoryBound(total)
    assert 0 < bound.dbt_bytes * 1.25 <= total - 0.8e9
    assert 0 < bound.step_bytes * 1.25 <= total - 0.8e9


def test_a_step_opens_the_work_database_within_its_part(tmp_path: Path) -> None:
    with work_database(tmp_path / "work.duckdb", None, 512 * 2**20) as connection:
        assert connection.execute("select current_setting('memory_limit')").fetchall() == [("512.0 MiB",)]


def test_dbt_is_given_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIL_MEMORY_LIMIT", "4GB")
    monkeypatch.setenv("FIL_DBT_MEMORY", "1GB")
    given = environment_of_dbt(Settings.from_environment().memory)["FIL_DBT_MEMORY"]
    assert given == f"{MemoryBound(4 * 10**9).dbt_bytes}B"
    outputs = yaml.safe_load((DBT_PROJECT_DIR / "profiles.yml").read_text())["fil"]["outputs"]
    assert {output["config_options"]["memory_limit"] for output in outputs.values()} == {
        "{{ env_var('FIL_DBT_MEMORY', '4GB') }}"
    }
