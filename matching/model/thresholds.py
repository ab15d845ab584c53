"""The Splink model for persons before it is trained, and where to cut its scores.

The parameters that training finds stand in `models/person/<version>.json`, not here.
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
    """From which weights pairs are linked, and what the weights ask themselves.

    Args:
        link_weight: bits from which a pair is linked.
        corroborated_weight: bits from which it is linked if the birth date, a contact or the whole name is the same.
        weighs_relatives: whether the weights were learned beside those of relatives (`matching/mixture`), so that no
            rule on given names or birth dates is needed beside them.
    """

    link_weight: float
    corroborated_weight: float
    weighs_relatives: bool = False


# Precision first: a false merge shows one citizen another's affairs, a missed link costs a repeated question; it is
# worth three hundred of them. The model's weights mean what they say (of pairs that no rule refuses 97.5 % are one
# person at 4 to 6 bits, 99.0 % at 6 to 8, 99.6 % at 8 to 10), and rails take most of the others: in a city of
# 200,000 people the links gained from 7 down to 5 bits are 1,497 true pairs and 5 false ones.
LINK_WEIGHT = 5.0

# A whole birth date in common is what a family does not share (twins are refused by their given names), a named e-mail
# or telephone hardly ever, so that less is asked of the rest: swept on the same cities. Nor do a given name and both
# surnames come together by chance once their weight, which counts how many bear them, is above 0: in 800,000 mentions
# of 370,000 people the links gained so are 2,784 true pairs and 6 false ones.
CORROBORATED_WEIGHT = 0.0

CITY = LinkPolicy(LINK_WEIGHT, CORROBORATED_WEIGHT)

# A file shows nobody another's affairs: a false link is worth a hundred missed ones. One that is too small to learn
# from is linked with a city's weights, which are too sure of it: 7 bits, swept on files of all kinds.
SMALL_FILE = LinkPolicy(7.0, 4.0)
# What a file taught means what it says (of its pairs 92 to 99 % are one person at 4 to 6 bits), and one false link
# joins two persons with all their rows: at 5 bits the clusters of all kinds of files keep a precision of 0.98.
FILE = LinkPolicy(5.0, 5.0, weighs_relatives=True)

# What was one person last night stays so down to so many bits below the link: joining needs more than staying joined,
# so that nobody flaps between nights. A name twice as common takes one bit from a pair, a city twice as large another;
# from night to night of a city of 20,000 the score of two mentions that stayed as they were moved by 0.33 bits at most.
HOLD_BITS = 2.0

# Bits below the link up to which a pair is borderline: a steward's word may settle what the evidence leaves open.
REVIEW_BITS = 5.0

# The most that a purpose asks of whom it is served for (`minimum_confidence` of the exports' contracts): what is linked
# less surely than that counts for no purpose, and speaks against nobody.
SURE = 0.99

# Kept below the link for what holds from last night, explanations and the clerical queue; weaker pairs are noise.
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
