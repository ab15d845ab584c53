"""Whether quarantine holds the rows that the simulated city meant to be refused, each for its reason, and no others.

Only lines and reasons are read, never what stands in a row.
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
    """Counts by source of rows that were meant to be refused up to the date, and of those in quarantine.

    Empty where the city's truth does not tell of any; a line that is refused at each delivery counts each time.
    """
    told = home.truth / "refused.parquet"
    if not told.exists():
        return {}
    places = sorted({path.parent.parent for path in home.quarantine.glob("*/*/extract_date=*/data.parquet")})
    headed = {contract.source for contract in load_contracts() if contract.delivery.format in _WITH_HEADER}
    held = " union all ".join(_held(place, place.parent.name in headed) for place in places) or (
        "select '' as source, date '1970-01-01' as extract_date, 0::bigint as line_number, '' as reason limit 0"
    )
    found = connection.execute(_COMPARED.format(meant=literal(str(told)), held=held), [business_date])
    names = [column[0] for column in found.description][1:]
    return {source: dict(zip(names, counts, strict=True)) for source, *counts in found.fetchall()}


def _held(place: Path, is_headed: bool) -> str:
    """The rows in quarantine of one entity of a source, counted as the city does: without the header."""
    return (
        f"select {literal(place.parent.name)} as source, extract_date::date as extract_date,"
        f" line_number - {int(is_headed)} as line_number, reason"
        f" from read_parquet({literal(str(place / '*' / 'data.parquet'))}, hive_partitioning = true)"
        " where extract_date::date <= $1"
    )
