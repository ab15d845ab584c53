"""Whom a receiver has to remove of the last files that it has, also on a night that withholds its delivery."""

import csv
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.deliver import save_candidates, stage_delivery
from exports.delivery.removals import begin_superseded
from exports.delivery.withheld import Reason, Withheld
from exports.publication.last_delivered import find_last_delivered
from exports.publication.ledger import find_corrections, record_deliveries
from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import stage_publication
from tests.exports.conftest import ID_EVENTS, day, hub_in
from tests.support.databases import attach

Night = Callable[..., list[tuple[str, str]]]
REFUSED = "update work.hub.consents set state = 'withdrawn' where person_id = '{}'"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def run_night(
    hub: duckdb.DuckDBPyConnection, home: Path, number: int, target: str, change: str = "select 1", *withheld: str
) -> list[tuple[str, str]]:
    """Change the hub and run a night that withholds some files; return a target's removals."""
    history = History(home / "history", home / "published", attach)
    hub.execute(change)
    find_corrections(hub, history, day(number))
    begin_superseded(hub, home / "exports", day(number), "select person_id from work.hub.persons where is_protected")
    find_last_delivered(hub, history, day(number))
    contract = load_contract(target)
    save_candidates(hub, contract, day(number))
    held = [Withheld(target, stem, (Reason("a check", 1.0, "0"),)) for stem in withheld]
    staged = stage_delivery(hub, home / "exports", contract, day(number), "run", withheld=held, with_ledger=True)
    record_deliveries(hub, [(staged.manifest, staged.staged)])
    published = stage_publication(hub, home / "published", day(number), "run", None)
    changes = history.stage(hub, day(number))
    changes = (*changes, Past(history).stage_latest(hub, published, changes, must_hide=False))
    seal(SealPlan(home / "published", home / "exports", published, (staged,), 2, history.directory, changes))
    with (staged.final / "removals.csv").open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        assert reader.fieldnames == ["recipient_id", "file"]
        return [(row["recipient_id"], row["file"]) for row in reader]


@pytest.fixture
def night(hub: duckdb.DuckDBPyConnection, home: Path) -> Night:
    """Runs a night on the hub and its home."""
    hub.execute(ID_EVENTS)
    return partial(run_night, hub, home)


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work database and its home after a first night of campaigns; only to be read."""
    directory = tmp_path_factory.mktemp("first_night")
    with hub_in(directory) as hub:
        hub.execute(ID_EVENTS)
        run_night(hub, directory / "home", 1, "campaigns")
    return directory


@pytest.fixture
def second_night(first_night: Path, tmp_path: Path) -> Iterator[Night]:
    """Runs a night that goes on from there."""
    directory = Path(shutil.copytree(first_night, tmp_path / "second_night", symlinks=True))
    with duckdb.connect(":memory:") as hub:
        hub.execute(f"attach '{directory / 'work.duckdb'}' as work")
        yield partial(run_night, hub, directory / "home")


def test_who_may_not_leave_any_more_is_removed_once(night: Night) -> None:
    assert night(1, "attention") == []
    assert night(2, "attention", REFUSED.format("PC")) == [("PC", "attention")]
    assert night(3, "attention") == []


def test_of_a_withheld_delivery_the_last_files_are_looked_at_however_long_ago(night: Night) -> None:
    night(1, "attention")
    assert night(2, "attention", REFUSED.format("PC"), "attention") == [("PC", "attention")]
    # The publication of the first night is gone by then.
    died = "update work.hub.persons set is_deceased = true where person_id = 'PA'"
    assert night(5, "attention", died, "attention") == [("PA", "attention"), ("PC", "attention")]
    assert night(6, "attention") == [("PA", "attention"), ("PC", "attention")]
    assert night(7, "attention") == []


def test_a_card_of_somebody_protected_since_is_replaced_or_removed(night: Night) -> None:
    night(1, "attention")
    protected = "update work.hub.persons set is_protected = true where person_id = 'PB'"
    assert night(2, "attention", protected, "attention") == [("PB", "attention")]
    assert night(3, "attention") == []


@pytest.mark.parametrize(
    ("change", "removed"),
    [
        ("select 1", []),
        # On what they asked for, not on a consent.
        (REFUSED.format("PD"), [("PD", "audience.butlletins.05")]),
        ("update work.hub.requests set is_active = false where person_id = 'PB'", [("PB", "audience.butlletins.05")]),
        ("delete from work.hub.organisations", [("OX", "audience.butlletins.05")]),
        (
            "update work.hub.persons set is_deceased = true where person_id = 'PNONE'",
            [("PNONE", "audience.obres.a_b-c14cddc0")],
        ),
        # Another newsletter is asked for still.
        (
            "update work.hub.requests set is_active = false where person_id = 'PB';"
            "delete from work.hub.segment_members where person_id = 'PB';"
            "insert into work.hub.requests values"
            " ('RB2', 'PB', null, 'butlletins', '06', '+34600000002', '2026-04-01', true)",
            [("PB", "audience.butlletins.05")],
        ),
        # Who lives near and objects may have asked for the same works later.
        (REFUSED.format("PA"), [("PA", "audience.obres.a_b-c14cddc0")]),
        (
            REFUSED.format("PA") + "; insert into work.hub.requests values"
            " ('RA', 'PA', null, 'obres', 'a/b', 'a@example.org', '2026-05-05', true)",
            [],
        ),
        (
            REFUSED.format("PA") + "; insert into work.hub.requests values"
            " ('RA', 'PA', null, 'obres', 'another', 'a@example.org', '2026-05-05', true)",
            [("PA", "audience.obres.a_b-c14cddc0")],
        ),
        # Told of a child, whether or not the segment's query worked tonight.
        (
            "update work.hub.segment_candidates set reason_out = 'deceased' where about_person_id = 'PB';"
            "delete from work.hub.segment_members where about_person_id = 'PB'",
            [("PA", "audience.obres.a_b-c14cddc0")],
        ),
        (
            "update work.hub.persons set is_deceased = true where person_id = 'PB';"
            "delete from work.hub.segment_candidates where segment = 'obres';"
            "delete from work.hub.segment_members where segment = 'obres'",
            [("PA", "audience.obres.a_b-c14cddc0"), ("PB", "audience.butlletins.05")],
        ),
        # Another child of theirs, in another topic, hides nothing.
        (
            "update work.hub.persons set is_protected = true where person_id = 'PB';"
            "delete from work.hub.segment_members where about_person_id = 'PB';"
            "update work.hub.segment_candidates set reason_out = 'protected' where about_person_id = 'PB';"
            "insert into work.hub.segment_candidates values"
            " ('obres', 'c', 'PA', null, 'PMINOR', 'public_task', null, null, null)",
            [("PA", "audience.obres.a_b-c14cddc0"), ("PB", "audience.butlletins.05")],
        ),
        # Who is in an audience no more, and may be told all the same, stays with the receiver.
        ("delete from work.hub.segment_members where person_id = 'PA'", []),
    ],
)
def test_of_audiences_who_may_not_be_told_any_more(
    second_night: Night, change: str, removed: list[tuple[str, str]]
) -> None:
    for stems in (["audience.butlletins.05", "audience.obres"], []):
        found = second_night(2, "campaigns", change, *stems)
        assert [one for one in found if one[1].startswith(("audience.but", "audience.obres"))] == removed


def test_a_date_that_is_run_again_removes_who_stood_in_what_it_delivered_before(night: Night) -> None:
    night(1, "campaigns")
    ended = "update work.hub.requests set is_active = false where person_id = 'PB'"
    removed = [("PB", "audience.butlletins.05")]
    assert night(2, "campaigns") == []
    assert night(2, "campaigns", ended) == removed
    # The ledger tells them no more; the night before still does.
    assert night(2, "campaigns") == removed
    assert night(3, "campaigns") == []


def test_a_first_night_that_is_run_again_removes_too(night: Night) -> None:
    assert night(1, "attention") == []
    assert night(1, "attention", REFUSED.format("PC")) == [("PC", "attention")]


def test_an_audience_that_is_withheld_stays_with_its_last_file(night: Night) -> None:
    night(1, "campaigns")
    night(2, "campaigns", "select 1", "audience.butlletins")
    ended = "update work.hub.requests set is_active = false where person_id = 'PB'"
    assert night(3, "campaigns", ended, "audience.butlletins.05") == [("PB", "audience.butlletins.05")]
    assert night(4, "campaigns") == [("PB", "audience.butlletins.05")]
    assert night(5, "campaigns") == []


def hide_audiences(home: Path) -> None:
    """Change the ledger of the first night as the night that protects PB does."""
    (published,) = home.glob(f"published/{day(1)}/fil.duckdb")
    with duckdb.connect(str(published)) as ledger:
        ledger.execute(
            "update hub.deliveries set file = 'audience.RESERVAT'"
            " where recipient_id = 'PB' and starts_with(file, 'audience.')"
        )


def test_the_night_that_protects_somebody_lists_the_same_when_it_is_run_again(night: Night, home: Path) -> None:
    night(1, "campaigns")
    protected = "update work.hub.persons set is_protected = true where person_id = 'PB'"
    listed = night(2, "campaigns", protected)
    assert ("PB", "audience.butlletins.05") in listed
    hide_audiences(home)
    assert night(2, "campaigns", protected) == listed


def test_who_is_protected_since_is_removed_from_every_audience_they_may_have_stood_in(night: Night, home: Path) -> None:
    """The ledger hides the audiences of a protected person, but the list of removals must name them."""
    night(1, "campaigns")
    hide_audiences(home)
    protected = "update work.hub.persons set is_protected = true where person_id = 'PB'"
    files = {file for who, file in night(2, "campaigns", protected, "audience.butlletins") if who == "PB"}
    assert "audience.butlletins.05" in files and "audience.RESERVAT" not in files
