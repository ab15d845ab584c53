"""Scores a published night against the truth of its city.

`matching/evaluation/pair_counts.py` counts the pairs; `reports/scores.py` shows the scores.
"""

from datetime import date
from typing import Any

import duckdb

from matching.evaluation.groups import recall_between, score_mentions
from matching.evaluation.pair_counts import Evaluation, PairCounts, evaluate_links
from matching.parties import ORGANISATION, PERSON, PartyKind
from orchestration.evaluation.city_truth import (
    BY_CHANNEL,
    BY_ERROR,
    BY_SOURCE,
    IN_REVIEW,
    REVIEW_BY_SOURCE,
    TRUTH,
    read_persons,
    read_truth,
)
from orchestration.evaluation.fairness import score_fairness
from orchestration.evaluation.false_merges import find_merges
from orchestration.evaluation.guardians import score_guardians
from orchestration.evaluation.quarantined_rows import check_refusals
from orchestration.evaluation.scored_pairs import MISSING, calibrate
from orchestration.evaluation.traps import score_traps
from orchestration.home.home import Home
from orchestration.past_nights.last_night import work_of_night
from orchestration.past_nights.published import open_published

# Low enough to score a city of millions beside other programs; the rest is spilled to disk.
_MEMORY = "1500MB"


def score_night(home: Home, business_date: date) -> dict[str, Any]:
    """Score a published night against the city's truth: persons at the top, organisations under `organisations`.

    Raises:
        StepFailed: the date is not published, or the home has no synthetic city.
    """
    with (
        open_published(home, business_date) as connection,
        work_of_night(connection, home, business_date) as missing,
    ):
        connection.execute(f"set memory_limit = '{_MEMORY}'; set preserve_insertion_order = false")
        read_persons(connection, home, business_date)
        scores, whole = _scores(connection, home, PERSON, missing)
        by_error = scores["by_error"]
        scores |= {
            "by_missing_field": {} if missing else score_mentions(connection, MISSING),
            "by_trap": score_traps(connection, by_error),
            "refusals": check_refusals(connection, home, business_date),
            "false_merges": find_merges(connection),
            "fairness": score_fairness(connection, whole, has_fields=not missing),
            "guardians": score_guardians(connection),
        }
        organisations, _ = _scores(connection, home, ORGANISATION, missing)
        scores |= {"business_date": business_date.isoformat(), "organisations": organisations}
        return {name: _as_json(value) for name, value in scores.items()}


def _scores(
    connection: duckdb.DuckDBPyConnection, home: Home, kind: PartyKind, missing: str
) -> tuple[dict[str, Any], Evaluation]:
    """The scores that persons and organisations have in common; only mentions of the night are scored."""
    read_truth(connection, home, kind)
    whole = evaluate_links(connection, TRUTH, TRUTH)
    by_error = score_mentions(connection, BY_ERROR)
    scores = {
        "b3_f1": whole.b3_f1,
        "recall_by_error": {error: counts.recall for error, counts in by_error.items() if counts.true_pairs},
        "by_source": score_mentions(connection, BY_SOURCE),
        "between_sources": _between(connection),
        "by_error": by_error,
        "by_channel": score_mentions(connection, BY_CHANNEL),
        "in_review": _in_review(connection),
        "calibration": calibrate(connection, kind, whole.true_pairs) if not missing else {"missing": missing},
    }
    return _counts(whole) | scores, whole


def _between(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    rows = recall_between(connection, BY_SOURCE)
    return [
        {"sources": [one, other], "true_pairs": true, "missed_pairs": true - right, "recall": right / true}
        for one, other, true, right in rows
    ]


def _in_review(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Mentions in review, and the links that are missed because of that."""
    counts = score_mentions(connection, IN_REVIEW).get("in review", PairCounts(0, 0, 0, 0))
    by_source = score_mentions(connection, REVIEW_BY_SOURCE)
    return {
        "mentions": counts.mentions,
        "missed_pairs": counts.missed_pairs,
        "mentions_by_source": {source: part.mentions for source, part in by_source.items()},
    }


def _as_json(value: Any) -> Any:
    if isinstance(value, PairCounts):
        # Measures of a part without pairs are unknown.
        unknown = {"precision": value.linked_pairs, "recall": value.true_pairs, "f1": value.true_pairs}
        return _counts(value) | {name: None for name, pairs in unknown.items() if not pairs}
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list) else value


def _counts(counts: PairCounts) -> dict[str, Any]:
    names = ("mentions", "true_pairs", "linked_pairs", "false_pairs", "missed_pairs", "precision", "recall", "f1")
    return {name: getattr(counts, name) for name in names}
