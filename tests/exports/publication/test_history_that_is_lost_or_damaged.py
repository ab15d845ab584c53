"""Past nights where publications or changes are lost, damaged, older than the others, or of an earlier version."""

import json
import shutil
from datetime import timedelta

import pytest

from exports.errors import PublicationError
from exports.publication.history_index import index_problems
from exports.publication.seal import SealPlan, recover, seal
from exports.publication.staging import stage_publication
from sources.base.files import sha256_of
from tests.support.changing_city import FIRST, City, days


def test_without_any_publication_every_night_is_as_it_was_and_the_last_can_run_again(city: City) -> None:
    for day in days(4):
        city.change()
        city.night(day)
    shutil.rmtree(city.home / "published")
    assert {day: city.as_of(day) for day in days(4)} == city.published
    city.change()
    city.night(days(4)[-1])
    assert {day: city.as_of(day) for day in days(4)} == city.published


def test_without_the_last_hub_a_later_publication_is_enough(city: City) -> None:
    for day in days(4):
        city.change()
        city.night(day, keep_days=1)
    shutil.rmtree(city.history.directory / "latest")
    assert {day: city.as_of(day) for day in days(4)} == city.published
    shutil.rmtree(city.home / "published")
    with pytest.raises(PublicationError, match="latest is lost"):
        city.as_of(FIRST)


def test_a_history_of_an_earlier_version_is_read_and_gone_on_with(city: City) -> None:
    """It has no latest hub and no index. Its first night is a whole publication, and its manifests list no tables."""
    for day in days(3):
        city.change()
        city.night(day)
    history, published = city.history.directory, city.home / "published"
    shutil.copy(published / f"{FIRST}" / "fil.duckdb", history / f"{FIRST}" / "changes.duckdb")
    for day in days(3):
        content = {"sha256": sha256_of(history / f"{day}" / "changes.duckdb")}
        (history / f"{day}" / "manifest.json").write_text(json.dumps(content))
    shutil.rmtree(history / "latest")
    for day in days(3)[:2]:
        shutil.rmtree(published / f"{day}")
    assert {day: city.as_of(day) for day in days(3)} == city.published
    for again in (FIRST, days(4)[3], days(3)[1]):
        city.change()
        city.night(again, keep_days=1)
        assert {day: city.as_of(day) for day in city.history.dates()} == city.published


def test_a_night_without_changes_kept_is_named(city: City) -> None:
    with pytest.raises(PublicationError, match="no night yet"):
        city.as_of(FIRST)
    city.change()
    city.night(FIRST)
    with pytest.raises(PublicationError, match="from 2026-05-04 to 2026-05-04"):
        city.as_of(FIRST + timedelta(days=1))


def test_damaged_changes_are_named(city: City) -> None:
    for day in days(2):
        city.change()
        city.night(day)
    shutil.rmtree(city.home / "published" / "2026-05-04")
    (city.history.directory / "2026-05-05" / "changes.duckdb").write_bytes(b"torn")
    with pytest.raises(PublicationError, match="2026-05-05"):
        city.as_of(FIRST)


def test_a_night_killed_after_its_journal_counts_with_its_changes(city: City) -> None:
    city.change()
    city.night(FIRST)
    city.change()

    def killed() -> None:
        raise KeyboardInterrupt

    day, published = days(2)[1], city.home / "published"
    staged = stage_publication(city.connection, published, day, "run", None)
    changes = city.changes(day, staged)
    city.published[day] = city.tables("work")
    with pytest.raises(KeyboardInterrupt):
        seal(SealPlan(published, city.home / "exports", staged, (), 5, city.history.directory, changes), [killed])
    assert city.history.dates() == [FIRST]
    assert recover(published, city.home / "exports", history_dir=city.history.directory) == [day]
    assert {day: city.as_of(day) for day in days(2)} == city.published
    shutil.rmtree(published / day.isoformat())
    assert city.as_of(day) == city.published[day]


@pytest.mark.parametrize("lost", [1, 2])
def test_a_night_that_is_lost_or_older_than_the_others_is_named(city: City, lost: int) -> None:
    for day in days(4):
        city.change()
        city.night(day)
    old = city.home / "old"
    shutil.copytree(city.history.directory, old)
    city.change()
    city.night(days(4)[1])
    for day in days(4)[:-1]:
        shutil.rmtree(city.home / "published" / f"{day}")
    assert {day: city.as_of(day) for day in days(4)} == city.published
    place = city.history.directory / f"{days(4)[lost]}"
    shutil.rmtree(place)
    with pytest.raises(PublicationError, match=f"{days(4)[lost]} is not what the history knows: restore all of"):
        city.as_of(FIRST)
    shutil.copytree(old / place.name, place)
    with pytest.raises(PublicationError, match="is not what the history knows"):
        city.as_of(FIRST)
    assert any(str(place) in one for one in index_problems(city.history.directory, city.home / "published"))


def test_a_publication_from_an_older_backup_is_not_believed(city: City) -> None:
    for day in days(2):
        city.change()
        city.night(day)
    place = city.home / "published" / f"{FIRST}"
    shutil.copytree(place, city.home / "old")
    city.change()
    city.night(FIRST)
    shutil.rmtree(place)
    shutil.copytree(city.home / "old", place)
    with pytest.raises(PublicationError, match="is not what the history knows: remove"):
        city.as_of(FIRST)
    shutil.rmtree(place)
    assert city.as_of(FIRST) == city.published[FIRST]


def test_damaged_changes_are_mended_by_the_same_night_run_again(city: City) -> None:
    """The repaired file may have the same bytes as before, and so the same manifest."""
    for day in days(2):
        city.change()
        city.night(day)
    path = city.history.directory / f"{days(2)[1]}" / "changes.duckdb"
    whole = path.read_bytes()
    path.write_bytes(b"torn")
    city.night(days(2)[1])
    assert path.read_bytes() == whole
    assert {day: city.as_of(day) for day in days(2)} == city.published
