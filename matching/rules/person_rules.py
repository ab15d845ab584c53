"""The rules that bar pairs of persons, applied pair by pair before clustering.

`guard_rails.py` has the rules for whole persons, `person_flags.py` the flags on two records. Here is what flags mean
together, and the rules: the first of `PERSON_RULES` that is true bars the pair.
"""

from dataclasses import asdict

import duckdb

from matching.model.thresholds import CITY, LinkPolicy
from matching.relations import LINK_CANDIDATES
from matching.rules.pair_rules import Flag, Rule, candidates, columns
from matching.rules.person_flags import COMPARED, LONE_NAMES, REPEATED_NAMES

# Each uses flags of `person_flags.py`, and flags above it in this list.
MEANINGS = (
    Flag(
        "is_same_valid_document",
        "Both have the same valid document",
        "46123456M twice",
        "is_same_document and is_both_valid",
    ),
    Flag(
        "is_corroborated",
        "The birth date, a named contact or the whole name is the same: fewer bits are enough for a link",
        "Pere Casalsol, born on 14 March 1960, twice",
        "is_birth_same or is_contact_same or is_whole_name_same",
    ),
    Flag(
        "is_weighed",
        "The weight was learned beside that of relatives, so that another given name or birth date is in it",
        "a file that is large enough to learn from",
        "$weighs_relatives",
    ),
    Flag(
        "is_twins",
        "Birth date, surnames and home or contact are the same, and the given names are two: both repeated, or both"
        " common and a letter apart, or with other accents",
        "Laia and Laila, born on one day at one door",
        "(is_given_accented_otherwise or (is_given_different"
        " and (is_given_both_repeated or (is_given_both_common and is_given_mistyped))))"
        " and is_birth_same and is_same_place and is_surname_same and not is_same_document",
    ),
    Flag(
        "is_known_by_name_alone",
        "They share home or contact, and document and birth date do not decide: only the name can tell two apart",
        "two rows of subscriptions with one e-mail",
        "is_same_place and is_birth_open and not is_same_document",
    ),
    # Given names.
    Flag(
        "is_given_other",
        "The given names are those of two people: neither a part, an initial, a beginning nor a typing error",
        "Pere, Pau",
        "is_given_different and not (is_given_within or is_given_initial or is_given_cut)"
        " and (is_given_both_common or not is_given_mistyped)",
    ),
    Flag(
        "is_given_excused",
        "Another given name is explained: by the same words in other fields, or by a document with a form of the name,"
        " both surnames, or most of the birth date",
        "Pol and Pau with one document",
        """is_same_words
        or (is_near_document and (is_given_form or is_birth_near))
        or (is_same_document and is_surnames_decisive)
        or (is_half_exchanged and (is_birth_same or (is_same_valid_document and is_birth_open)))""",
    ),
    Flag(
        "is_given_refused",
        "The given names are those of two people, and nothing explains it: twins, or a parent's document on a child's"
        " form",
        "Pere and Pau, born on one day",
        "is_given_other and not is_given_excused",
    ),
    Flag(
        "is_siblings_by_name",
        "The given names differ by a letter or an ending, in one home, and only the name can tell two apart",
        "Jana and Joana with one e-mail",
        "is_given_respelt and not is_given_within and is_known_by_name_alone",
    ),
    Flag(
        "is_generations_by_name",
        "The second surname differs, in one home, and only the name can tell parent and child of one name apart",
        "Pere Casalsol Boscol and Pere Casalsol Ferrer at one door",
        "is_second_other and is_known_by_name_alone",
    ),
    Flag(
        "is_parent_of_child",
        "A child's form has no surname of the other, and not the same words",
        "Pere Casalsol, a child's form of Pere Ferrer",
        "is_childs_surname_other and not is_same_words",
    ),
    # Birth dates.
    Flag(
        "is_birth_other",
        "The birth dates have too little in common: fewer than two parts, or with the same valid document none",
        "14 March 1960, 22 August 1973",
        "if(is_same_valid_document, is_birth_farthest, is_birth_far)",
    ),
    Flag(
        "is_birth_excused",
        "Another birth date is explained: day and month are exchanged, or year, home and name are the same",
        "4 March 1960, 3 April 1960",
        # Father and son of one name in one home were not born in one year.
        "is_birth_swapped or (is_year_same and is_same_place and is_surname_same and not is_given_other)",
    ),
    Flag(
        "is_birth_outweighed",
        "Document, given name and surnames agree, and it is no parent's document: forms have wrong birth dates",
        "a form with the document and name of Pere, born in 1973 instead of 1960",
        """is_weighed
        or (is_near_document and (is_both_valid or not is_same_document) and not is_like_parent
            and (is_same_words or (not is_given_other and is_surname_same)))""",
    ),
)

# If several rules bar a pair, the first one is its refusal.
PERSON_RULES = (
    Rule("two_valid_documents", "is_other_person_by_document", "if strong"),
    Rule("two_passports", "is_two_passports and not is_contact_or_second_surname_same", "if strong"),
    Rule("two_register_entries", "is_listed_twice", "if strong"),
    Rule("one_form", "is_one_form", "with the same valid document"),
    Rule("impossible", "is_impossible or is_too_young", "with the same valid document"),
    Rule(
        "given_name",
        "((is_given_refused or is_siblings_by_name or is_generations_by_name or is_parent_of_child) and not is_weighed)"
        " or is_twins",
        "with the same valid document",
    ),
    Rule(
        "birth_date",
        "is_birth_other and not is_birth_excused and not is_birth_outweighed",
        "with the same valid document",
    ),
)

_CANDIDATES = f"""
create or replace temp table {LINK_CANDIDATES} as
with {COMPARED},
judged as (
    select *,
    {columns(MEANINGS)},
    if(is_corroborated, $corroborated_weight, $link_weight) as link_weight
    from compared
)
{candidates(PERSON_RULES)}
"""


def create_person_candidates(connection: duckdb.DuckDBPyConnection, policy: LinkPolicy = CITY) -> None:
    """Judge each pair of persons' records: its weight, the weight it needs, and the rule that bars it, if one does.

    Reads: the persons' pair scores, `RECORDS`, `COMMON_GIVEN_NAMES`.
    Writes: `LINK_CANDIDATES`, one row per pair that was scored or shares a valid document.
    """
    connection.execute(LONE_NAMES)
    connection.execute(REPEATED_NAMES)
    connection.execute(_CANDIDATES, asdict(policy))
