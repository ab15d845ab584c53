"""Raw Parquet into the work database, as of a business date, with what is late said by name."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sources.contract import Contract
from sources.parsing import DATA, partition_dir, rejections

_BOOKKEEPING = {"_source_key": "varchar", "_line_number": "bigint", "_extract_date": "date"}


@dataclass(frozen=True)
class LoadedSource:
    """A source as of a business date; stale when its last good extract is older than its contract allows.

    One that has never delivered is not connected yet: it is empty, and stale only where no night can do without it.
    """

    source: str
    rows: int
    extract_dates: tuple[date, ...]
    staleness_days: int | None
    is_stale: bool
    warnings: tuple[str, ...]


def load_raw(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, business_date: date
) -> LoadedSource:
    """Create work.raw.<source>__<entity>: of a snapshot the latest good extract, of changes and events all of them."""
    dates = good_extracts(home, contract, business_date)
    used = dates[-1:] if contract.delivery.kind == "snapshot" else dates
    relation = f"work.raw.{contract.relation}"
    columns = {field.name: "varchar" for field in contract.fields} | _BOOKKEEPING
    definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace table {relation} ({definition})")
    if used:
        files = [str(partition_dir(home, "raw", contract, day) / DATA) for day in used]
        # An event delivered again counts once, as it was first told; of a changing record the last word counts. In one
        # extract keys are unique.
        order = "desc" if contract.delivery.kind == "changes" else "asc"
        once = f"qualify row_number() over (partition by _source_key order by _extract_date {order}) = 1"
        connection.execute(
            f"insert into {relation} by name select * from read_parquet(?, hive_partitioning = false) "
            f"{once if len(files) > 1 else ''}",
            [files],
        )
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    staleness = (business_date - dates[-1]).days if dates else None
    allowed = contract.delivery.staleness_days
    is_stale = contract.delivery.is_required if staleness is None else staleness > allowed
    return LoadedSource(
        contract.source,
        row[0] if row else 0,
        used,
        staleness,
        is_stale,
        (*_warnings(contract, staleness), *_rejected_since(home, contract, business_date, dates)),
    )


def good_extracts(home: Path, contract: Contract, business_date: date) -> tuple[date, ...]:
    """The dates of the parsed extracts up to the business date, oldest first."""
    found = (home / "raw" / contract.source / contract.entity).glob(f"extract_date=*/{DATA}")
    dates = (date.fromisoformat(path.parent.name.removeprefix("extract_date=")) for path in found)
    return tuple(sorted(day for day in dates if day <= business_date))


def _warnings(contract: Contract, staleness: int | None) -> tuple[str, ...]:
    if staleness is None:
        return (f"{contract.source}: no good extract yet; deliver one into the inbox",)
    if contract.delivery.kind != "snapshot" and staleness > 0:
        allowed = contract.delivery.staleness_days
        return (f"{contract.source}: days without a good extract: {staleness} of {allowed} that are allowed",)
    return ()


def _rejected_since(home: Path, contract: Contract, business_date: date, good: tuple[date, ...]) -> tuple[str, ...]:
    """What to say, every night, of rejected extracts that would be in use had they kept their contract."""
    rejected = rejections(home, contract, business_date)
    if contract.delivery.kind == "snapshot" and good:
        rejected = {day: reason for day, reason in rejected.items() if day > good[-1]}
    return tuple(rejected.values())
