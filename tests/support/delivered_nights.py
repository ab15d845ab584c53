"""Nights of a hand-made hub that are staged, delivered and sealed as `orchestration.night.delivery` does."""

import csv
from datetime import timedelta
from pathlib import Path

import duckdb

from exports.contracts.contract import TARGETS, load_contract
from exports.delivery.deliver import save_candidates, stage_delivery
from exports.delivery.removals import begin_superseded
from exports.publication.last_delivered import find_last_delivered
from exports.publication.ledger import find_corrections, record_deliveries
from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.revisions import stage_revisions
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import stage_publication
from tests.exports.conftest import BUSINESS_DATE as FIRST
from tests.support.databases import attach

LINKED = """
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


class Home:
    """A home whose nights stage, deliver and seal as `orchestration.night.delivery` does."""

    def __init__(self, directory: Path, hub: duckdb.DuckDBPyConnection) -> None:
        self.directory, self.hub = directory, hub
        self.exports = directory / "exports"
        self.history = History(directory / "history", directory / "published", self.attach)

    def attach(self, connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False) -> None:
        """Attach a database as a night does: a publication only to be read, since others read it at the same time."""
        assert read_only or not path.is_relative_to(self.directory / "published")
        attach(connection, path, alias, read_only=read_only)

    def night(self, number: int, *, is_killed: bool = False) -> None:
        """Stage and seal the night so many days after the first. A killed night stops once it is announced."""
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
        """The recipients that a night asks a target to remove, with the file that named them."""
        with (self.place(target, number) / "removals.csv").open(encoding="utf-8", newline="") as lines:
            return [(row["recipient_id"], row["file"]) for row in csv.DictReader(lines)]
