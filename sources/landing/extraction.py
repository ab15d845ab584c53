"""Queries a source's own database for the rows changed since the last query, and lands the result as an extract.

After that, the extract is like any other. If Fil can't reach the database, its owner may deliver the rows as a file.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb

from sources.base.errors import ConnectionFailed, IncompleteDelivery
from sources.base.sql import identifier, literal
from sources.contracts.contract import Contract, Query
from sources.landing.land import REJECTED, Control, LandingResult, land_one
from sources.landing.receipts import WATERMARK, landed_dates, landing_dir, read_receipt
from sources.landing.taking import opened

_NEVER = datetime.combine(date.max, time.min)
# After so many seconds Fil stops waiting for a host: at the connection, and after its last sign of life.
_CONNECT_SECONDS = 20
_KEEPALIVE = "keepalives_idle=30&keepalives_interval=10&keepalives_count=3"


def extract(
    connection: duckdb.DuckDBPyConnection, url: str, home: Path, contract: Contract, business_date: date
) -> LandingResult:
    """Land the rows changed up to the end of the business date, unless an extract of that date has landed.

    Args:
        connection: a DuckDB connection with the extension `postgres_scanner` loaded.
        url: of a PostgreSQL database, `postgresql://user:password@host/name`; no message contains it.
        home: a `$FIL_HOME`.
        contract: a contract with a query.
        business_date: rows changed later are left for a later night.
    """
    query = contract.delivery.query
    if query is None:
        raise ValueError(f"{contract.source} can't be queried: its contract has no query")
    if contract.gap(business_date) or landing_dir(home, contract, business_date).exists():
        return LandingResult((), ())
    until = datetime.combine(business_date + timedelta(days=1), time.min)
    after = _last_watermark(home, contract, business_date)
    with tempfile.TemporaryDirectory(dir=home) as directory:
        path = Path(directory) / contract.delivery.file_pattern.format(date=f"{business_date:%Y%m%d}")
        try:
            rows = _write_answer(connection, url, _query_sql(contract, query, after, until), path)
        except duckdb.Error as error:
            why = f"its database {_failure(error)}; the night continues with the landed extracts"
            return LandingResult((), (f"{contract.source}: {why}",))
        content = path.read_bytes()
        control = Control(rows, len(content), hashlib.sha256(content).hexdigest())
        target = landing_dir(home, contract, business_date)
        try:
            with opened(path) as file:
                land_one(file, control, target, contract, business_date, {WATERMARK: until.isoformat()})
        except IncompleteDelivery as reason:
            return LandingResult((), (f"{contract.source}: the answer of its database was not taken: {reason}",))
    return LandingResult((business_date,), ())


def look(connection: duckdb.DuckDBPyConnection, url: str, contract: Contract, connect_seconds: int) -> None:
    """Check that a database answers the contract's query, without reading a row.

    Raises:
        ConnectionFailed: the query failed, or the database lacks the contract's relation or fields.
    """
    if contract.delivery.query is None:
        raise ValueError(f"{contract.source} can't be queried: its contract has no query")
    empty_query = f"select * from ({_query_sql(contract, contract.delivery.query, None, _NEVER)}) as answer limit 0"
    try:
        with _attached(connection, url, connect_seconds):
            connection.execute(f"from postgres_query('source', {literal(empty_query)})").fetchall()
    except duckdb.Error as error:
        remedy = f"correct its URL, or ask its owner whether it is running and has {contract.delivery.query.relation}"
        raise ConnectionFailed(f"{_failure(error)}; {remedy}") from None


def _failure(error: duckdb.Error) -> str:
    """A message without the error's own text, which contains the password."""
    return f"could not be queried ({type(error).__name__})"


def _last_watermark(home: Path, contract: Contract, business_date: date) -> datetime | None:
    """The time up to which the last extract has all changes; for an extract that came as a file, the end of its day."""
    landed = landed_dates(home, contract, business_date - timedelta(days=1))
    earlier = [day for day in landed if not (landing_dir(home, contract, day) / REJECTED).exists()]
    if not earlier:
        return None
    watermark = read_receipt(landing_dir(home, contract, earlier[-1]))[WATERMARK]
    end_of_day = datetime.combine(earlier[-1] + timedelta(days=1), time.min)
    return datetime.fromisoformat(watermark) if watermark else end_of_day


def _query_sql(contract: Contract, query: Query, after: datetime | None, until: datetime) -> str:
    """The query in PostgreSQL's SQL. It overlaps the last one, for rows committed late; the latest row applies."""
    watermark = identifier(query.watermark)
    columns = ", ".join(f"{field.column}::text as {field.column}" for field in contract.fields)
    relation = ".".join(map(identifier, query.relation.split(".")))
    since = f"and {watermark} >= '{after - timedelta(minutes=query.overlap_minutes)}'" if after else ""
    key = f"order by {identifier(contract.key)}" if contract.key else ""
    return f"select {columns} from {relation} where {watermark} < '{until}' {since} {key}"


def _write_answer(connection: duckdb.DuckDBPyConnection, url: str, query_sql: str, path: Path) -> int:
    """Write the rows of a query to a CSV file; return how many."""
    answer = f"from postgres_query('source', {literal(query_sql)})"
    with _attached(connection, url, _CONNECT_SECONDS):
        row = connection.execute(
            f"copy ({answer}) to {literal(str(path))} (format csv, header, force_quote *)"
        ).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, url: str, connect_seconds: int) -> Iterator[None]:
    """The database, attached as `source`; time limits in its URL override Fil's own."""
    limits = f"connect_timeout={connect_seconds}&{_KEEPALIVE}"
    address, _, parameters = url.partition("?")
    limited_url = f"{address}?{limits}&{parameters}".removesuffix("&")
    connection.execute(f"attach {literal(limited_url)} as source (type postgres, read_only)")
    try:
        yield
    finally:
        connection.execute("detach source")
