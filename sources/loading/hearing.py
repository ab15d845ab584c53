"""Reads extracts that have landed but that no night has published, if their rows may forbid an export.

Such rows are refusals, withdrawals, deaths, protections, unsubscriptions and subscriptions. The rows of these extracts
are called unheard until a night publishes them. The rooms above find the people of a hub that the rows concern.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from sources.base.sql import identifier
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.receipts import landed_dates
from sources.loading.beside import load_quarantined_deaths
from sources.loading.raw_tables import BOOKKEEPING, damaged
from sources.parsing.parse import ParseBound, parse
from sources.parsing.raw_files import data_files, good_extracts, require_whole
from sources.parsing.rejections import rejected_with_rows

# The sources with rows that may forbid an export, and the condition of such rows.
_ROWS = {
    "padro": "cvar = 'B' and cauv = 'BD'",
    "padro_variacions": "cvar = 'B' and cauv = 'BD'",
    "proteccions": "true",
    "atencions": "true",
    "consentiments": "true",
    # A subscription may have another topic or address.
    "subscripcions": "true",
    "campanyes": "esdeveniment in ('BAIXA', 'STOP', 'REBOT_DUR')",
}
Days = tuple[date, ...]
# The first and last of consecutive days.
Span = tuple[date, date]


def spans_of(days: Sequence[date]) -> list[Span]:
    """Group days into spans of consecutive days, oldest first."""
    spans: list[Span] = []
    for day in sorted(set(days)):
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


def heard_contracts() -> tuple[Contract, ...]:
    """The contracts of the sources with rows that may forbid an export."""
    return tuple(contract for contract in load_contracts() if contract.source in _ROWS)


def unheard_extracts(
    home: Path, known: Mapping[str, Sequence[Span]], bound: ParseBound | None = None
) -> dict[str, Days]:
    """The dates of landed extracts that are not in `known`, by source; new extracts are parsed first.

    A rejected extract is included if the consents or protections in its quarantined rows take effect.

    Args:
        home: a `$FIL_HOME`.
        known: by source, the spans of extract dates that a night has read.
        bound: memory and disk for a parse.
    """
    days_by_source = {}
    for contract in heard_contracts():
        if landed := landed_dates(home, contract, date.max):
            parse(home, contract, landed[-1], bound=bound)
        spans = known.get(contract.source, [])
        if contract.delivery.kind == "snapshot" and spans:
            # A snapshot contains everything that earlier ones contained.
            spans = [(date.min, max(last for _, last in spans))]
        days = tuple(
            day
            for day in sorted({*good_extracts(home, contract, date.max), *_rejected(home, contract)})
            if not any(first <= day <= last for first, last in spans)
        )
        if days:
            days_by_source[contract.source] = days
    return days_by_source


def _rejected(home: Path, contract: Contract) -> Days:
    return rejected_with_rows(home, contract, date.max) if contract.read_in_quarantine else ()


def load_unheard(connection: duckdb.DuckDBPyConnection, home: Path, days: Mapping[str, Days], schema: str) -> None:
    """Load the rows of unheard extracts that may forbid an export.

    Reads: the raw and quarantine files of each source's `days`.
    Writes: `<schema>.<source>__<entity>`, one row per row; `<source>__<entity>_quarantined`, one row per quarantined
    row, for a source whose quarantined rows take effect; `<source>__<entity>_first_told`, empty.

    Args:
        connection: to the database with `schema`.
        home: a `$FIL_HOME`.
        days: extract dates by source.
        schema: with its database, such as `work.raw`.

    Raises:
        ExtractDamaged: the parsed rows of an extract can't be read any more.
    """
    for contract in heard_contracts():
        fields = {field.name: "varchar" for field in contract.fields}
        source_days = days.get(contract.source, ())
        good = tuple(day for day in source_days if day not in _rejected(home, contract))
        require_whole(home, "raw", contract, good)
        require_whole(home, "quarantine", contract, source_days)
        try:
            _load(
                connection, f"{schema}.{contract.relation}", fields, data_files(home, "raw", contract, good), contract
            )
            if contract.withdraws is not None:
                # Only the night that publishes these extracts needs the first extract of a consent.
                _create(connection, f"{schema}.{contract.relation}_first_told", fields | BOOKKEEPING)
            if contract.read_in_quarantine:
                relation = f"{schema}.{contract.relation}_quarantined"
                _load_quarantined(connection, home, relation, fields, source_days, contract)
            elif contract.reports_death:
                relation = f"{schema}.{contract.relation}_quarantined"
                _create(connection, relation, fields | {"_reason": "varchar"} | BOOKKEEPING)
                load_quarantined_deaths(connection, home, contract, source_days, relation)
        except duckdb.Error as error:
            raise damaged(home, contract, source_days, error) from None


def _create(connection: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, str]) -> None:
    definition = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace table {relation} ({definition})")


def _load(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: dict[str, str], files: list[str], contract: Contract
) -> None:
    _create(connection, relation, fields | BOOKKEEPING)
    for file in files:
        connection.execute(
            f"insert into {relation} by name select * from read_parquet($file, hive_partitioning = false)"
            f" where {_ROWS[contract.source]}",
            {"file": file},
        )


def _load_quarantined(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    relation: str,
    fields: dict[str, str],
    days: Days,
    contract: Contract,
) -> None:
    """A quarantined row takes effect even if a later extract corrects it: the corrected row may have other values."""
    _create(connection, relation, fields | {"_reason": "varchar"} | BOOKKEEPING)
    for day, file in zip(days, data_files(home, "quarantine", contract, days), strict=True):
        connection.execute(
            f"insert into {relation} by name select fields.*, fields.{contract.key} as _source_key, reason as _reason,"
            " line_number as _line_number, $day::date as _extract_date"
            " from read_parquet($file, hive_partitioning = false) where reason <> 'duplicate_row'",
            {"day": day, "file": file},
        )
