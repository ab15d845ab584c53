"""The results of sent messages that may be shown: delivered, opened and clicked, by segment, campaign and barri.

`hub.campaign_results` has the counts, rounded and without small ones; nothing is counted here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from orchestration.home.settings import ConfigurationError
from orchestration.rendering.tables import Cell, Table

_COUNTS = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed")
_KEYS = ("segment", "campaign", "channel", "barri_code")
_RESULTS = f"""
select {", ".join((*_KEYS, *_COUNTS))}, open_rate::double as open_rate
from published.hub.campaign_results
where cut = $cut and ($segment is null or segment = $segment) order by all
"""


@dataclass(frozen=True)
class Results:
    """The rows of one cut: segment, campaign, channel and barri, then counts and the open rate; None is hidden."""

    cut: str
    rows: Sequence[Mapping[str, str | int | float | None]]

    def table(self) -> Table:
        """The rows for people: without columns that the cut does not have, and with rates as percentages."""
        keys = [key for key in _KEYS if key.removesuffix("_code") in (*self.cut.split("_"), "segment", "channel")]
        rows: list[list[Cell]] = [
            [
                *(str(row[key] or "unknown") for key in keys),
                *(_shown(row[name], row["channel"]) for name in _COUNTS),
                "" if row["open_rate"] is None else f"{row['open_rate']:.0%}",
            ]
            for row in self.rows
        ]
        columns = [*(key.removesuffix("_code") for key in keys), *_COUNTS, "open rate"]
        title = f"Results by {self.cut.replace('_', ' and ')}"
        note = "Counts are rounded; .. is a small count. Only e-mails report when they are opened"
        return Table(title, columns, rows, note)


def _shown(count: str | int | float | None, channel: object) -> str:
    if count is None:
        return ".." if channel == "EMAIL" else ""
    return f"{count:,}"


def campaign_results(connection: duckdb.DuckDBPyConnection, segment: str | None, cuts: Sequence[str]) -> list[Results]:
    """The results of a segment, or of all segments, in some cuts of `hub.campaign_results`.

    Raises:
        ConfigurationError: the published night is of an earlier version of Fil, or has no such segment.
    """
    tables = "from duckdb_tables() where database_name = 'published' and table_name = 'campaign_results'"
    if not connection.execute(tables).fetchall():
        raise ConfigurationError(
            "the published night has no table campaign_results, because an earlier version of Fil wrote it: run a night"
        )
    named = "select 1 from published.hub.segments where segment = ?"
    if segment is not None and not connection.execute(named, [segment]).fetchall():
        raise ConfigurationError(
            f'the published night has no segment "{segment}"; `fil segment list` lists its segments'
        )
    results = []
    for cut in cuts:
        cursor = connection.execute(_RESULTS, {"cut": cut, "segment": segment})
        names = [column[0] for column in cursor.description]
        results.append(Results(cut, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]))
    return results
