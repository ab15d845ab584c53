"""Keeps published lotteries in the registry's journal, and loads them into a night's raw tables.

`exports.lottery.draw` draws the order; the hub has the applications.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sources.base import journal

_KIND = "draws"
_TIME = "made_at"
COLUMNS = {
    "season": "integer",
    "application_number": "varchar",
    "drawn_on": "date",
    "draw_order": "bigint",
    "place_in_turn": "bigint",
    "result": "varchar",
}


@dataclass(frozen=True)
class LotteryRecord:
    """A lottery: its season and seed, the first day it applies, who held it and why, and what was published."""

    season: int
    seed: str
    drawn_on: date
    who: str
    why: str
    list_sha256: str
    results: Sequence[tuple[str, int, int, str]]  # application number, order, place in its turn, drawn or waiting


def record_lottery(home: Path, lottery: LotteryRecord) -> None:
    """Append a lottery to the journal; when this returns, it is on disk."""
    made_at = datetime.now(UTC).isoformat(timespec="microseconds")
    journal.append(home, _KIND, asdict(lottery) | {"drawn_on": lottery.drawn_on.isoformat(), _TIME: made_at})


def lotteries(home: Path) -> list[LotteryRecord]:
    """Every lottery in the journal, oldest first.

    Raises:
        RegistryError: the journal is damaged.
    """
    return [_lottery(entry, number) for number, entry in enumerate(journal.read_once(home, _KIND, _TIME), start=1)]


def create_draws(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `work.raw.draws`, empty."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table work.raw.draws ({columns})")


def load_draws(connection: duckdb.DuckDBPyConnection, home: Path, business_date: date) -> int:
    """Load the last lottery of each season that applies on the business date; return the number of applications.

    Writes: `work.raw.draws` (`COLUMNS`), one row per application.
    """
    by_season = {record.season: record for record in lotteries(home) if record.drawn_on <= business_date}
    rows = [
        (record.season, number, record.drawn_on, *rest)
        for record in by_season.values()
        for number, *rest in record.results
    ]
    new_draws = pl.DataFrame(
        rows,
        schema={
            "season": pl.Int32, "application_number": pl.String, "drawn_on": pl.Date, "draw_order": pl.Int64,
            "place_in_turn": pl.Int64, "result": pl.String,
        },
        orient="row",
    ).to_arrow()  # fmt: skip
    connection.register("new_draws", new_draws)
    connection.execute("insert into work.raw.draws select * from new_draws")
    connection.unregister("new_draws")
    return len(rows)


def _lottery(entry: dict[str, Any], number: int) -> LotteryRecord:
    try:
        results = [(str(a), int(order), int(place), str(result)) for a, order, place, result in entry["results"]]
        texts = {name: str(entry[name]) for name in ("seed", "who", "why", "list_sha256")}
        return LotteryRecord(
            season=int(entry["season"]), drawn_on=date.fromisoformat(entry["drawn_on"]), results=results, **texts
        )
    except (KeyError, TypeError, ValueError):
        raise journal.RegistryError(
            f"draw {number} in the journal {_KIND}.jsonl is damaged: restore the file from the backup"
        ) from None
