"""The comparisons of a file, with finer levels than a city's: what relatives share, and what each person has alone.

`matching/model/comparisons.py` has the comparisons of a city. Those of a file are learned from the file itself, so they
have more levels for dirty values: one digit, half a postcode, a mistyped e-mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from splink.comparison_library import CustomComparison

from matching.model import comparisons as city
from matching.model.comparisons import comparison, frequency, level, null_level

# Dates as eight digits, so that one mistyped digit is one edit.
_DIGITS = "damerau_levenshtein(strftime(birth_date_l, '%Y%m%d'), strftime(birth_date_r, '%Y%m%d'))"
_PARTS = (
    "(year(birth_date_l) = year(birth_date_r))::int + (month(birth_date_l) = month(birth_date_r))::int"
    " + (day(birth_date_l) = day(birth_date_r))::int"
)
# A postcode that is the same but for one typing error, or for its last two characters: a neighbouring one.
_POSTCODES_ALIKE = (
    "(damerau_levenshtein(postcode_l, postcode_r) <= 1"
    " or left(postcode_l, length(postcode_l) - 2) = left(postcode_r, length(postcode_r) - 2))"
)


def _birth_date() -> CustomComparison:
    """Whole date, or what typing errors leave of it; a date that many have proves little."""
    return comparison(
        "birth_date",
        [
            null_level("birth_date_l is null or birth_date_r is null"),
            level("same", "birth_date_l = birth_date_r", **frequency("birth_date")),
            level(
                "day and month swapped",
                "year(birth_date_l) = year(birth_date_r) and month(birth_date_l) = day(birth_date_r)"
                " and day(birth_date_l) = month(birth_date_r)",
            ),
            level("one digit off", f"{_DIGITS} = 1"),
            level("one part off", f"{_PARTS} = 2"),
            level("two digits off", f"{_DIGITS} = 2"),
            level("same year", "year(birth_date_l) = year(birth_date_r)"),
        ],
    )


def _contact() -> CustomComparison:
    """E-mail and telephone as one fact, with their typing errors."""
    return comparison(
        "contact",
        [
            null_level("(email_l is null or email_r is null) and (phone_l is null or phone_r is null)"),
            level("both the same", "email_l = email_r and phone_l = phone_r"),
            level("same e-mail", "email_l = email_r", **frequency("email")),
            level("same telephone", "phone_l = phone_r", **frequency("phone")),
            level(
                "e-mail spelt nearly alike",
                "damerau_levenshtein(email_l, email_r) <= 2"
                " or split_part(email_l, '@', 1) = split_part(email_r, '@', 1)",
            ),
            level("telephone nearly the same", "damerau_levenshtein(phone_l, phone_r) <= 2"),
        ],
    )


def _address() -> CustomComparison:
    """Door, street or town, and postcode; a town that many live in proves little."""
    return comparison(
        "address",
        [
            null_level("(street_l is null or street_r is null) and (postcode_l is null or postcode_r is null)"),
            level(
                "same door",
                "street_l = street_r and street_number_l = street_number_r"
                " and coalesce(postcode_l, '') = coalesce(postcode_r, '')",
            ),
            level(
                "same number, street spelt nearly alike",
                "jaro_winkler_similarity(street_l, street_r) >= 0.9 and street_number_l = street_number_r",
            ),
            level(
                "same street and postcode", "street_l = street_r and postcode_l = postcode_r", **frequency("postcode")
            ),
            level("same postcode", "postcode_l = postcode_r", **frequency("postcode")),
            level(
                "same street, postcode alike or absent",
                f"street_l = street_r and coalesce({_POSTCODES_ALIKE}, true)",
                **frequency("street"),
            ),
            level("street spelt nearly alike", "jaro_winkler_similarity(street_l, street_r) >= 0.9"),
            level("postcode alike", _POSTCODES_ALIKE),
        ],
    )


@dataclass(frozen=True)
class Compared:
    """A comparison of two records of a file, and the shares of its levels that are assumed before learning.

    Args:
        comparison: of Splink.
        same: the share of each level among pairs of one person.
        relatives: the share of each level among pairs of relatives; None if they differ like strangers.
    """

    comparison: CustomComparison
    same: Mapping[str, float]
    relatives: Mapping[str, float] | None = None

    @property
    def name(self) -> str:
        """The name of its column in the scores."""
        return str(self._as_dict["output_column_name"])

    @property
    def labels(self) -> tuple[str, ...]:
        """The levels from most alike to least, without the null level."""
        levels = self._as_dict["comparison_levels"]
        return tuple(str(one["label_for_charts"]) for one in levels if not one.get("is_null_level"))

    @property
    def _as_dict(self) -> dict[str, Any]:
        return self.comparison.create_comparison_dict("duckdb")


# Shares of a usual file; they count as 20 pairs beside those of the file itself.
COMPARED = (
    Compared(
        city.document(),
        {
            "same, both valid": 0.9,
            "same, unverified": 0.04,
            "both valid and different": 0.005,
            "same digits, other letter": 0.02,
            "one typing error apart": 0.02,
            "two typing errors apart": 0.005,
            "two passports": 0.005,
            "different": 0.005,
        },
        {
            "same, both valid": 0.01,
            "same, unverified": 0.01,
            "both valid and different": 0.6,
            "same digits, other letter": 0.02,
            "one typing error apart": 0.02,
            "two typing errors apart": 0.02,
            "two passports": 0.12,
            "different": 0.2,
        },
    ),
    Compared(
        city.given_name(),
        {
            "same": 0.75,
            "same words in other fields": 0.02,
            "given name and surname exchanged": 0.02,
            "sounds the same": 0.03,
            "part of a compound name": 0.05,
            "spelt nearly alike": 0.06,
            "alike or initial": 0.05,
            "different": 0.02,
        },
    ),
    Compared(
        city.surnames(),
        {
            "both the same": 0.5,
            "swapped": 0.03,
            "first the same, second absent": 0.25,
            "both sound the same": 0.03,
            "first sounds the same, second absent": 0.03,
            "both spelt nearly alike": 0.08,
            "first the same": 0.02,
            "one in common": 0.02,
            "different": 0.03,
        },
        {
            "both the same": 0.25,
            "swapped": 0.02,
            "first the same, second absent": 0.2,
            "both sound the same": 0.02,
            "first sounds the same, second absent": 0.02,
            "both spelt nearly alike": 0.04,
            "first the same": 0.25,
            "one in common": 0.15,
            "different": 0.05,
        },
    ),
    Compared(
        _birth_date(),
        {
            "same": 0.85,
            "day and month swapped": 0.02,
            "one digit off": 0.06,
            "one part off": 0.02,
            "two digits off": 0.02,
            "same year": 0.01,
            "different": 0.02,
        },
    ),
    Compared(
        _contact(),
        {
            "both the same": 0.2,
            "same e-mail": 0.2,
            "same telephone": 0.3,
            "e-mail spelt nearly alike": 0.06,
            "telephone nearly the same": 0.04,
            "different": 0.2,
        },
        {
            "both the same": 0.05,
            "same e-mail": 0.1,
            "same telephone": 0.3,
            "e-mail spelt nearly alike": 0.03,
            "telephone nearly the same": 0.02,
            "different": 0.5,
        },
    ),
    Compared(
        _address(),
        {
            "same door": 0.4,
            "same number, street spelt nearly alike": 0.05,
            "same street and postcode": 0.1,
            "same postcode": 0.1,
            "same street, postcode alike or absent": 0.1,
            "street spelt nearly alike": 0.05,
            "postcode alike": 0.05,
            "different": 0.15,
        },
        {
            "same door": 0.6,
            "same number, street spelt nearly alike": 0.03,
            "same street and postcode": 0.1,
            "same postcode": 0.05,
            "same street, postcode alike or absent": 0.05,
            "street spelt nearly alike": 0.03,
            "postcode alike": 0.04,
            "different": 0.1,
        },
    ),
    Compared(city.sex(), {"same": 0.97, "different": 0.03}),
)
