"""Asks a source's own database for what changed since the last time, and lands the answer as a delivery.

From there on it is a file like any other; a database out of reach may send its rows as one.
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
# A host that is gone is given up after so long, when asked or when it falls silent.
_CONNECT_SECONDS = 20
_KEEPALIVE = "keepalives_idle=30&keepalives_interval=10&keepalives_count=3"


def extract(
    connection: duckdb.DuckDBPyConnection, url: str, home: Path, contract: Contract, business_date: date
) -> LandingResult:
    """Land what changed up to the end of the business date, unless that date has landed already.

    Args:
        connection: a DuckDB connection with the extension `postgres_scanner` loaded.
        url: of a PostgreSQL database, `postgresql://user:password@host/name`; no message repeats it.
        home: a `$FIL_HOME`.
        contract: one whose delivery has a query.
        business_date: rows changed later are left for the night that they belong to.
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
            rows = _ask(connection, url, _question(contract, query, after, until), path)
        except duckdb.Error as error:
            why = f"its database {_why(error)}; the night continues with the landed extracts"
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
    """Ask a database for no row at all.

    Raises:
        ConnectionFailed: it could not be asked, or lacks the contract's relation or fields.
    """
    if contract.delivery.query is None:
        raise ValueError(f"{contract.source} can't be queried: its contract has no query")
    nothing = f"select * from ({_question(contract, contract.delivery.query, None, _NEVER)}) as asked limit 0"
    try:
        with _asked(connection, url, connect_seconds):
            connection.execute(f"from postgres_query('asked', {literal(nothing)})").fetchall()
    except duckdb.Error as error:
        remedy = f"correct its URL, or ask its owner whether it is running and has {contract.delivery.query.relation}"
        raise ConnectionFailed(f"{_why(error)}; {remedy}") from None


def _why(error: duckdb.Error) -> str:
    """Its own words hold the password."""
    return f"could not be queried ({type(error).__name__})"


def _last_watermark(home: Path, contract: Contract, business_date: date) -> datetime | None:
    """Up to when an answer was taken for good; of a file that came instead, the end of its day."""
    landed = landed_dates(home, contract, business_date - timedelta(days=1))
    earlier = [day for day in landed if not (landing_dir(home, contract, day) / REJECTED).exists()]
    if not earlier:
        return None
    watermark = read_receipt(landing_dir(home, contract, earlier[-1]))[WATERMARK]
    end_of_day = datetime.combine(earlier[-1] + timedelta(days=1), time.min)
    return datetime.fromisoformat(watermark) if watermark else end_of_day


def _question(contract: Contract, query: Query, after: datetime | None, until: datetime) -> str:
    """In PostgreSQL's SQL; what was committed late is asked for again, as the last word on a key counts."""
    watermark = identifier(query.watermark)
    columns = ", ".join(f"{field.column}::text as {field.column}" for field in contract.fields)
    relation = ".".join(map(identifier, query.relation.split(".")))
    since = f"and {watermark} >= '{after - timedelta(minutes=query.overlap_minutes)}'" if after else ""
    key = f"order by {identifier(contract.key)}" if contract.key else ""
    return f"select {columns} from {relation} where {watermark} < '{until}' {since} {key}"


def _ask(connection: duckdb.DuckDBPyConnection, url: str, question: str, path: Path) -> int:
    answer = f"from postgres_query('asked', {literal(question)})"
    with _asked(connection, url, _CONNECT_SECONDS):
        row = connection.execute(
            f"copy ({answer}) to {literal(str(path))} (format csv, header, force_quote *)"
        ).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _asked(connection: duckdb.DuckDBPyConnection, url: str, connect_seconds: int) -> Iterator[None]:
    """The database, attached as `asked` while it answers; what its URL says of time limits comes first."""
    limits = f"connect_timeout={connect_seconds}&{_KEEPALIVE}"
    before, _, told = url.partition("?")
    patient = f"{before}?{limits}&{told}".removesuffix("&")
    connection.execute(f"attach {literal(patient)} as asked (type postgres, read_only)")
    try:
        yield
    finally:
        connection.execute("detach asked")
