"""Earlier deliveries that show who is protected since: replaced in the night's commit, and told to their receivers."""

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import TARGETS, load_contract
from exports.delivery.deliver import save_candidates, stage_delivery
from exports.delivery.manifest import verify
from exports.delivery.removals import begin_superseded
from exports.errors import DeliveryError
from exports.publication.last_delivered import find_last_delivered
from exports.publication.ledger import find_corrections, record_deliveries
from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.revisions import stage_revisions
from exports.publication.seal import SealPlan, recover, seal
from exports.publication.staging import stage_publication
from sources.base.files import sha256_of
from tests.exports.conftest import BUSINESS_DATE as FIRST
from tests.exports.publication.test_history import attach
from tests.exports.publication.test_ledger import _EVENTS

_LINKED = """
create schema work.intermediate;
alter table work.hub.interactions add column organisation_id varchar;
create table work.hub.mention_values as
select person_id as mention_id, phone, false as is_protected from work.hub.persons;
create table work.intermediate.int_current_person_ids as
select person_id as issued_id, person_id from work.hub.persons union all select 'POLD', 'PB';
create table work.hub.addresses (address_id varchar, street varchar, street_number varchar, postcode varchar);
create table work.intermediate.int_addresses as from work.hub.addresses;
create table work.intermediate.int_reserved_contacts (address varchar);
create table work.hub.households (household_id varchar);
create table work.intermediate.int_attribute_candidates (mention_id varchar, attribute varchar, value varchar);
create table work.intermediate.int_protected_organisations (mention_id varchar, organisation_id varchar);
create table work.intermediate.int_protected_references (tax varchar, reference varchar);
"""
# As the marts hide it.
_PROTECTED = """
update work.hub.persons set is_protected = true, phone = null, district_code = null, barri_code = null
where person_id = 'PB';
update work.hub.mention_values set is_protected = true, phone = null where mention_id = 'PB';
delete from work.hub.segment_members where 'PB' in (person_id, about_person_id);
update work.hub.segment_candidates set reason_out = 'protected' where 'PB' in (person_id, about_person_id);
"""


# Who is told of PB in that audience, PB being a child.
_TOLD_OF_PB = ("PA", "audience.obres.a_b-c14cddc0")


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False) -> None:
    """As a night attaches it; others read a publication at the same time."""
    assert read_only or alias != "of_delivery"
    attach(connection, path, alias, read_only=read_only)


class Home:
    """A home whose nights stage, deliver and seal as `orchestration.night.delivery` does."""

    def __init__(self, directory: Path, hub: duckdb.DuckDBPyConnection) -> None:
        self.directory, self.hub = directory, hub
        self.exports = directory / "exports"
        self.history = History(directory / "history", directory / "published", attach)

    def night(self, number: int, *, is_killed: bool = False) -> None:
        """Stage and seal the night of so many days after the first; killed, as soon as it is announced."""
        day, hub = FIRST + timedelta(days=number), self.hub
        past = Past(self.history)
        found = past.find(hub)
        begin_superseded(hub, self.exports, day, "from reserved_recipients")
        revised = stage_revisions(hub, self.exports, day, past) if found else []
        find_corrections(hub, self.history, day)
        find_last_delivered(hub, self.history, day)
        staged = []
        for contract in map(load_contract, TARGETS):
            save_candidates(hub, contract, day)
            staged.append(stage_delivery(hub, self.exports, contract, day, f"run {number}", with_ledger=True))
        record_deliveries(hub, ((one.manifest, one.staged) for one in staged))
        published = stage_publication(hub, past.published, day, "run", None)
        hidden, changes = past.stage(hub, str(day), self.history.stage(hub, day), found)
        changes = (*changes, past.stage_latest(hub, published, (*changes, *hidden), found))
        plan = SealPlan(
            past.published, self.exports, published, (*staged, *revised), 30, past.history.directory, changes, hidden
        )

        def stop() -> None:
            if is_killed:
                raise KeyboardInterrupt

        seal(plan, [stop])

    def place(self, target: str, number: int) -> Path:
        """Where a night's delivery is."""
        return self.exports / target / str(FIRST + timedelta(days=number))

    def bytes(self, number: int) -> dict[str, bytes]:
        """Every file of a night's deliveries."""
        return {
            f"{target}/{path.name}": path.read_bytes()
            for target in TARGETS
            for path in self.place(target, number).iterdir()
        }

    def removals(self, target: str, number: int) -> list[tuple[str, str]]:
        """Whom a night lists for a target, and of which file."""
        with (self.place(target, number) / "removals.csv").open(encoding="utf-8", newline="") as lines:
            return [(row["recipient_id"], row["file"]) for row in csv.DictReader(lines)]


@pytest.fixture
def home(tmp_path: Path, hub: duckdb.DuckDBPyConnection) -> Iterator[Home]:
    hub.execute(_EVENTS + _LINKED)
    return Home(tmp_path / "home", hub)


def test_what_left_before_is_replaced_by_what_shows_nobody_who_is_protected_since(home: Home, tmp_path: Path) -> None:
    """Two nights deliver PB's telephone, who is protected on the third; that one is killed in the midst of its end."""
    # Only Parquet keeps the type of a column without values.
    home.hub.execute("update work.hub.persons set surname_2 = null")
    home.night(0)
    home.night(1)
    before = {number: home.bytes(number) for number in (0, 1)}
    manifests = {number: sha256_of(home.place("attention", number) / "manifest.json") for number in (0, 1)}
    assert all(b"34600000002" in files["attention/attention.jsonl"] for files in before.values())
    home.hub.execute(_PROTECTED)
    with pytest.raises(KeyboardInterrupt):
        home.night(2, is_killed=True)
    recover(home.directory / "published", home.exports, history_dir=home.history.directory)
    for number in (0, 1):
        after = home.bytes(number)
        assert after.keys() == before[number].keys()
        assert [name for name, content in after.items() if b"34600000002" in content] == []
        for target in TARGETS:
            verify(home.place(target, number))
        cards = {
            card["person_id"]: card
            for card in map(json.loads, after["attention/attention.jsonl"].decode().splitlines())
        }
        shown = {
            card["person_id"]: card
            for card in map(json.loads, before[number]["attention/attention.jsonl"].decode().splitlines())
        }
        assert cards == shown | {"PB": shown["PB"] | dict.fromkeys(
            ("email", "phone", "district_code", "barri_code")) | {"is_protected": True}}  # fmt: skip
        # Of everybody else each byte is as it was, and so is each file that shows nobody.
        for name, content in before[number].items():
            if name.endswith((".csv", ".jsonl")):
                gone = b'"PA"' if _TOLD_OF_PB[1] in name else b'"PB"'
                kept = [line for line in content.splitlines() if gone not in line]
                assert [line for line in after[name].splitlines() if gone not in line] == kept, name
        assert b"PB" not in b"".join(content for name, content in after.items() if name.startswith("campaigns/aud"))
        assert b"PB" not in after["campaigns/campaigns.csv"]
        manifest = json.loads(after["attention/manifest.json"])
        assert manifest["supersedes"] == manifests[number] and manifest["run_id"] == f"run {number}"
    cards_of_parquet = duckdb.sql(f"from '{home.place('attention', 0) / 'attention.parquet'}'")
    assert cards_of_parquet.filter("person_id = 'PB'").project("phone, barri_code, is_protected").fetchall() == [
        (None, None, True)
    ]
    (tmp_path / "before.parquet").write_bytes(before[0]["attention/attention.parquet"])
    parquet_before = duckdb.sql(f"from '{tmp_path / 'before.parquet'}'")
    assert (cards_of_parquet.columns, cards_of_parquet.types) == (parquet_before.columns, parquet_before.types)
    others = "person_id <> 'PB'"
    assert cards_of_parquet.filter(others).fetchall() == parquet_before.filter(others).fetchall()
    assert home.removals("attention", 2) == [("PB", "attention")]
    messages = [_TOLD_OF_PB, ("PB", "audience.butlletins.05"), ("PB", "campaigns")]
    assert home.removals("campaigns", 2) == messages
    assert "supersedes" not in json.loads((home.place("attention", 2) / "manifest.json").read_text())
    # The same night again lists them still, though what showed them is replaced; the next one does not.
    home.night(2)
    assert home.removals("attention", 2) == [("PB", "attention")]
    assert set(messages) <= set(home.removals("campaigns", 2))
    revised = home.bytes(0)
    home.night(3)
    assert home.removals("attention", 3) == []
    assert home.bytes(0) == revised


def test_a_former_id_is_meant_too_and_a_file_that_a_receiver_took_away_is_not_missed(home: Home) -> None:
    home.hub.execute("update work.hub.persons set person_id = 'POLD' where person_id = 'PB'")
    home.hub.execute("update work.hub.consents set person_id = 'POLD' where person_id = 'PB'")
    home.hub.execute("update work.hub.person_attributes set person_id = 'POLD' where person_id = 'PB'")
    home.night(0)
    (home.place("attention", 0) / "attention.parquet").unlink()
    taken = home.place("attention", 0) / "attention.jsonl"
    assert b'"POLD"' in taken.read_bytes() and b"34600000002" in taken.read_bytes()
    home.hub.execute("update work.hub.persons set person_id = 'PB' where person_id = 'POLD'")
    home.hub.execute(_PROTECTED)
    home.night(1)
    assert b'"POLD"' in taken.read_bytes() and b"34600000002" not in taken.read_bytes()
    assert ("POLD", "attention") in home.removals("attention", 1)
    verify(home.place("attention", 0))


@pytest.mark.parametrize("is_kept", [True, False])
def test_who_is_told_of_a_child_that_is_protected_since_is_in_no_file_any_more(home: Home, is_kept: bool) -> None:
    home.hub.execute("delete from work.hub.segment_members where person_id = 'PB'")
    home.night(0)
    if not is_kept:
        shutil.rmtree(home.directory / "published")
    file = home.place("campaigns", 0) / f"{_TOLD_OF_PB[1]}.csv"
    others = home.place("campaigns", 0) / "audience.escola.X.csv"
    assert b'"PA"' in file.read_bytes() and b'"PA"' in others.read_bytes()
    home.hub.execute(_PROTECTED)
    home.night(1)
    assert b'"PA"' not in file.read_bytes() and b'"PNONE"' in file.read_bytes()
    assert b'"PA"' in others.read_bytes()
    assert _TOLD_OF_PB in home.removals("campaigns", 1)


def test_of_a_night_whose_publication_is_gone_who_is_protected_is_in_no_file_any_more(home: Home) -> None:
    home.night(0)
    home.night(1)
    shutil.rmtree(home.directory / "published" / str(FIRST))
    before = home.bytes(0)["campaigns/audience.butlletins.05.csv"].splitlines()
    home.hub.execute(_PROTECTED)
    home.night(2)
    after = home.bytes(0)["campaigns/audience.butlletins.05.csv"].splitlines()
    assert after == [line for line in before if b'"PB"' not in line] != before


def test_an_organisation_that_a_protected_person_answers_for_is_in_no_message_any_more(home: Home) -> None:
    home.night(0)
    file = home.place("campaigns", 0) / "audience.butlletins.05.csv"
    assert b'"OX"' in file.read_bytes()
    home.hub.execute(
        "insert into work.intermediate.int_protected_organisations values ('X', 'OX');"
        "delete from work.hub.segment_members where organisation_id = 'OX';"
        "update work.hub.segment_candidates set reason_out = 'protected' where organisation_id = 'OX';"
        "delete from work.hub.requests where organisation_id = 'OX'"
    )
    home.night(1)
    assert b'"OX"' not in file.read_bytes() and b'"PD"' in file.read_bytes()
    assert home.removals("campaigns", 1) == [("OX", "audience.butlletins.05")]


def test_the_night_that_protects_somebody_replaces_its_own_delivery_by_itself(home: Home) -> None:
    home.night(0)
    home.hub.execute(_PROTECTED)
    home.night(0)
    for target in TARGETS:
        assert "supersedes" not in json.loads((home.place(target, 0) / "manifest.json").read_text())
    assert ("PB", "campaigns") in home.removals("campaigns", 0)


@pytest.mark.parametrize("manifest", ["{", None])
def test_a_delivery_that_a_receiver_took_away_shows_nobody_any_more(home: Home, manifest: str | None) -> None:
    home.night(0)
    home.night(1)
    for path in home.place("attention", 0).iterdir():
        path.unlink()
    if manifest:
        (home.place("attention", 0) / "manifest.json").write_text(manifest)
    home.hub.execute(_PROTECTED)
    home.night(2)
    assert b"34600000002" not in home.bytes(1)["attention/attention.jsonl"]


def test_what_names_nobody_s_home_or_contact_stays_as_it_is(home: Home) -> None:
    """PC has neither; PB is in the second night's removals alone."""
    home.night(0)
    home.hub.execute("update work.hub.consents set state = 'withdrawn' where person_id = 'PB';"
                     "delete from work.hub.segment_members where 'PB' in (person_id, about_person_id);"
                     "delete from work.hub.segment_candidates where 'PB' in (person_id, about_person_id)")  # fmt: skip
    home.night(1)
    assert ("PB", "campaigns") in home.removals("campaigns", 1)
    assert b'"PC"' in home.bytes(1)["attention/attention.jsonl"]
    before = home.bytes(1)
    home.hub.execute(_PROTECTED + "update work.hub.persons set is_protected = true where person_id = 'PC'")
    home.night(2)
    assert home.bytes(1) == before
    assert b"34600000002" not in home.bytes(0)["attention/attention.jsonl"]
    assert ("PC", "attention") not in home.removals("attention", 2)
    assert {file for _, file in home.removals("campaigns", 2)} == {"campaigns", "audience.butlletins.05",
                                                                   _TOLD_OF_PB[1]}  # fmt: skip


def test_who_is_protected_is_in_no_message_of_an_earlier_contract(home: Home) -> None:
    """Its columns were called otherwise: they are not known to be contacts."""
    home.night(0)
    file = home.place("campaigns", 0) / "campaigns.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    for name in ("email", "phone", "channel"):
        lines[0] = lines[0].replace(f'"{name}"', f'"former_{name}"')
    file.write_text("".join(lines), encoding="utf-8")
    home.hub.execute(_PROTECTED)
    home.night(1)
    kept = [line for line in lines if '"PB"' not in line]
    assert file.read_text(encoding="utf-8").splitlines(keepends=True) == kept != lines
    assert ("PB", "campaigns") in home.removals("campaigns", 1)


def test_a_delivery_that_cannot_be_read_stops_the_night(home: Home) -> None:
    home.night(0)
    (home.place("attention", 0) / "attention.parquet").write_bytes(b"PB")
    home.hub.execute(_PROTECTED)
    with pytest.raises(DeliveryError, match="2026-05-04 can't be read .*remove it, then run the night again"):
        home.night(1)
    assert not (home.directory / "published" / str(date(2026, 5, 5))).exists()
