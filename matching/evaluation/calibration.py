"""Compares match weights with the truth: predicted and observed matches, and the cost of each threshold.

The truth is the one that `pair_counts.evaluate_links` was last given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import duckdb

from matching.relations import EVALUATION_MENTIONS

# Above this weight the model is almost certain, so there is no threshold to choose.
_TOP_BITS = 30


@dataclass(frozen=True)
class WeightBin:
    """Scored pairs from a weight in bits up to the next bin's: all, those of one person, and the share predicted."""

    from_bits: int
    pairs: int
    matches: int
    predicted: float  # mean match probability

    @property
    def observed(self) -> float:
        """Share of the pairs that are one person."""
        return self.matches / self.pairs

    @property
    def observed_bits(self) -> float:
        """The weight that the observed share means; half a pair is added on both sides, so that it is finite."""
        return log2((self.matches + 0.5) / (self.pairs - self.matches + 0.5))


@dataclass(frozen=True)
class Threshold:
    """The errors of linking all scored pairs from a weight in bits on."""

    from_bits: int
    false_links: int
    missed_links: int

    def cost(self, of_false_link: float, of_missed_link: float) -> float:
        """The cost of all its errors, each kind at its own price."""
        return self.false_links * of_false_link + self.missed_links * of_missed_link


def weight_bins(connection: duckdb.DuckDBPyConnection, pairs: str) -> list[WeightBin]:
    """Bins of one bit, ascending; the lowest and the highest bin hold what lies beyond.

    Reads: `pairs` (mention_id_l, mention_id_r, match_weight, match_probability), one row per pair;
    `EVALUATION_MENTIONS`. Pairs with a mention that the truth does not have are left out.
    """
    rows = connection.execute(
        f"""
        select
            greatest(least(floor(match_weight), {_TOP_BITS}), -{_TOP_BITS})::integer as from_bits,
            count(*), count(*) filter (l.true_person_id = r.true_person_id), avg(match_probability)
        from {pairs} as pairs
        inner join {EVALUATION_MENTIONS} as l on pairs.mention_id_l = l.mention_id
        inner join {EVALUATION_MENTIONS} as r on pairs.mention_id_r = r.mention_id
        group by from_bits order by from_bits
        """
    ).fetchall()
    return [WeightBin(*row) for row in rows]


def calibration_error(bins: Sequence[WeightBin]) -> float:
    """Mean distance of the predicted from the observed share of matches, each pair counted once."""
    pairs = sum(item.pairs for item in bins)
    return sum(item.pairs * abs(item.predicted - item.observed) for item in bins) / pairs if pairs else 0.0


def thresholds(bins: Sequence[WeightBin], true_pairs: int) -> list[Threshold]:
    """A threshold at the foot of each bin.

    Args:
        bins: ascending.
        true_pairs: all pairs of one person; those that were never scored are missed at every threshold.
    """
    descending: list[Threshold] = []
    false = right = 0
    for item in reversed(bins):
        false, right = false + item.pairs - item.matches, right + item.matches
        descending.append(Threshold(item.from_bits, false, true_pairs - right))
    return descending[::-1]


def cheapest(choices: Sequence[Threshold], of_false_link: float, of_missed_link: float) -> Threshold | None:
    """The threshold of the least cost; of two equal ones the higher, because a false merge is the worse error."""
    return min(choices, key=lambda item: (item.cost(of_false_link, of_missed_link), -item.from_bits), default=None)
