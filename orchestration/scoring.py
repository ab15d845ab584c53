"""Scores and sums up a published night; only a synthetic city has a truth, and only this module reads it."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from exports.manifest import verify
from matching.evaluation import evaluate_links
from orchestration.published import open_published
from orchestration.redaction import StepFailed
from orchestration.settings import Settings
from sources.sql import literal

TARGETS = ("attention", "campaigns")


def score_night(settings: Settings, business_date: date) -> dict[str, Any]:
    """Pairwise and B-cubed measures of a published night against the city's truth; `organisations` has theirs.

    Raises:
        StepFailed: the date is not published, or the home holds no synthetic city.
    """
    with open_published(settings, business_date) as connection:
        scores = _scores(connection, settings.home / "truth" / "mentions.parquet", "person_id")
        of_organisations = settings.home / "truth" / "organisation_mentions.parquet"
        return scores | {"organisations": _scores(connection, of_organisations, "organisation_id")}


def _scores(connection: duckdb.DuckDBPyConnection, truth: Path, id_: str) -> dict[str, Any]:
    """Only what the night has seen is judged: later extracts are none of its business."""
    if not truth.exists():
        raise StepFailed(f"{truth} is missing: only a city made by `fil simulate` can be evaluated")
    connection.execute(f"""
    create or replace temp table links as
        select mention_id, {id_} as person_id from published.hub.mentions;
    create or replace temp table truth as
        select mentions.mention_id, true_{id_} as true_person_id, error_types
        from read_parquet({literal(str(truth))}) as told
        join published.hub.mentions as mentions using (source, source_key)
    """)
    found = evaluate_links(connection, "links", "truth")
    return {
        "mentions": found.mentions,
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
        "b3_f1": found.b3_f1,
        "recall_by_error": found.recall_by_error,
    }


def summarise(settings: Settings, business_date: date, scores: dict[str, Any]) -> list[str]:
    """A short account of a night: people, links, quarantine, deliveries, and where to look."""
    with open_published(settings, business_date) as connection:
        counts = connection.execute(
            "select (select count(*) from published.hub.persons), (select count(*) from published.hub.mentions), "
            "(select count(*) from published.hub.mentions where is_in_review), "
            "(select count(*) from published.hub.interactions)"
        ).fetchone() or (0, 0, 0, 0)
    lines = [
        f"People               {counts[0]:>9,}",
        f"Mentions linked      {counts[1]:>9,}   ({counts[2]:,} of them in review)",
        f"Interactions         {counts[3]:>9,}",
        f"Rows in quarantine   {_quarantined(settings.home):>9,}   {settings.home / 'quarantine'}",
        f"Precision, recall    {scores['precision']:.4f}, {scores['recall']:.4f} (pairwise, against the city's truth)",
    ]
    for target in TARGETS:
        directory = settings.exports / target / business_date.isoformat()
        rows = verify(directory).files[0].rows
        lines.append(f"Delivered {target:<10} {rows:>9,}   {directory}")
    published = settings.published / "current" / "hub.duckdb"
    return [*lines, "", f"The person base: {published}", _opening(published), "Dagster's UI: make ui"]


def _opening(published: Path) -> str:
    code = f"import duckdb; duckdb.connect('{published}', read_only=True).sql('from hub.hub.persons limit 5').show()"
    return f'Open it:         .venv/bin/python -c "{code}"'


def _quarantined(home: Path) -> int:
    files = [str(path) for path in (home / "quarantine").rglob("*.parquet")]
    if not files:
        return 0
    row = duckdb.sql(f"select count(*) from read_parquet({files!r}, hive_partitioning = false)").fetchone()
    return int(row[0]) if row else 0
