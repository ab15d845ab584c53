"""A short summary of a night for the user of the demo: counts, scores, and where the results are."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from exports.contracts.contract import TARGETS
from exports.delivery.manifest import verify
from exports.publication.staging import CURRENT, database_of
from orchestration.home.home import Home
from orchestration.past_nights.published import open_published


def summarise(home: Home, business_date: date, scores: dict[str, Any]) -> list[str]:
    """A short summary of a night: people, links, quarantine, deliveries, and where the results are."""
    with open_published(home, business_date) as connection:
        counts = connection.execute(
            "select (select count(*) from published.hub.persons), (select count(*) from published.hub.mentions), "
            "(select count(*) from published.hub.mentions where is_in_review), "
            "(select count(*) from published.hub.interactions)"
        ).fetchone() or (0, 0, 0, 0)
    lines = [
        f"People               {counts[0]:>9,}",
        f"Mentions linked      {counts[1]:>9,}   ({counts[2]:,} of them disputed)",
        f"Interactions         {counts[3]:>9,}",
        f"Rows in quarantine   {_quarantined(home):>9,}   {home.quarantine}",
        f"Precision, recall    {scores['precision']:.4f}, {scores['recall']:.4f} (pairwise, against the city's truth)",
    ]
    for target in TARGETS:
        directory = home.exports / target / business_date.isoformat()
        rows = next(file.rows for file in verify(directory).files if file.name.startswith(f"{target}."))
        lines.append(f"Delivered {target:<10} {rows:>9,}   {directory}")
    published = database_of(home.published / CURRENT)
    return [*lines, "", f"The person base: {published}", _opening(published), "Dagster's UI: make ui"]


def _opening(published: Path) -> str:
    code = f"import duckdb; duckdb.connect('{published}', read_only=True).sql('from hub.persons limit 5').show()"
    return f'Open it:         .venv/bin/python -c "{code}"'


def _quarantined(home: Home) -> int:
    files = [str(path) for path in home.quarantine.rglob("*.parquet")]
    if not files:
        return 0
    row = duckdb.sql(f"select count(*) from read_parquet({files!r}, hive_partitioning = false)").fetchone()
    return int(row[0]) if row else 0
