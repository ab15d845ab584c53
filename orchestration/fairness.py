"""Whether all are linked equally well: scores by group of people, the gaps, and what the largest is made of.

Who belongs to a group is told by the truth (`orchestration/city_truth.py`).
"""

from collections.abc import Mapping
from typing import Any

import duckdb

from matching.evaluation import CELLS, MENTIONS, PairCounts
from matching.evaluation_groups import score_mentions, score_persons
from orchestration.city_truth import BY_ERROR, BY_SOURCE, IN_REVIEW, UNKNOWN, by_dimension, dimensions
from orchestration.night_work import MISSING
from sources.sql import literal

# Below it a single link is more than a point of recall.
_FEWEST_PAIRS = 100
_REASONS = 4


def score_fairness(connection: duckdb.DuckDBPyConnection, whole: PairCounts, *, has_fields: bool) -> dict[str, Any]:
    """Scores by group in each dimension, and the largest gap of recall with the marks of its missed links.

    Args:
        connection: with the truth and its persons, compared with the links.
        whole: scores of everybody, which gaps are held against.
        has_fields: whether the work database tells the fields of each mention.
    """
    groups = {name: score_persons(connection, by_dimension(name)) for name in dimensions(connection)}
    found: dict[str, Any] = {"groups": groups, "largest_gap": None}
    worst = _worst(groups)
    if worst is not None and (counts := groups[worst[0]][worst[1]]).recall < whole.recall:
        found["largest_gap"] = {
            "dimension": worst[0],
            "group": worst[1],
            "recall": counts.recall,
            "gap": whole.recall - counts.recall,
            "missed_pairs": counts.missed_pairs,
            "marks": _marks(connection, whole, counts, by_dimension(worst[0]), worst[1], has_fields=has_fields),
        }
    return found


def _worst(groups: Mapping[str, Mapping[str, PairCounts]]) -> tuple[str, str] | None:
    """The group of the least recall, among those that are known and large enough to tell."""
    told = [
        (counts.recall, dimension, group)
        for dimension, of_dimension in groups.items()
        for group, counts in of_dimension.items()
        if group != UNKNOWN and counts.true_pairs >= _FEWEST_PAIRS
    ]
    return min(told)[1:] if told else None


def _marks(
    connection: duckdb.DuckDBPyConnection,
    whole: PairCounts,
    counts: PairCounts,
    groups: str,
    group: str,
    *,
    has_fields: bool,
) -> list[dict[str, Any]]:
    """Marks of mentions whose missed links weigh most in the group beyond what they weigh in the city.

    A link is marked by what either of its mentions is: its source, an error in it, a field that it lacks, its review.
    Shares are of all true pairs, so that the excess of a mark is its part of the gap; a link may bear several.
    """
    # Only people whose mentions are not all together miss a link.
    connection.execute(
        f"""
        create or replace temp table unlinked_mentions as
        select mention_id, true_person_id from {MENTIONS}
        semi join (from {CELLS} where both_count < true_count) using (true_person_id)
        """
    )
    kinds = {"error": BY_ERROR, "source": BY_SOURCE, "review": IN_REVIEW} | ({"no": MISSING} if has_fields else {})
    told = " union all by name ".join(
        f"select '{kind}: ' || part as part, mention_id from {parts}" for kind, parts in kinds.items()
    )
    connection.execute(
        f"create or replace temp table unlinked_marks as select told.* from ({told}) as told"
        " semi join unlinked_mentions using (mention_id)"
    )
    in_city = score_mentions(connection, "unlinked_marks")
    of_group = score_mentions(
        connection,
        "(from unlinked_marks semi join (select mention_id from unlinked_mentions"
        f" inner join {groups} using (true_person_id) where part = {literal(group)}) using (mention_id))",
    )
    shares = {
        mark: (missed.missed_pairs / counts.true_pairs, in_city[mark].missed_pairs / whole.true_pairs)
        for mark, missed in of_group.items()
    }
    return [
        {
            "mark": mark,
            "missed_pairs": of_group[mark].missed_pairs,
            "share_of_true_pairs": share,
            "share_in_the_city": in_city_share,
        }
        for mark, (share, in_city_share) in sorted(shares.items(), key=lambda item: (item[1][1] - item[1][0], item[0]))
    ][:_REASONS]
