"""Draws that were made: kept in the registry's journal as they were published, and told to the night from there.

How an order is drawn is for `exports.lottery.draw`; who applied, for the hub.
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
class DrawRecord:
    """A draw: its season and seed, the day it counts from, who made it and why, and what was published."""

    season: int
    seed: str
    drawn_on: date
    who: str
    why: str
    list_sha256: str
    results: Sequence[tuple[str, int, int, str]]  # application number, order, place in its turn, drawn or waiting


def record_draw(home: Path, draw: DrawRecord) -> None:
    """Append a draw to the journal; once this returns it is on disk."""
    made_at = datetime.now(UTC).isoformat(timespec="microseconds")
    journal.append(home, _KIND, asdict(draw) | {"drawn_on": draw.drawn_on.isoformat(), _TIME: made_at})


def draws(home: Path) -> list[DrawRecord]:
    """Every draw that was made, oldest first.

    Raises:
        RegistryError: the journal is damaged.
    """
    return [_draw(entry, number) for number, entry in enumerate(journal.read_once(home, _KIND, _TIME), start=1)]


def create_draws(connection: duckdb.DuckDBPyConnection) -> None:
    """Create work.raw.draws, without any."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table work.raw.draws ({columns})")


def load_draws(connection: duckdb.DuckDBPyConnection, home: Path, business_date: date) -> int:
    """Put the draws made by a business date into work.raw.draws, of each season the last; return the applications."""
    of_season = {one.season: one for one in draws(home) if one.drawn_on <= business_date}
    rows = [(one.season, number, one.drawn_on, *rest) for one in of_season.values() for number, *rest in one.results]
    told = pl.DataFrame(
        rows,
        schema={
            "season": pl.Int32, "application_number": pl.String, "drawn_on": pl.Date, "draw_order": pl.Int64,
            "place_in_turn": pl.Int64, "result": pl.String,
        },
        orient="row",
    ).to_arrow()  # fmt: skip
    connection.register("told_draws", told)
    connection.execute("insert into work.raw.draws select * from told_draws")
    connection.unregister("told_draws")
    return len(rows)


def _draw(entry: dict[str, Any], number: int) -> DrawRecord:
    try:
        results = [(str(a), int(order), int(place), str(result)) for a, order, place, result in entry["results"]]
        told = {name: str(entry[name]) for name in ("seed", "who", "why", "list_sha256")}
        return DrawRecord(
            season=int(entry["season"]), drawn_on=date.fromisoformat(entry["drawn_on"]), results=results, **told
        )
    except (KeyError, TypeError, ValueError):
        raise journal.RegistryError(
            f"draw {number} in the journal {_KIND}.jsonl is damaged: restore the file from the backup"
        ) from None
