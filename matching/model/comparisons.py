"""How alike two mentions are, attribute by attribute, from most alike to least.

`blocking.py` chooses the pairs; `person_rules.py` and `guard_rails.py` define what may never be linked.
"""

from collections.abc import Sequence
from typing import Any

from splink.comparison_library import CustomComparison

Level = dict[str, Any]

GIVEN = "jaro_winkler_similarity(given_key_l, given_key_r)"
INITIAL = "starts_with(given_key_l, given_key_r) or starts_with(given_key_r, given_key_l)"
SURNAME = "jaro_winkler_similarity(surname_1_l, surname_1_r)"
EXCHANGED = (
    "jaro_winkler_similarity(given_key_l, surname_1_r) >= 0.88"
    " and jaro_winkler_similarity(surname_1_l, given_key_r) >= 0.88"
)

IN_OTHER_FIELDS = f"(given_key_l <> given_key_r and (name_words_l = name_words_r or ({EXCHANGED})))"


def level(label: str, condition: str, **options: Any) -> Level:
    """One level of a comparison, as Splink defines it."""
    return {"sql_condition": condition, "label_for_charts": label, **options}


def null_level(condition: str) -> Level:
    """The level of pairs with nothing to compare."""
    return level("nothing to compare", condition, is_null_level=True)


def frequency(column: str) -> dict[str, Any]:
    """A rare value adds more bits than a common one; the floor limits the bits of a value that is seen twice."""
    return {
        "tf_adjustment_column": column,
        "tf_adjustment_weight": 1.0,
        "tf_minimum_u_value": 1e-6,
        "disable_tf_exact_match_detection": True,
    }


def comparison(name: str, levels: Sequence[Level]) -> CustomComparison:
    """Levels from most alike to least, and all the rest different."""
    return CustomComparison([*levels, level("different", "ELSE")], output_column_name=name)


def document() -> CustomComparison:
    """Numbers of one kind; one person's passport and NIE differ, so numbers of two kinds compare as null."""
    both_valid = "is_document_valid_l and is_document_valid_r"
    return comparison(
        "document",
        [
            null_level(
                "document_l is null or document_r is null or (document_l <> document_r"
                " and document_type_l <> document_type_r and document_digits_l <> document_digits_r)"
            ),
            level("same, both valid", f"document_l = document_r and {both_valid}"),
            level("same, unverified", "document_l = document_r"),
            level("both valid and different", f"{both_valid} and document_type_l = document_type_r"),
            level("same digits, other letter", "document_digits_l = document_digits_r"),
            level("one typing error apart", "damerau_levenshtein(document_l, document_r) = 1"),
            level("two typing errors apart", "damerau_levenshtein(document_l, document_r) = 2"),
            level("two passports", "document_type_l in ('PASSPORT', 'OTHER')"),
        ],
    )


def given_name() -> CustomComparison:
    """Given names under their usual form, so that PEP and JOSEP are equal."""
    return comparison(
        "given_name",
        [
            null_level("given_key_l is null or given_key_r is null"),
            level("same", "given_key_l = given_key_r", **frequency("given_key")),
            level("same words in other fields", "name_words_l = name_words_r", **frequency("name_words")),
            level("given name and surname exchanged", EXCHANGED),
            level("sounds the same", "given_sound_l = given_sound_r"),
            level(
                "part of a compound name",
                "list_has_all(given_words_l, given_words_r) or list_has_all(given_words_r, given_words_l)",
            ),
            level("spelt nearly alike", f"{GIVEN} >= 0.92"),
            level("alike or initial", f"{GIVEN} >= 0.8 or {INITIAL}"),
        ],
    )


def surnames() -> CustomComparison:
    """Both surnames together: a family shares them, so two comparisons would count one fact twice."""
    second_near = "jaro_winkler_similarity(surname_2_l, surname_2_r) >= 0.9"
    return comparison(
        "surnames",
        [
            # Surnames in the given name's field are compared only by the given name's comparison.
            null_level(f"surname_1_l is null or surname_1_r is null or {IN_OTHER_FIELDS}"),
            level("both the same", "surname_1_l = surname_1_r and surname_2_l = surname_2_r", **frequency("surnames")),
            level("swapped", "surname_1_l = surname_2_r and surname_2_l = surname_1_r", **frequency("surnames")),
            level(
                "first the same, second absent",
                "surname_1_l = surname_1_r and (surname_2_l is null or surname_2_r is null)",
                **frequency("surname_1"),
            ),
            level(
                "both sound the same", "surname_1_sound_l = surname_1_sound_r and surname_2_sound_l = surname_2_sound_r"
            ),
            level(
                "first sounds the same, second absent",
                "surname_1_sound_l = surname_1_sound_r and (surname_2_l is null or surname_2_r is null)",
            ),
            level(
                "both spelt nearly alike",
                f"{SURNAME} >= 0.9 and (surname_2_l is null or surname_2_r is null or {second_near})",
            ),
            level("first the same", "surname_1_l = surname_1_r"),
            level(
                "one in common",
                "surname_2_l = surname_2_r or surname_1_l = surname_2_r or surname_2_l = surname_1_r",
            ),
        ],
    )


def birth_date() -> CustomComparison:
    """Whole date, day and month exchanged, or one of day, month and year mistyped."""
    return comparison(
        "birth_date",
        [
            null_level("birth_date_l is null or birth_date_r is null"),
            level("same", "birth_date_l = birth_date_r"),
            level(
                "day and month swapped",
                "year(birth_date_l) = year(birth_date_r) and month(birth_date_l) = day(birth_date_r)"
                " and day(birth_date_l) = month(birth_date_r)",
            ),
            level(
                "one part off",
                "(year(birth_date_l) = year(birth_date_r))::int + (month(birth_date_l) = month(birth_date_r))::int"
                " + (day(birth_date_l) = day(birth_date_r))::int = 2",
            ),
        ],
    )


def contact() -> CustomComparison:
    """E-mail and telephone as one fact: people keep or change both, and families share both."""
    return comparison(
        "contact",
        [
            null_level("(email_l is null or email_r is null) and (phone_l is null or phone_r is null)"),
            level("both the same", "email_l = email_r and phone_l = phone_r"),
            level("same e-mail", "email_l = email_r"),
            level("same telephone", "phone_l = phone_r"),
        ],
    )


def address() -> CustomComparison:
    """Street and number within a postcode; people move, so a different address is weak evidence."""
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
            level("same street", "street_l = street_r and coalesce(postcode_l, '') = coalesce(postcode_r, '')"),
            level("same postcode", "postcode_l = postcode_r"),
        ],
    )


def sex() -> CustomComparison:
    """Weak evidence, because it can be changed by law."""
    return comparison("sex", [null_level("sex_l is null or sex_r is null"), level("same", "sex_l = sex_r")])


def person_comparisons() -> list[CustomComparison]:
    """All comparisons of the model for persons."""
    return [document(), given_name(), surnames(), birth_date(), contact(), address(), sex()]
