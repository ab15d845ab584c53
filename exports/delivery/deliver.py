"""Delivers a contract's rows to its target's directory: stage, verify, then swap in one step.

A file that fails a check is withheld, and a file with counts replaces it. `seal.py` makes all deliveries of a night
public together with its publication.
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

# The people whom the gate admits for the current target.
_ADMITTED = "temp.admitted_persons"


@dataclass(frozen=True)
class StagedDelivery(StagedDirectory):
    """A written and verified delivery, which receivers do not see yet."""

    manifest: Manifest
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """A delivery in its final place."""

    directory: Path
    manifest: Manifest

    @property
    def rows(self) -> int:
        """The persons in the target's own file, without audiences; 0 if the file is withheld."""
        files = (entry.rows for entry in self.manifest.files if entry.name.startswith(f"{self.manifest.target}."))
        return next(files, 0)


def save_candidates(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> str:
    """Write a contract's rows that pass the gate to `work.exports.<target>`, one row per person; return its name.

    The night's checks read this table, and the delivery is written from it.
    """
    relation = f"exports.{contract.target}"
    connection.execute("create schema if not exists work.exports")
    _admit(connection, contract, business_date)
    query = gated_sql(candidate_sql(contract, business_date, _ADMITTED), _ADMITTED)
    connection.execute(f"create or replace table work.{relation} as {query}")
    forget_outcomes(connection, relation)
    return f"work.{relation}"


def _admit(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> None:
    """Write temp table `admitted_persons` (person_id), one row per person whom the gate admits."""
    show_leaving(connection)
    connection.execute(f"create or replace temp table admitted_persons as {admitted_sql(contract, business_date)}")


def kept_back(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> int:
    """The number of people whom the gate no longer admits, because of what is known since the hub's date."""
    if not knows_since(connection):
        return 0
    show_leaving(connection)
    row = connection.execute(
        f"select count(*) from ({admitted_sql(contract, business_date, is_since_known=False)}) as one"
        f" anti join ({admitted_sql(contract, business_date)}) as other using (person_id)"
    ).fetchone()
    return int(row[0]) if row else 0


def ask_gate(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> None:
    """Write the gate's temp tables; checks of written files and removals read them."""
    _admit(connection, contract, business_date)
    if contract.audiences is not None:
        prepare_gate(connection, business_date)


def _write_own_files(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date, directory: Path
) -> list[FileEntry]:
    """Write `work.exports.<target>` in each format; read each file back, and check it with the gate and the row count.

    Raises:
        GateError: a file has a person who may not be exported.
        DeliveryError: the rows read back differ from the written ones.
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
    """Write the files that may be exported, and a replacement for each withheld file."""
    ask_gate(connection, contract, business_date)
    entries, more = write_audiences(connection, contract, business_date, directory, [file.stem for file in withheld])
    all_withheld = [*withheld, *more]
    if not any(file.is_targets_own for file in all_withheld):
        try:
            entries += _write_own_files(connection, contract, business_date, directory)
        except (GateError, DeliveryError) as error:
            for path in directory.glob(f"{contract.target}.*"):
                path.unlink()
            all_withheld.append(Withheld(contract.target, contract.target, reasons_of(error.counts)))
    replacements = [write_withheld(file, business_date, directory) for file in all_withheld]
    return [*entries, *replacements], all_withheld


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
    """Write and verify a delivery in a hidden directory beside its final place.

    Reads: `work.exports.<target>`, see `save_candidates`; with the ledger also the temp tables of
    `ledger.find_corrections` and `last_delivered.find_last_delivered`.

    Args:
        connection: to the work database.
        exports_dir: of the home.
        contract: of the target.
        business_date: of the night.
        run_id: of the night's run.
        withheld: files withheld because of failed checks; more may be withheld when the files are read back.
        with_ledger: whether to write corrections and removals.
    """
    target_dir = private_directory(private_directory(exports_dir) / contract.target)
    staged = fresh_directory(target_dir / f".staging-{business_date}")
    entries, all_withheld = _write_files(connection, contract, business_date, staged, withheld)
    if with_ledger:
        stems = [file.stem for file in all_withheld]
        entries.append(write_corrections(connection, contract.target, staged))
        entries.append(write_removals(connection, contract, business_date, staged, stems))
    write_manifest(staged, make_manifest(contract.target, contract.version, business_date, run_id, entries))
    manifest = verify(staged)
    sync_directory(staged)
    token = sha256_of(staged / MANIFEST)
    return StagedDelivery(staged, target_dir / business_date.isoformat(), token, manifest, tuple(all_withheld))


def seal_delivery(delivery: StagedDelivery) -> Delivery:
    """Swap a staged delivery into its final place: readers see either the old or the new delivery."""
    replace_directory(delivery.staged, delivery.final)
    return Delivery(delivery.final, delivery.manifest)


def deliver(
    connection: duckdb.DuckDBPyConnection, exports_dir: Path, contract: ExportContract, business_date: date, run_id: str
) -> Delivery:
    """Deliver a target's own files and audiences; the same rows give the same files."""
    save_candidates(connection, contract, business_date)
    return seal_delivery(stage_delivery(connection, exports_dir, contract, business_date, run_id))
