"""Bins of weight and thresholds against the truth, each figure worked out by hand."""

import duckdb
import pytest

from matching.evaluation.calibration import WeightBin, calibration_error, cheapest, thresholds, weight_bins
from matching.evaluation.pair_counts import evaluate_links

# mention: true person
TRUTH = {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B", "c1": "C"}
# two mentions, weight, probability; x is nobody that the truth knows
SCORED = [
    ("a1", "a2", 12.7, 1.0),
    ("a1", "a3", 2.1, 0.8),
    ("a3", "b1", 2.9, 0.9),
    ("b1", "c1", 0.4, 0.6),
    ("a1", "x", 0.1, 0.5),
    ("a2", "a3", 99.0, 1.0),
]
BINS = [WeightBin(0, 1, 0, 0.6), WeightBin(2, 2, 1, 0.85), WeightBin(12, 1, 1, 1.0), WeightBin(30, 1, 1, 1.0)]


def test_pairs_fall_into_bins_of_one_bit_as_the_truth_has_them() -> None:
    connection = duckdb.connect(":memory:")
    connection.execute("create table told (mention_id varchar, person_id varchar, true_person_id varchar)")
    connection.executemany("insert into told values ($1, $1, $2)", list(TRUTH.items()))
    connection.execute(
        "create table scored"
        " (mention_id_l varchar, mention_id_r varchar, match_weight double, match_probability double)"
    )
    connection.executemany("insert into scored values ($1, $2, $3, $4)", [list(row) for row in SCORED])
    evaluate_links(connection, "told", "told")
    found = weight_bins(connection, "scored")
    assert [(one.from_bits, one.pairs, one.matches) for one in found] == [(0, 1, 0), (2, 2, 1), (12, 1, 1), (30, 1, 1)]
    assert [one.predicted for one in found] == pytest.approx([0.6, 0.85, 1.0, 1.0])


def test_the_error_is_the_mean_over_pairs() -> None:
    assert calibration_error(BINS) == pytest.approx((0.6 + 2 * 0.35) / 5)
    assert calibration_error([]) == 0.0


def test_observed_bits_are_of_the_odds() -> None:
    assert WeightBin(5, 64, 63, 0.97).observed_bits == pytest.approx(5.40, abs=0.01)
    assert WeightBin(0, 2, 1, 0.5).observed_bits == 0


def test_a_threshold_makes_false_links_above_and_misses_true_ones_below() -> None:
    """Four true pairs, of which one was never scored."""
    found = thresholds(BINS, 4)
    assert [(one.from_bits, one.false_links, one.missed_links) for one in found] == [
        (0, 2, 1), (2, 1, 1), (12, 0, 2), (30, 0, 3),
    ]  # fmt: skip
    assert [one.cost(of_false_link=100, of_missed_link=1) for one in found] == [201, 101, 2, 3]


@pytest.mark.parametrize(("of_false_link", "from_bits"), [(0, 2), (0.5, 2), (1, 12), (100, 12)])
def test_the_dearer_a_false_link_the_higher_the_cheapest_threshold(of_false_link: float, from_bits: int) -> None:
    """At a cost of one each, one false link fewer and one missed more cost the same; of two alike the higher."""
    best = cheapest(thresholds(BINS, 4), of_false_link, 1)
    assert best is not None and best.from_bits == from_bits
    assert cheapest([], 1, 1) is None
