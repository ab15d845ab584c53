"""Compares the quarantine with the rows that the simulated city meant for it, by line and reason.

It reads only line numbers and reasons, never the values of a row.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home.home import Home
from sources.base.sql import literal
from sources.contracts.catalogue import load_contracts

_WITH_HEADER = ("delimited", "xlsx")

_COMPARED = """
with meant as (
    select source, extract_date, line::bigint as line_number, reason
    from read_parquet({meant}) where extract_date <= $1
),
held as ({held})
select
    source, count(meant.reason) as meant, count(*) filter (meant.reason = held.reason) as as_meant,
    count(*) filter (meant.reason <> held.reason) as for_another_reason,
    count(*) filter (held.reason is null) as let_in, count(*) filter (meant.reason is null) as not_meant
from meant full join held using (source, extract_date, line_number)
group by source order by source
"""


def check_refusals(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date) -> dict[str, Any]:
    """Counts by source of the rows meant for quarantine up to the date, and of those in quarantine.

    Empty if the city's truth has no such file; a line that is quarantined in several extracts counts each time.
    """
    meant_rows = home.truth / "refused.parquet"
    if not meant_rows.exists():
        return {}
    places = sorted({path.parent.parent for path in home.quarantine.glob("*/*/extract_date=*/data.parquet")})
    headed = {contract.source for contract in load_contracts() if contract.delivery.format in _WITH_HEADER}
    held = " union all ".join(_held(place, place.parent.name in headed) for place in places) or (
        "select '' as source, date '1970-01-01' as extract_date, 0::bigint as line_number, '' as reason limit 0"
    )
    result = connection.execute(_COMPARED.format(meant=literal(str(meant_rows)), held=held), [business_date])
    names = [column[0] for column in result.description][1:]
    return {source: dict(zip(names, counts, strict=True)) for source, *counts in result.fetchall()}


def _held(place: Path, is_headed: bool) -> str:
    """The query of the quarantined rows of one entity of a source; lines are counted without the header."""
    return (
        f"select {literal(place.parent.name)} as source, extract_date::date as extract_date,"
        f" line_number - {int(is_headed)} as line_number, reason"
        f" from read_parquet({literal(str(place / '*' / 'data.parquet'))}, hive_partitioning = true)"
        " where extract_date::date <= $1"
    )
