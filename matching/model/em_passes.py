"""Learns from passes of EM how the values of one person differ between mentions.

`training.py` estimates before how often two people agree by chance; `blocking.py` has the blocks of the passes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

import duckdb
from splink import block_on

from matching.model.blocking import Passes, count_pairs
from matching.model.splink_session import splink_linker

# A pass needs enough pairs to learn from and not so many that it takes longer than linking.
_PAIRS = range(100, 10_000_000)
_FEWEST_MATCHES = 50.0

# A comparison of what a person almost never changes must bring at least so many bits a pair. If a pass has no two
# mentions of one person in its blocks, EM takes any chance likeness for a match, and such bits are lower.
_IDENTIFYING = ("document", "given_name", "surnames", "birth_date", "nif", "legal_name")
_LEAST_BITS = 2.0

Shares = dict[str, float]  # by level


@dataclass(frozen=True)
class Lesson:
    """The matches of a pass, and how they spread over the levels of each comparison that it could learn."""

    matches: float
    shares: Mapping[str, Shares]


def learn(connection: duckdb.DuckDBPyConnection, model: Mapping[str, Any], passes: Passes) -> dict[str, Shares]:
    """Shares of true pairs by comparison and level, averaged over the passes by their matches."""
    lessons = (_first_lesson(connection, model, choices) for choices in passes)
    return _average([lesson for lesson in lessons if lesson])


def _first_lesson(
    connection: duckdb.DuckDBPyConnection, model: Mapping[str, Any], choices: Sequence[tuple[str, ...]]
) -> Lesson | None:
    for columns in choices:
        pairs = count_pairs(connection, columns)
        if pairs in _PAIRS:
            lesson = _lesson(connection, model, columns, pairs)
            if lesson and lesson.matches >= _FEWEST_MATCHES and lesson.shares:
                return lesson
    return None


def _lesson(
    connection: duckdb.DuckDBPyConnection, model: Mapping[str, Any], columns: tuple[str, ...], pairs: int
) -> Lesson | None:
    """One pass of EM; if Splink finds only matches, the pass is repeated with a fixed share of matches."""
    for is_share_fixed in (False, True):
        try:
            with splink_linker(connection, dict(model)) as (linker, _):
                session = linker.training.estimate_parameters_using_expectation_maximisation(
                    block_on(*columns),
                    fix_probability_two_random_records_match=is_share_fixed,
                    record_sample_proportion=1.0,
                )
                core = session.core_model_settings
                taught = {item.output_column_name: _shares(item.comparison_levels) for item in core.comparisons}
                matches = pairs * float(core.probability_two_random_records_match)
        except ValueError:
            # Splink refuses a share of zero or one.
            continue
        return Lesson(matches, _credible(taught, model))
    return None


def _shares(levels: Iterable[Any]) -> Shares:
    """The share of each level; Splink gives a text instead of a number if no pair has the level."""
    return {
        level.label_for_charts: level.m_probability
        for level in levels
        if not level.is_null_level and isinstance(level.m_probability, float)
    }


def _credible(taught: Mapping[str, Shares], model: Mapping[str, Any]) -> dict[str, Shares]:
    by_chance = {
        comparison["output_column_name"]: {
            level["label_for_charts"]: level.get("u_probability") for level in comparison["comparison_levels"]
        }
        for comparison in model["comparisons"]
    }
    bits = {
        name: sum(m * log2(m / by_chance[name][label]) for label, m in shares.items() if m > 0)
        for name, shares in taught.items()
    }
    if "given_name" in taught and taught["given_name"] and bits["given_name"] < _LEAST_BITS:
        return {}
    return {
        name: shares for name, shares in taught.items()
        if shares and (name not in _IDENTIFYING or bits[name] >= _LEAST_BITS)
    }  # fmt: skip


def _average(lessons: Sequence[Lesson]) -> dict[str, Shares]:
    """The shares weighted by the matches of each pass."""
    weighted: dict[str, list[tuple[float, Shares]]] = defaultdict(list)
    for lesson in lessons:
        for name, shares in lesson.shares.items():
            weighted[name].append((lesson.matches, shares))
    average = {}
    for name, parts in weighted.items():
        total = sum(weight for weight, _ in parts)
        labels = {label for _, shares in parts for label in shares}
        average[name] = {
            label: sum(weight * shares.get(label, 0.0) for weight, shares in parts) / total for label in sorted(labels)
        }
    return average
