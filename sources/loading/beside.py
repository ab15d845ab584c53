"""Fills the tables beside a source's rows: its quarantined rows, and the first extract of each consent.

`raw_tables.py` creates these tables, empty, and loads the rows themselves.
"""

from datetime import date
from pathlib import Path

import duckdb

from sources.base.sql import identifier
from sources.contracts.contract import Contract
from sources.parsing.raw_files import data_files
from sources.parsing.rejections import rejected_with_rows


def rejected_in_use(home: Path, contract: Contract, business_date: date, used: tuple[date, ...]) -> tuple[date, ...]:
    """The rejected extracts whose withdrawals and protections apply; for a snapshot, those after the last good one."""
    until = date.max if contract.fields_of("protection") else business_date
    days = rejected_with_rows(home, contract, until)
    if contract.delivery.kind == "snapshot" and used:
        days = tuple(day for day in days if day > used[-1])
    return days


def load_quarantined(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, days: tuple[date, ...]
) -> None:
    """Load the quarantined rows of some extracts, without those that a later extract corrects or that are released.

    Reads: the quarantine files of `days`; the source's raw table; temp table `released`.
    Writes: `work.raw.<source>__<entity>_quarantined`, one row per quarantined row.
    """
    relation = f"work.raw.{contract.relation}"
    for day, file in zip(days, data_files(home, "quarantine", contract, days), strict=True):
        connection.execute(
            f"insert into {relation}_quarantined by name "
            f"select fields.*, fields.{contract.key} as _source_key, reason as _reason, line_number as _line_number, "
            "$day::date as _extract_date from read_parquet($file, hive_partitioning = false) as quarantined "
            f"where reason <> 'duplicate_row' and not exists (from {relation} as good "
            f"where good._source_key = quarantined.fields.{contract.key} and good._extract_date > $day) "
            "and quarantined.line_number not in (select _line_number from released where _extract_date = $day)",
            {"day": day, "file": file},
        )


def load_quarantined_deaths(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, days: tuple[date, ...], relation: str
) -> None:
    """Load the quarantined rows of some extracts that report a death.

    Reads: the quarantine files of `days`.
    Writes: `relation`, one row per such row; it has no key.
    """
    for day, file in zip(days, data_files(home, "quarantine", contract, days), strict=True):
        connection.execute(
            f"insert into {relation} by name select * from (select fields.*, reason as _reason, "
            "line_number as _line_number, $day::date as _extract_date from read_parquet($file, "
            f"hive_partitioning = false)) where {contract.reports_death}",
            {"day": day, "file": file},
        )


def load_first_told(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, used: tuple[date, ...]
) -> None:
    """Find the first extract with the current consent, for each row that several extracts contain.

    Reads: the raw files of `used`; temp table `released`.
    Writes: `work.raw.<source>__<entity>_first_told` (_source_key, _extract_date), one row per repeated key.
    """
    consent_columns = ", ".join(identifier(name) for name in contract.fields_of("consent"))
    connection.execute(
        f"""
        insert into work.raw.{contract.relation}_first_told by name
        with consents as (
            select _source_key, _extract_date, hash(row({consent_columns})) as consent
            from (from read_parquet($files, hive_partitioning = false) union all by name
                from released where list_contains($days, _extract_date))
        ),
        repeated as (select _source_key from consents group by _source_key having count(*) > 1),
        changes as (
            select *,
                consent is distinct from lag(consent) over (partition by _source_key order by _extract_date) as is_new
            from consents semi join repeated using (_source_key)
        )
        select _source_key, max(_extract_date) filter (where is_new) as _extract_date from changes group by _source_key
        """,
        {"files": data_files(home, "raw", contract, used), "days": list(used)},
    )
