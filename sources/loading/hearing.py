"""What has landed and no night has published yet, as far as it may keep somebody from leaving.

That is who refused or withdrew, who died, who is protected, and what was unsubscribed from.
It is read as it is, row by row; what it means for the people of a hub is for the rooms above.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from sources.base.sql import identifier
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.receipts import landed_dates
from sources.loading.raw_tables import BOOKKEEPING, damaged
from sources.parsing.parse import ParseBound, parse
from sources.parsing.raw_files import data_files, good_extracts, require_whole
from sources.parsing.rejections import refused_whole

# The sources that tell it, and which of their rows.
_ROWS = {
    "padro": "cvar = 'B' and cauv = 'BD'",
    "padro_variacions": "cvar = 'B' and cauv = 'BD'",
    "proteccions": "true",
    "atencions": "true",
    "consentiments": "true",
    "subscripcions": "data_baixa is not null",
    "campanyes": "esdeveniment = 'BAIXA'",
}
Days = tuple[date, ...]
# From the first to the last of days without a gap.
Span = tuple[date, date]


def spans_of(days: Sequence[date]) -> list[Span]:
    """Days as spans without a gap, oldest first."""
    spans: list[Span] = []
    for day in sorted(set(days)):
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


def heard_contracts() -> tuple[Contract, ...]:
    """The contracts of the sources that may tell that somebody may not leave."""
    return tuple(contract for contract in load_contracts() if contract.source in _ROWS)


def unheard_extracts(
    home: Path, known: Mapping[str, Sequence[Span]], bound: ParseBound | None = None
) -> dict[str, Days]:
    """The extracts that have landed and are not known, by source; what is landed and not parsed yet is parsed.

    A rejected extract is among them where its refused rows are heard.

    Args:
        home: of the installation.
        known: spans of the dates that are known of each source.
        bound: of a parse.
    """
    found = {}
    for contract in heard_contracts():
        if landed := landed_dates(home, contract, date.max):
            parse(home, contract, landed[-1], bound=bound)
        spans = known.get(contract.source, [])
        if contract.delivery.kind == "snapshot" and spans:
            # The last one says all that those before it said.
            spans = [(date.min, max(last for _, last in spans))]
        days = tuple(
            day
            for day in sorted({*good_extracts(home, contract, date.max), *_refused(home, contract)})
            if not any(first <= day <= last for first, last in spans)
        )
        if days:
            found[contract.source] = days
    return found


def _refused(home: Path, contract: Contract) -> Days:
    return refused_whole(home, contract, date.max) if contract.heard_when_refused else ()


def load_unheard(connection: duckdb.DuckDBPyConnection, home: Path, days: Mapping[str, Days], schema: str) -> None:
    """Write the tables <source>__<entity> and, of sources that are heard when refused, <source>__<entity>_quarantined.

    Each source has its tables, filled from the extracts of its `days`.

    Raises:
        ExtractDamaged: what was parsed of an extract can't be read any more.
    """
    for contract in heard_contracts():
        fields = {field.name: "varchar" for field in contract.fields}
        own = days.get(contract.source, ())
        good = tuple(day for day in own if day not in _refused(home, contract))
        require_whole(home, "raw", contract, good)
        require_whole(home, "quarantine", contract, own)
        try:
            _load(
                connection, f"{schema}.{contract.relation}", fields, data_files(home, "raw", contract, good), contract
            )
            if contract.withdraws is not None:
                # Each extract is heard by itself: when it told a word first matters to the night that publishes it.
                _create(connection, f"{schema}.{contract.relation}_first_told", fields | BOOKKEEPING)
            if contract.heard_when_refused:
                _load_refused(connection, home, f"{schema}.{contract.relation}_quarantined", fields, own, contract)
        except duckdb.Error as error:
            raise damaged(home, contract, own, error) from None


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


def _load_refused(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    relation: str,
    fields: dict[str, str],
    days: Days,
    contract: Contract,
) -> None:
    """A refused row is heard whoever put it right since: its good row may say something else, and later."""
    _create(connection, relation, fields | {"_reason": "varchar"} | BOOKKEEPING)
    for day, file in zip(days, data_files(home, "quarantine", contract, days), strict=True):
        connection.execute(
            f"insert into {relation} by name select fields.*, fields.{contract.key} as _source_key, reason as _reason,"
            " line_number as _line_number, $day::date as _extract_date"
            " from read_parquet($file, hive_partitioning = false) where reason <> 'duplicate_row'",
            {"day": day, "file": file},
        )
