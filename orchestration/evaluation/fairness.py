"""Whether all groups of people are linked equally well: scores by group, the gaps, and the causes of the largest one.

The truth has the groups (`city_truth.py`).
"""

from collections.abc import Mapping
from typing import Any

import duckdb

from matching.evaluation.groups import score_mentions, score_persons
from matching.evaluation.pair_counts import PairCounts
from matching.relations import EVALUATION_MENTIONS
from orchestration.evaluation.city_truth import BY_ERROR, BY_SOURCE, IN_REVIEW, UNKNOWN, by_dimension, dimensions
from orchestration.evaluation.scored_pairs import MISSING
from sources.base.sql import literal

Groups = Mapping[str, Mapping[str, PairCounts]]

# With fewer pairs, a single link is 1 % of recall or more.
FEWEST_PAIRS = 100
_MARKS = 4


def score_fairness(connection: duckdb.DuckDBPyConnection, whole: PairCounts, *, has_fields: bool) -> dict[str, Any]:
    """Scores by group in each dimension, the largest gaps, and the marks of the missed links of the largest recall gap.

    Args:
        connection: with the truth and its persons, compared with the links.
        whole: scores of everybody, with which groups are compared.
        has_fields: whether the work database still has the fields of each mention.
    """
    groups = {name: score_persons(connection, by_dimension(name)) for name in dimensions(connection)}
    gaps = {measure: _largest_gap(groups, whole, measure) for measure in ("precision", "recall")}
    if gap := gaps["recall"]:
        counts = groups[gap["dimension"]][gap["group"]]
        _mark_missed(connection, has_fields=has_fields)
        gap["missed_pairs"] = counts.missed_pairs
        gap["marks"] = _marks(connection, whole, counts, by_dimension(gap["dimension"]), gap["group"])
    return {"groups": groups, "largest_gaps": gaps}


def _largest_gap(groups: Groups, whole: PairCounts, measure: str) -> dict[str, Any] | None:
    """The group that is farthest below the whole, among known groups with enough pairs."""
    overall: float = getattr(whole, measure)
    scored = [
        (getattr(counts, measure), dimension, group)
        for dimension, of_dimension in groups.items()
        for group, counts in of_dimension.items()
        if group != UNKNOWN and counts.true_pairs >= FEWEST_PAIRS
    ]
    value, dimension, group = min(scored, default=(overall, "", ""))
    if value >= overall:
        return None
    return {"dimension": dimension, "group": group, measure: value, "gap": overall - value}


def _mark_missed(connection: duckdb.DuckDBPyConnection, *, has_fields: bool) -> None:
    """Find the marks of mentions of people who were not linked completely.

    Writes: `missed_marks` (part, mention_id, true_person_id), one row per mark (source, error, review, missing field)
    and mention.
    """
    kinds = {"error ": BY_ERROR, "source ": BY_SOURCE, "": IN_REVIEW} | ({"without ": MISSING} if has_fields else {})
    marks_sql = " union all ".join(
        f"select '{kind}' || part as part, mention_id from {parts}" for kind, parts in kinds.items()
    )
    connection.execute(
        f"""
        create or replace temp table missed_marks as
        select part, mention_id, true_person_id from ({marks_sql}) inner join {EVALUATION_MENTIONS} using (mention_id)
        where both_count < true_count
        """
    )


def _marks(
    connection: duckdb.DuckDBPyConnection, whole: PairCounts, counts: PairCounts, groups: str, group: str
) -> list[dict[str, Any]]:
    """Marks that the group's missed links have more often than everybody's, the largest difference first.

    A link has the marks of both its mentions.
    """
    in_city = score_mentions(connection, "missed_marks")
    members = f"(from {groups} where part = {literal(group)})"
    in_group = score_mentions(connection, f"(from missed_marks semi join {members} using (true_person_id))")
    shares = {
        mark: (marked.missed_pairs / counts.missed_pairs, in_city[mark].missed_pairs / whole.missed_pairs)
        for mark, marked in in_group.items()
    }
    ordered = sorted(shares, key=lambda mark: (shares[mark][1] - shares[mark][0], mark))
    return [
        {
            "mark": mark,
            "missed_pairs": in_group[mark].missed_pairs,
            "share_of_missed": shares[mark][0],
            "share_of_missed_overall": shares[mark][1],
        }
        for mark in ordered[:_MARKS]
        if shares[mark][0] > shares[mark][1]
    ]
