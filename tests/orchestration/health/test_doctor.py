"""`fil doctor` on a home that is there: it says of the registry and the key what the next night would."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.health.at_rest import UNCOVERED
from orchestration.home.settings import PROJECT_DIR
from tests.support.published_home import DAY, Fil, publish


def test_a_sound_home(published: Path, fil: Fil) -> None:
    told = fil("doctor").out
    for message in ("of its journals can be read", "the published hub can be opened"):
        assert message in told
    assert "no night was interrupted" in told


def test_a_publication_of_an_earlier_version_opens(published: Path, fil: Fil) -> None:
    (published / "published" / f"{DAY}" / "fil.duckdb").unlink()
    assert "the published hub can be opened" in fil("doctor").out


def test_a_synthetic_city_is_checked_as_of_its_own_day_and_a_real_one_as_of_today(published: Path, fil: Fil) -> None:
    (published / "landing" / "padro" / f"{DAY}").mkdir(parents=True)
    late = f"the last good extract is of {DAY}, one is due every 31 days, and Fil uses it for 45 days"
    real = fil("doctor")
    assert real.code == 1 and late in real.out and "a synthetic city" not in real.out
    (published / "truth").mkdir()
    (published / "truth" / "mentions.parquet").touch()
    day = DAY + timedelta(days=1)
    synthetic = fil("doctor")
    assert synthetic.code == 0 and late not in synthetic.out
    assert f"a synthetic city: its agreements and extracts are checked as of {day}" in synthetic.out
    asked = fil("doctor", "--date", f"{DAY + timedelta(days=60)}")
    assert asked.code == 1 and late in asked.out


def test_a_damaged_journal_or_registry_is_told_with_the_remedy_of_the_night(published: Path, fil: Fil) -> None:
    journal = published / "registry" / "journal" / "decisions.jsonl"
    journal.write_text('{"cut\n')
    told = fil("doctor")
    assert told.code == 1 and f"{journal}, line 1 is damaged: restore the file from the backup" in told.out
    journal.unlink()
    (published / "registry.duckdb").write_bytes(b"nothing of it")
    told = fil("doctor")
    assert told.code == 1 and "registry.duckdb is damaged: move it away" in told.out


def test_a_short_key_that_is_in_use_opens_its_hub_with_a_warning(
    home: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(home, DAY, "a short key")
    monkeypatch.setenv("FIL_HUB_KEY", "a short key")
    (found,) = [one for one in fil("doctor", "--json").json if one["subject"] == "key"]
    assert found["level"] == "warn" and "can be opened; the hub's key is shorter than 32 bytes" in found["message"]


def test_the_doctor_and_the_readme_name_every_place_that_the_key_does_not_cover(
    published: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in UNCOVERED:
        if not any(published.glob(place)):
            (published / place.replace("*", "1")).mkdir(parents=True)
    monkeypatch.setenv("FIL_HUB_KEY", "6b" * 32)
    monkeypatch.setattr("orchestration.health.doctor.is_on_encrypted_disk", lambda home: False)
    (found,) = [one for one in fil("doctor", "--json").json if one["subject"] == "at rest"]
    assert found["level"] == "warn" and "is not encrypted; not encrypted by the key: " in found["message"]
    readme = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
    for place in UNCOVERED:
        assert place in found["message"] and f"`{place.partition('*')[0]}" in readme, place


def test_a_key_that_no_night_could_use_is_bad_usage(published: Path, fil: Fil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIL_HUB_KEY", "una clau d'àbac")
    for command in (("doctor",), ("nightly", "--date", f"{DAY}")):
        refused = fil(*command)
        assert refused.code == 2 and "FIL_HUB_KEY has a character that is not ASCII" in refused.err
        assert "clau" not in refused.err
