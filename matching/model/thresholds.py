"""The untrained Splink model for persons, and the thresholds of its weights.

The trained parameters are in `models/person/<version>.json`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from splink import SettingsCreator
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from matching.model.blocking import prediction_rules
from matching.model.comparisons import person_comparisons


@dataclass(frozen=True)
class LinkPolicy:
    """The weights from which pairs are linked.

    Args:
        link_weight: bits from which a pair is linked.
        corroborated_weight: bits from which it is linked if the birth date, a contact or the whole name is the same.
        weighs_relatives: whether the weights were learned together with those of relatives (`matching/mixture`), so
            that no rule on given names or birth dates is needed.
    """

    link_weight: float
    corroborated_weight: float
    weighs_relatives: bool = False


# Precision first: a false merge shows a citizen another person's data, a missed link costs a repeated question. One
# false merge counts as three hundred missed links. The weights are calibrated: of pairs that no rule bars, 97.5 % are
# one person at 4 to 6 bits, 99.0 % at 6 to 8, 99.6 % at 8 to 10, and rails stop most of the others. In a city of
# 200,000 people, going from 7 down to 5 bits gains 1,497 true pairs and 5 false ones.
LINK_WEIGHT = 5.0

# A family does not share a whole birth date (a rule bars twins by their given names), and almost never an e-mail or
# telephone with a name, so the other values need fewer bits; chosen on the same cities. A given name with both surnames
# is no chance agreement either if the weight, which includes how common they are, is above 0: in 800,000 mentions of
# 370,000 people this gains 2,784 true pairs and 6 false ones.
CORROBORATED_WEIGHT = 0.0

CITY = LinkPolicy(LINK_WEIGHT, CORROBORATED_WEIGHT)

# A file shows nobody another person's data: one false link counts as a hundred missed ones. A file that is too small to
# learn from is linked with a city's weights, which are too high for it: 7 bits, chosen on files of all kinds.
SMALL_FILE = LinkPolicy(7.0, 4.0)
# Weights learned from a file are calibrated (92 to 99 % of its pairs are one person at 4 to 6 bits), but one false link
# joins two persons with all their rows: at 5 bits the clusters of all kinds of files keep a precision of 0.98.
FILE = LinkPolicy(5.0, 5.0, weighs_relatives=True)

# Two mentions of one person last night stay linked down to so many bits below the threshold, so that ids do not change
# back and forth between nights. A name that becomes twice as common takes one bit from a pair, a city twice as large
# another. From night to night in a city of 20,000, weights of unchanged mentions moved by at most 0.33 bits.
HOLD_BITS = 2.0

# A pair with at most so many bits too few is borderline: a steward may decide it.
REVIEW_BITS = 5.0

# The highest confidence that an export's contract needs (`minimum_confidence`). A link with a lower probability is not
# sure: a mention that has only such links is doubted.
SURE = 0.99

# Pairs down to this weight are kept, for memory, explanations and borderline cases.
KEEP_WEIGHT = CORROBORATED_WEIGHT - HOLD_BITS


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
