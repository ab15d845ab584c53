"""Delivers a contract's rows to its target's directory: stage, verify, then swap in one step.

How a night commits several deliveries together with its publication is in `commit.py`.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from exports.audiences import write_audiences
from exports.candidates import candidate_sql
from exports.contract import ExportContract
from exports.files import fresh_directory, private_directory, replace_directory, sha256_of, sync_directory
from exports.gate import check_written, gated_sql
from exports.ledger import write_corrections
from exports.manifest import (
    MANIFEST,
    DeliveryError,
    FileEntry,
    Manifest,
    describe_file,
    make_manifest,
    verify,
    write_manifest,
)
from exports.writers import write_file


@dataclass(frozen=True)
class StagedDelivery:
    """A delivery that is written and verified, and that nobody sees yet."""

    staged: Path
    final: Path
    token: str
    manifest: Manifest


@dataclass(frozen=True)
class Delivery:
    """A delivery in its place."""

    directory: Path
    manifest: Manifest

    @property
    def rows(self) -> int:
        """The persons delivered, segments' audiences aside."""
        return next(entry.rows for entry in self.manifest.files if entry.name.startswith(f"{self.manifest.target}."))


def save_candidates(connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date) -> str:
    """Keep a contract's gated rows as `work.exports.<target>` for the checks before anything leaves."""
    relation = f"work.exports.{contract.target}"
    connection.execute("create schema if not exists work.exports")
    query = gated_sql(candidate_sql(contract, business_date), contract, business_date)
    connection.execute(f"create or replace table {relation} as {query}")
    return relation


def _write_files(
    connection: duckdb.DuckDBPyConnection, contract: ExportContract, business_date: date, directory: Path
) -> list[FileEntry]:
    """Write every format of a contract and hold each file, read back, against the gate and the row count."""
    relation = f"temp.leaving_{contract.target}"
    query = gated_sql(candidate_sql(contract, business_date), contract, business_date)
    connection.execute(f"create or replace temp table leaving_{contract.target} as {query}")
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    entries = []
    for file_format in contract.formats:
        path = write_file(connection, relation, contract, file_format, directory)
        written = check_written(connection, path, contract, business_date)
        if row is None or written != row[0]:
            raise DeliveryError(f"{path}: {written} rows read back, other than were to be written; deliver again")
        entries.append(describe_file(path, written))
    connection.execute(f"drop table {relation}")
    return [*entries, *write_audiences(connection, contract, business_date, directory)]


def stage_delivery(
    connection: duckdb.DuckDBPyConnection,
    exports_dir: Path,
    contract: ExportContract,
    business_date: date,
    run_id: str,
    *,
    with_corrections: bool = False,
) -> StagedDelivery:
    """Write and verify a delivery in a hidden directory beside its place.

    With corrections, `ledger.find_corrections` has found them before.

    Raises:
        GateError: a file names somebody who may not leave.
        DeliveryError: what was read back is not what was written.
    """
    target_dir = private_directory(private_directory(exports_dir) / contract.target)
    staged = fresh_directory(target_dir / f".staging-{business_date}")
    entries = _write_files(connection, contract, business_date, staged)
    if with_corrections:
        entries.append(write_corrections(connection, contract.target, staged))
    write_manifest(staged, make_manifest(contract.target, contract.version, business_date, run_id, entries))
    manifest = verify(staged)
    sync_directory(staged)
    return StagedDelivery(staged, target_dir / business_date.isoformat(), sha256_of(staged / MANIFEST), manifest)


def seal_delivery(delivery: StagedDelivery) -> Delivery:
    """Swap a staged delivery into its place: whoever reads meets the old one or the new one, whole."""
    replace_directory(delivery.staged, delivery.final)
    return Delivery(delivery.final, delivery.manifest)


def deliver(
    connection: duckdb.DuckDBPyConnection, exports_dir: Path, contract: ExportContract, business_date: date, run_id: str
) -> Delivery:
    """Deliver again or for the first time; the same rows give the same files."""
    return seal_delivery(stage_delivery(connection, exports_dir, contract, business_date, run_id))
