"""Rebuilds a past night's delivery from its published hub, with the same gate, checks, files and manifest.

`exports.publication.past_hub` leaves out who may no longer be exported; `cli/deliveries.py` has the commands.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from exports.contracts.contract import ContractError, ExportContract, load_contract
from exports.delivery.deliver import Delivery, StagedDelivery, save_candidates, seal_delivery, stage_delivery
from exports.delivery.manifest import Manifest, verify
from exports.delivery.removals import begin_superseded
from exports.delivery.withheld import withheld_again
from exports.errors import DeliveryError, PublicationError
from exports.gate.rows import GateError
from exports.publication.intact import require_intact
from exports.publication.last_delivered import find_last_delivered
from exports.publication.ledger import TABLE, compare_with_ledger, find_corrections, withheld_of
from exports.publication.past_hub import LAST_NIGHT, THAT_NIGHT, prepare_again
from exports.publication.staging import database_of
from matching.registry.ids import RegistryError
from orchestration.home.home import Home
from orchestration.home.lock import NightRunning, intake_lock
from orchestration.home.process import set_up_process
from orchestration.home.redaction import StepFailed, redacted
from orchestration.home.settings import Settings
from orchestration.home.work_database import attach
from orchestration.outgoing.leaving import extracts_known, know_since
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.published import published_date
from orchestration.past_nights.recovery import require_finished
from quality.expectation import Suite
from quality.run import run_suite, suites
from sources.base import journal
from sources.base.errors import SourceError
from sources.base.scratch import scratch_directory
from sources.base.sql import literal
from sources.loading.hearing import Span

_SAFE = (StepFailed, NightRunning, PublicationError, RegistryError, SourceError)
_OF_DELIVERIES = (ContractError, GateError, DeliveryError)
_OF_ANOTHER_FIL = (duckdb.CatalogException, duckdb.BinderException)


@dataclass(frozen=True)
class Redelivery:
    """The rebuilt delivery, how many rows of the original were left out, and whether it existed already, unchanged.

    `withheld_files` are the stems of files that the night withheld: they are not delivered now, either.
    """

    delivery: Delivery
    withheld: int
    is_unchanged: bool
    withheld_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Hubs:
    """The paths of that night's hub, the last hub and the hub to deliver from; the first two may be one file."""

    home: Home
    that_night: Path
    last_date: date
    work: Path

    @property
    def last_night(self) -> Path:
        return database_of(self.home.published / str(self.last_date))

    @property
    def last(self) -> str | None:
        return None if self.that_night == self.last_night else LAST_NIGHT

    @property
    def known(self) -> dict[str, list[Span]]:
        return extracts_known(self.home.published / str(self.last_date), self.last_date)

    def attach(self, connection: duckdb.DuckDBPyConnection, *, read_only: bool = True) -> None:
        key = self.home.hub_key
        attach(connection, self.that_night, THAT_NIGHT, key, read_only=True)
        if self.last:
            attach(connection, self.last_night, self.last, key, read_only=True)
        attach(connection, self.work, "work", key, read_only=read_only)


def deliver_again(settings: Settings, target: str, business_date: date) -> Redelivery:
    """Rebuild a target's files of a published date; if the same files exist, nothing is written.

    People are left out who may no longer be exported by the last published night or by extracts that landed since: they
    refused, died, became protected, or have another id or none; so are rows of ended requests and agreements.

    Raises:
        StepFailed: that date was never published, a night is running, or a check failed.
    """
    try:
        with redacted(*_SAFE, *_OF_DELIVERIES, *_OF_ANOTHER_FIL), _hubs(settings.home, business_date) as hubs:
            contract = load_contract(target)
            with _opened(hubs, read_only=False) as connection:
                # Fail early if the night was published without its ledger of recipients.
                connection.execute(f"select 1 from {THAT_NIGHT}.hub.{TABLE} limit 0")
                prepare_again(connection, business_date)
                know_since(connection, settings, hubs.known, hubs.last)
                save_candidates(connection, contract, business_date)
                is_withheld = target in withheld_of(connection, target, f"{THAT_NIGHT}.hub.{TABLE}")
            _require_departures(hubs, None if is_withheld else target, business_date)
            return _deliver(hubs, contract, business_date)
    except NightRunning as error:
        raise StepFailed(f"{error}: wait for it to end") from None
    except _OF_DELIVERIES as error:
        raise StepFailed(str(error)) from None
    except _OF_ANOTHER_FIL:
        raise StepFailed(
            f"the night of {business_date} was published by an earlier version of Fil, without data that a delivery "
            f"needs: run `fil nightly --date {business_date}` again"
        ) from None


@contextmanager
def _hubs(home: Home, business_date: date) -> Iterator[_Hubs]:
    """That night's hub if it is kept, or rebuilt from the history; nights wait meanwhile."""
    set_up_process(home)
    require_finished(home)
    with (
        intake_lock(home),
        scratch_directory(home.work / "again") as scratch,
    ):
        last = published_date(home)
        that_night = database_of(home.published / str(business_date))
        # Hubs that are delivered from are always verified completely.
        for path in sorted({database_of(home.published / str(last)), that_night}):
            if path.exists():
                require_intact(path)
        if not that_night.exists():
            that_night = scratch / "past.duckdb"
            with duckdb.connect(":memory:") as connection:
                hub_history(home).restore(connection, business_date, that_night)
        yield _Hubs(home, that_night, last, scratch / "again.duckdb")


@contextmanager
def _opened(hubs: _Hubs, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"set temp_directory = {literal(str(hubs.work.parent))}")
        hubs.attach(connection, read_only=read_only)
        yield connection


def _require_departures(hubs: _Hubs, target: str | None, business_date: date) -> None:
    """Check the hub, and the target's own file if there is one, with the suite of departures."""
    own = f"exports.{target}"
    checked = [item for item in suites()["departures"].checked if item.name.startswith("hub.") or item.name == own]
    outcomes = run_suite(hubs.attach, Suite("departures", tuple(checked)))
    failed = [outcome for outcome in outcomes if not outcome.passed and outcome.severity == "block"]
    if failed:
        checks = ", ".join(
            f"{outcome.name} of {outcome.relation} (found {outcome.observed}, expected {outcome.expected})"
            for outcome in failed
        )
        raise StepFailed(
            f"the delivery of {business_date} was withheld, because these checks failed: {checks}; "
            f"run `fil nightly --date {business_date}` again"
        )


def _deliver(hubs: _Hubs, contract: ExportContract, business_date: date) -> Redelivery:
    home, run_id = hubs.home, str(uuid4())
    with _opened(hubs) as connection:
        history = hub_history(home)
        find_corrections(connection, history, business_date)
        protected = "select person_id from work.hub.persons where is_protected"
        begin_superseded(connection, home.exports, business_date, protected)
        find_last_delivered(connection, history, business_date)
        before = withheld_of(connection, contract.target, f"{THAT_NIGHT}.hub.{TABLE}")
        place = home.exports / contract.target / business_date.isoformat()
        again = [withheld_again(contract.target, stem, place) for stem in before]
        staged = stage_delivery(
            connection, home.exports, contract, business_date, run_id, withheld=again, with_ledger=True
        )
        try:
            _require_nothing_more(staged, before)
            withheld = compare_with_ledger(connection, staged.manifest, staged.staged, f"{THAT_NIGHT}.hub.{TABLE}")
            is_unchanged = _is_there(staged)
            if not is_unchanged:
                _log(home, staged.manifest)
                seal_delivery(staged)
        finally:
            shutil.rmtree(staged.staged, ignore_errors=True)
    return Redelivery(Delivery(staged.final, staged.manifest), withheld, is_unchanged, tuple(before))


def _require_nothing_more(staged: StagedDelivery, before: Sequence[str]) -> None:
    """Check that no further file is withheld which the night delivered.

    Raises:
        StepFailed: a file would be withheld.
    """
    more = [str(file) for file in staged.withheld if file.stem not in before]
    if more:
        raise StepFailed(
            f"{staged.manifest.target} of {staged.manifest.business_date} was withheld: {' | '.join(more)}"
        )


def _is_there(staged: StagedDelivery) -> bool:
    """Whether the same complete files exist already, from whatever run."""
    try:
        there = verify(staged.final)
    except (OSError, ValueError, DeliveryError):
        return False
    return (there.files, there.contract_version) == (staged.manifest.files, staged.manifest.contract_version)


def _log(home: Home, manifest: Manifest) -> None:
    """Log the rebuilt delivery in the journal; the night's own deliveries are in the history."""
    rows = {entry.name: entry.rows for entry in manifest.files}
    delivery = {"target": manifest.target, "business_date": manifest.business_date, "run_id": manifest.run_id}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    journal.append(home.directory, "deliveries", {**delivery, "rows": rows, "at": at})
