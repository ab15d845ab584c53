"""The Splink model for persons before it is trained, and where to cut its scores.

The parameters that training finds stand in `models/person/<version>.json`, not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from splink import SettingsCreator
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from matching.blocking import prediction_rules
from matching.comparisons import person_comparisons


@dataclass(frozen=True)
class Threshold:
    """Weights in bits from which a pair is linked, and from which with a whole birth date in common."""

    link_weight: float
    same_birth_weight: float


# Precision first: a false merge shows one citizen another's affairs, a missed link costs a repeated question; it is
# worth a thousand of them. People of a family agree on surnames, address and telephone by nature, which the model
# counts as independent evidence, so its probabilities are too sure of themselves; 10 bits (0.999) is where the
# synthetic city's false links end.
LINK_WEIGHT = 10.0

# A whole birth date in common is what a family does not share (twins are refused by their given names), so that less is
# asked of the rest: half of the bits, swept on cities of two seeds without a false link.
LINK_WEIGHT_SAME_BIRTH = 5.0

CITY = Threshold(LINK_WEIGHT, LINK_WEIGHT_SAME_BIRTH)

# A file shows nobody another's affairs, and its prior is its own, so that its weights mean what they say: a false link
# is worth a hundred missed ones, which is 7 bits. Swept on files of all kinds: precision above 0.98.
FILE = Threshold(7.0, 4.0)

# What was one person last night stays so down to so many bits below the link: joining needs more than staying joined,
# so that nobody flaps between nights. A name twice as common takes one bit from a pair, a city twice as large another;
# from night to night of a city of 20,000 the score of two mentions that stayed as they were moved by 0.33 bits at most.
HOLD_BITS = 2.0

# Bits below the link up to which a pair is borderline: a steward's word may settle what the evidence leaves open.
REVIEW_BITS = 5.0

# Kept below the link for explanations and the clerical queue; weaker pairs are noise.
KEEP_WEIGHT = 0.0


def person_settings() -> SettingsCreator:
    """Settings of the model for persons, untrained."""
    return untrained_settings(person_comparisons(), prediction_rules())


def untrained_settings(
    comparisons: Sequence[CustomComparison], rules: Sequence[BlockingRuleCreator]
) -> SettingsCreator:
    """Settings of a model over the table of records, before it is trained."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        comparisons=list(comparisons),
        blocking_rules_to_generate_predictions=list(rules),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        max_iterations=40,
        em_convergence=1e-4,
    )
