"""What went where over many nights, by id alone, and what has to be put right downstream when ids change."""

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery.deliver import save_candidates, stage_delivery
from exports.publication.last_delivered import find_last_delivered
from exports.publication.ledger import find_corrections, find_spans, record_deliveries
from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import stage_publication
from tests.exports.conftest import BUSINESS_DATE as FIRST
from tests.exports.conftest import ID_EVENTS, day
from tests.support.databases import attach

Rows = list[dict[str, str]]
Night = Callable[..., Rows]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def history(home: Path) -> History:
    return History(home / "history", home / "published", attach)


@pytest.fixture
def night(hub: duckdb.DuckDBPyConnection, home: Path, history: History) -> Iterator[Night]:
    """Runs a night's delivery and returns its corrections; `states` are consents, `events` changes of ids."""
    hub.execute(ID_EVENTS)

    def run(number: int, states: Mapping[str, str] | None = None, *events: tuple[str, list[str], list[str]]) -> Rows:
        for person, state in (states or {}).items():
            hub.execute("update work.hub.consents set state = $1 where person_id = $2", [state, person])
        for event in events:
            hub.execute("insert into work.hub.person_events values ($1, $2, $3, 'link', $4)", [*event, day(number)])
        find_corrections(hub, history, day(number))
        find_last_delivered(hub, history, day(number))
        save_candidates(hub, load_contract("attention"), day(number))
        staged = stage_delivery(hub, home / "exports", load_contract("attention"), day(number), "run", with_ledger=True)
        record_deliveries(hub, [(staged.manifest, staged.staged)])
        published = stage_publication(hub, home / "published", day(number), "run", None)
        changes = history.stage(hub, day(number))
        latest = Past(history).stage_latest(hub, published, changes, must_hide=False)
        plan = SealPlan(
            home / "published", home / "exports", published, (staged,), 2, history.directory, (*changes, latest)
        )
        seal(plan)
        with (staged.final / "corrections.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    yield run


def spans(hub: duckdb.DuckDBPyConnection, history: History, person: str) -> list[tuple[int, int]]:
    """The first and the last night of each span in which the attention tool had a person's card."""
    find_spans(hub, history, [person], date.max)
    rows = hub.execute("select first_date, last_date from carried_spans where target = 'attention' order by 1")
    return [((one - FIRST).days + 1, (other - FIRST).days + 1) for one, other in rows.fetchall()]


def test_who_comes_and_goes_was_carried_from_night_to_night(
    night: Night, hub: duckdb.DuckDBPyConnection, history: History, home: Path
) -> None:
    night(1)
    night(2, {"PC": "refused"})
    night(4)
    night(5, {"PC": "given"})
    night(6)
    # The files of the first nights are gone by now; who stood in them is known.
    assert not (home / "exports" / "attention" / str(day(1))).exists()
    assert (spans(hub, history, "PA"), spans(hub, history, "PC")) == ([(1, 6)], [(1, 1), (5, 6)])
    assert spans(hub, history, "PREFUSED") == []
    # The second night again, by which somebody else had refused.
    night(2, {"PA": "refused"})
    assert (spans(hub, history, "PA"), spans(hub, history, "PC")) == ([(1, 1), (4, 6)], [(1, 2), (5, 6)])


def test_an_unmerge_names_the_deliveries_since_the_merge_and_no_others(night: Night) -> None:
    assert night(1) == []
    (merged,) = night(2, None, ("merged", ["PA", "PC"], ["PA"]))
    assert night(3) == []
    (split,) = night(4, None, ("split", ["PA"], ["PA", "PC"]), ("minted", [], ["PNEW"]))
    assert merged == {
        "recipient_id": "PC", "event": "merged", "ids_now": "PA", "file": "attention",
        "first_date": str(day(1)), "last_date": str(day(1)),
    }  # fmt: skip
    assert split == {
        "recipient_id": "PA", "event": "split", "ids_now": "PA PC", "file": "attention",
        "first_date": str(day(2)), "last_date": str(day(3)),
    }  # fmt: skip


def test_whoever_was_one_from_the_beginning_was_delivered_wrongly_from_then_on(night: Night) -> None:
    night(1)
    found = night(2, None, ("split", ["PA"], ["PA", "PX"]), ("retired", ["PREFUSED"], []), ("retired", ["PC"], []))
    assert [(one["recipient_id"], one["ids_now"], one["first_date"]) for one in found] == [
        ("PA", "PA PX", str(day(1))), ("PC", "", str(day(1))),
    ]  # fmt: skip


def test_what_is_kept_of_a_delivery_is_described_and_holds_ids_alone(night: Night, home: Path) -> None:
    night(1)
    with duckdb.connect(str(home / "published" / "current" / "fil.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select column_name, comment is not null from duckdb_columns() where table_name = 'deliveries'"
            " and schema_name = 'hub'"
        ).fetchall()
    assert columns == [("target", True), ("file", True), ("recipient_id", True)]
