"""Delivers a contract's rows to its target's directory: stage, verify, then swap in one step.

What fails a check is withheld alone, and a file with counts stands in its place. How a night commits several deliveries
together with its publication is in `seal.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.contracts.contract import ExportContract
from exports.delivery.audiences import write_audiences
from exports.delivery.candidates import candidate_sql
from exports.delivery.checks import forget_outcomes
from exports.delivery.corrections_file import write_corrections
from exports.delivery.manifest import FileEntry, Manifest, describe_file, make_manifest, verify, write_manifest
from exports.delivery.removals import write_removals
from exports.delivery.withheld import Withheld, reasons_of, write_withheld
from exports.delivery.writers import write_file
from exports.errors import DeliveryError
from exports.gate.audience_rows import prepare_gate
from exports.gate.leaving import knows_since, show_leaving
from exports.gate.rows import GateError, admitted_sql, check_written, gated_sql
from exports.staged import MANIFEST, StagedDirectory
from sources.base.files import fresh_directory, private_directory, replace_directory, sha256_of, sync_directory

# Who may leave for the target that is at hand, by the gate.
_ADMITTED = "temp.admitted_persons"


@dataclass(frozen=True)
class StagedDelivery(StagedDirectory):
    """A delivery that is written and verified, and that nobody sees yet."""

    manifest: Manifest
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """A delivery in its place."""

    directory: Path
    manifest: Manifest

    @property
    def rows(self) -> int:
        """The persons delivered, segments' audiences aside; none where the target's own file is withheld."""
        files = (entry.rows for entry in self.manifest.files if entry.name.startswith(f"{self.manifest.target}."))
        return next(files, 0)


def save_candidates(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> str:
    """Keep a contract's gated rows as `work.exports.<target>`: what is checked there is what is written."""
    relation = f"exports.{contract.target}"
    connection.execute("create schema if not exists work.exports")
    _admit(connection, contract, business_date)
    query = gated_sql(candidate_sql(contract, business_date, _ADMITTED), _ADMITTED)
    connection.execute(f"create or replace table work.{relation} as {query}")
    forget_outcomes(connection, relation)
    return f"work.{relation}"


def _admit(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> None:
    """Write the relation of who may leave: for what is chosen, and anew for the check of what was written."""
    show_leaving(connection)
    connection.execute(f"create or replace temp table admitted_persons as {admitted_sql(contract, business_date)}")


def kept_back(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> int:
    """How many people of the night's hub the gate keeps back for a purpose by what is known since its date."""
    if not knows_since(connection):
        return 0
    show_leaving(connection)
    row = connection.execute(
        f"select count(*) from ({admitted_sql(contract, business_date, is_since_known=False)}) as one"
        f" anti join ({admitted_sql(contract, business_date)}) as other using (person_id)"
    ).fetchone()
    return int(row[0]) if row else 0


def ask_gate(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> None:
    """Ask once who may leave, for what reads written files back and for what has to be removed."""
    _admit(connection, contract, business_date)
    if contract.audiences is not None:
        prepare_gate(connection, business_date)


def _write_own_files(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date, directory: Path
) -> list[FileEntry]:
    """Write every format of `work.exports.<target>` and hold each file, read back, against gate and row count.

    Raises:
        GateError: a file names somebody who may not leave.
        DeliveryError: what was read back is not what was written.
    """
    relation = f"work.exports.{contract.target}"
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    rows = int(row[0]) if row else 0
    entries = []
    for file_format in contract.formats:
        path = write_file(connection, relation, contract, file_format, directory)
        written = check_written(connection, path, contract, business_date, f"from {_ADMITTED}")
        if written != rows:
            raise DeliveryError(
                f"{path}: {written} rows read back, not the number that Fil wrote; deliver again",
                {"rows read back": written, "rows to be written": rows},
            )
        entries.append(describe_file(path, written))
    return entries


def _write_files(
    connection: duckdb.DuckDBPyConnection,
    contract: ExportContract,
    business_date: date,
    directory: Path,
    withheld: Sequence[Withheld],
) -> tuple[list[FileEntry], list[Withheld]]:
    """Write what may leave, and for what may not the file that stands in its place."""
    ask_gate(connection, contract, business_date)
    entries, more = write_audiences(connection, contract, business_date, directory, [one.stem for one in withheld])
    held = [*withheld, *more]
    if not any(one.is_targets_own for one in held):
        try:
            entries += _write_own_files(connection, contract, business_date, directory)
        except (GateError, DeliveryError) as error:
            for path in directory.glob(f"{contract.target}.*"):
                path.unlink()
            held.append(Withheld(contract.target, contract.target, reasons_of(error.counts)))
    return [*entries, *(write_withheld(one, business_date, directory) for one in held)], held


def stage_delivery(
    connection: duckdb.DuckDBPyConnection,
    exports_dir: Path,
    contract: ExportContract,
    business_date: date,
    run_id: str,
    *,
    withheld: Sequence[Withheld] = (),
    with_ledger: bool = False,
) -> StagedDelivery:
    """Write and verify a delivery of what `save_candidates` kept in a hidden directory beside its place.

    With the ledger, `ledger.find_corrections` and `last_delivered.find_last_delivered` have been asked before.
    `withheld` is what may not leave because of checks; a file that names somebody who may not leave is withheld, too.
    """
    target_dir = private_directory(private_directory(exports_dir) / contract.target)
    staged = fresh_directory(target_dir / f".staging-{business_date}")
    entries, held = _write_files(connection, contract, business_date, staged, withheld)
    if with_ledger:
        entries.append(write_corrections(connection, contract.target, staged))
        entries.append(write_removals(connection, contract, business_date, staged, [one.stem for one in held]))
    write_manifest(staged, make_manifest(contract.target, contract.version, business_date, run_id, entries))
    manifest = verify(staged)
    sync_directory(staged)
    token = sha256_of(staged / MANIFEST)
    return StagedDelivery(staged, target_dir / business_date.isoformat(), token, manifest, tuple(held))


def seal_delivery(delivery: StagedDelivery) -> Delivery:
    """Swap a staged delivery into its place: whoever reads meets the old one or the new one, whole."""
    replace_directory(delivery.staged, delivery.final)
    return Delivery(delivery.final, delivery.manifest)


def deliver(
    connection: duckdb.DuckDBPyConnection, exports_dir: Path, contract: ExportContract, business_date: date, run_id: str
) -> Delivery:
    """Deliver again or for the first time; the same rows give the same files."""
    save_candidates(connection, contract, business_date)
    return seal_delivery(stage_delivery(connection, exports_dir, contract, business_date, run_id))
