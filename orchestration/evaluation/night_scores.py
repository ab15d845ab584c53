"""Scores a published night against the truth of its city.

How pairs are counted is in `matching/evaluation/pair_counts.py`; how scores are shown, in `reports/scores.py`.
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
from orchestration.evaluation.quarantined_rows import check_refusals
from orchestration.evaluation.scored_pairs import MISSING, calibrate
from orchestration.evaluation.traps import score_traps
from orchestration.home.home import Home
from orchestration.past_nights.last_night import work_of_night
from orchestration.past_nights.published import open_published

# So that a city of millions is scored beside whatever else the machine does; what does not fit goes to disk meanwhile.
_MEMORY = "1500MB"


def score_night(home: Home, business_date: date) -> dict[str, Any]:
    """Measures of a published night against the city's truth, of persons; `organisations` has theirs.

    Raises:
        StepFailed: the date is not published, or the home holds no synthetic city.
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
        }
        organisations, _ = _scores(connection, home, ORGANISATION, missing)
        scores |= {"business_date": business_date.isoformat(), "organisations": organisations}
        return {name: _as_json(value) for name, value in scores.items()}


def _scores(
    connection: duckdb.DuckDBPyConnection, home: Home, kind: PartyKind, missing: str
) -> tuple[dict[str, Any], Evaluation]:
    """What persons and organisations are measured by alike; only what the night has seen is judged."""
    read_truth(connection, home, kind)
    whole = evaluate_links(connection, TRUTH, TRUTH)
    by_error = score_mentions(connection, BY_ERROR)
    found = {
        "b3_f1": whole.b3_f1,
        "recall_by_error": {error: counts.recall for error, counts in by_error.items() if counts.true_pairs},
        "by_source": score_mentions(connection, BY_SOURCE),
        "between_sources": _between(connection),
        "by_error": by_error,
        "by_channel": score_mentions(connection, BY_CHANNEL),
        "in_review": _in_review(connection),
        "calibration": calibrate(connection, kind, whole.true_pairs) if not missing else {"missing": missing},
    }
    return _counts(whole) | found, whole


def _between(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    rows = recall_between(connection, BY_SOURCE)
    return [
        {"sources": [one, other], "true_pairs": true, "missed_pairs": true - right, "recall": right / true}
        for one, other, true, right in rows
    ]


def _in_review(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Mentions that wait for a person's decision, and the links that are missed by that."""
    found = score_mentions(connection, IN_REVIEW).get("in review", PairCounts(0, 0, 0, 0))
    by_source = score_mentions(connection, REVIEW_BY_SOURCE)
    return {
        "mentions": found.mentions,
        "missed_pairs": found.missed_pairs,
        "mentions_by_source": {source: counts.mentions for source, counts in by_source.items()},
    }


def _as_json(value: Any) -> Any:
    if isinstance(value, PairCounts):
        # Of a part without pairs nothing is known, while a whole that has none has no fault.
        unknown = {"precision": value.linked_pairs, "recall": value.true_pairs, "f1": value.true_pairs}
        return _counts(value) | {name: None for name, pairs in unknown.items() if not pairs}
    if isinstance(value, dict):
        return {key: _as_json(one) for key, one in value.items()}
    return [_as_json(one) for one in value] if isinstance(value, list) else value


def _counts(found: PairCounts) -> dict[str, Any]:
    names = ("mentions", "true_pairs", "linked_pairs", "false_pairs", "missed_pairs", "precision", "recall", "f1")
    return {name: getattr(found, name) for name in names}
