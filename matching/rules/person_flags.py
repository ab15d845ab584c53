"""The flags on two persons' records, for the rules in `person_rules.py`.

A flag is about the two records alone; the rules combine several flags. Cheap conditions come first, because CASE
evaluates no more than it needs.
"""

from matching.parties import PERSON
from matching.relations import COMMON_GIVEN_NAMES, RECORDS
from matching.rules.guard_rails import IMPOSSIBLE, ONE_FORM, PARENT_YEARS, TWO_REGISTER_ENTRIES, TWO_VALID_DOCUMENTS
from matching.rules.name_flags import NAME_FLAGS
from matching.rules.pair_rules import PAIR_COLUMNS, Flag, columns, pairs_to_judge

# A document with at most so many other letters than a valid one, and the same control letter, is that one, mistyped.
DOCUMENT_EDITS = 2
# A younger person is a minor, and may have a parent's document on a form.
ADULT_YEARS = 18

# How many of year, month and day are the same; null if a date is missing.
_PARTS_SAME = """((year(l.birth_date) = year(r.birth_date))::int + (month(l.birth_date) = month(r.birth_date))::int
        + (day(l.birth_date) = day(r.birth_date))::int)"""

DOCUMENT_FLAGS = (
    Flag(
        "is_same_document",
        "Both have the same document, valid or not",
        "46123456M twice",
        "coalesce(l.document = r.document, false)",
    ),
    Flag(
        "is_near_document",
        "Both have the same document, or the one's is the other's valid one, mistyped",
        "46123456M, 46132456M",
        # The control letter belongs to the valid number, so the other number is mistyped.
        f"""case when l.document = r.document then true
        when l.is_document_valid <> r.is_document_valid and right(l.document, 1) = right(r.document, 1)
        then damerau_levenshtein(l.document, r.document) <= {DOCUMENT_EDITS} else false end""",
    ),
    Flag(
        "is_two_passports",
        "Both have a passport, of one country if both name it, and neither number is the other, mistyped",
        "AB1248956 and CD7730142 of Morocco",
        f"""case when l.document_type = 'PASSPORT' and r.document_type = 'PASSPORT' and l.document <> r.document
        then coalesce(l.document_country = r.document_country, true)
            and damerau_levenshtein(l.document, r.document) > {DOCUMENT_EDITS} else false end""",
    ),
    Flag(
        "is_contact_or_second_surname_same",
        "Both have the same e-mail, telephone or second surname",
        "one e-mail",
        "coalesce(l.email = r.email, false) or coalesce(l.phone = r.phone, false)"
        " or coalesce(l.surname_2 = r.surname_2, false)",
    ),
    Flag(
        "is_both_valid",
        "Both have a valid document",
        "46123456M, X1234567L",
        "l.is_document_valid and r.is_document_valid",
    ),
)

RAIL_FLAGS = (
    Flag(
        "is_other_person_by_document",
        "Both have a valid document of one kind, and the numbers differ",
        "46123456M, 38765432B",
        TWO_VALID_DOCUMENTS.pair_sql,
    ),
    Flag(
        "is_listed_twice",
        "Both are entries of one register, and do not have the same valid document",
        "two entries of the Padró",
        TWO_REGISTER_ENTRIES.pair_sql,
    ),
    Flag(
        "is_one_form",
        "Both stand on one form: a child, and an adult who answers for the child",
        "child and tutor of a summer activity",
        ONE_FORM.pair_sql,
    ),
    Flag(
        "is_impossible",
        "One was born after somebody saw the other, or long before a child's form that is the other's",
        "born in 2020, a taxpayer in 2008",
        IMPOSSIBLE.pair_sql,
    ),
)

PLACE_FLAGS = (
    Flag(
        "is_same_place",
        "Both have the same street and number, e-mail or telephone",
        "one e-mail",
        "coalesce(l.street = r.street and l.street_number = r.street_number or l.email = r.email or l.phone = r.phone,"
        " false)",
    ),
    Flag(
        "is_contact_same",
        "Both have the same e-mail or telephone, and the same given name and first surname",
        "Pere Casalsol with one e-mail, twice",
        "coalesce((l.email = r.email or l.phone = r.phone) and l.given_key = r.given_key"
        " and l.surname_1 = r.surname_1, false)",
    ),
)

BIRTH_FLAGS = (
    Flag(
        "is_too_young",
        "One is a taxpayer, without the other's document, who would have been a child when entered",
        "born in 2015, a taxpayer seen in 2026",
        # The taxpayer is the parent of the same name.
        f"""case when l.is_taxpayer or r.is_taxpayer then coalesce(l.document <> r.document, true) and (
        coalesce(l.birth_date + interval {PARENT_YEARS} year > r.observed_at, false) and r.is_taxpayer
        or coalesce(r.birth_date + interval {PARENT_YEARS} year > l.observed_at, false) and l.is_taxpayer)
        else false end""",
    ),
    Flag(
        "is_like_parent",
        "The birth dates are a generation apart, and the younger was a minor when the form was filled in",
        "born in 1985 and in 2015",
        f"""case when abs(year(l.birth_date) - year(r.birth_date)) >= {PARENT_YEARS} then coalesce(
        l.birth_date + interval {ADULT_YEARS} year > l.observed_at
        or r.birth_date + interval {ADULT_YEARS} year > r.observed_at, false)
        else false end""",
    ),
    Flag(
        "is_birth_same",
        "Both have the same birth date",
        "14 March 1960 twice",
        "coalesce(l.birth_date = r.birth_date, false)",
    ),
    Flag(
        "is_birth_open",
        "At least one of the two has no birth date",
        "14 March 1960, none",
        "l.birth_date is null or r.birth_date is null",
    ),
    Flag(
        "is_year_same",
        "Both were born in the same year",
        "14 March 1960, 2 May 1960",
        "coalesce(year(l.birth_date) = year(r.birth_date), false)",
    ),
    Flag(
        "is_birth_near",
        "Of year, month and day of birth at least two are the same",
        "14 March 1960, 15 March 1960",
        f"coalesce({_PARTS_SAME} >= 2, false)",
    ),
    Flag(
        "is_birth_far",
        "Of year, month and day of birth at most one is the same",
        "14 March 1960, 2 May 1960",
        f"coalesce({_PARTS_SAME} < 2, false)",
    ),
    Flag(
        "is_birth_farthest",
        "Of year, month and day of birth none is the same",
        "14 March 1960, 2 May 1961",
        f"coalesce({_PARTS_SAME} = 0, false)",
    ),
    Flag(
        "is_birth_swapped",
        "The birth dates are the same with day and month exchanged",
        "4 March 1960, 3 April 1960",
        "coalesce(year(l.birth_date) = year(r.birth_date) and month(l.birth_date) = day(r.birth_date)"
        " and day(l.birth_date) = month(r.birth_date), false)",
    ),
)

PERSON_FLAGS = (*DOCUMENT_FLAGS, *RAIL_FLAGS, *PLACE_FLAGS, *BIRTH_FLAGS, *NAME_FLAGS)

# Full names with a single document, for documents with several given names.
LONE_NAMES = f"""
create or replace temp table lone_names as
with shared as (
    select document from {RECORDS} where document is not null
    group by document having min(given_key) < max(given_key)
),
full_names as (
    select distinct surnames, given_key from {RECORDS} semi join shared using (document)
    where surnames is not null and given_key is not null
)
select surnames, given_key from {RECORDS} inner join full_names using (surnames, given_key)
group by surnames, given_key having count(document) = count(*) and min(document) = max(document)
"""

# Given names of several records with the same surname and birth date: the same typing error almost never happens twice.
REPEATED_NAMES = f"""
create or replace temp table repeated_names as
select surname_1, birth_date, given_key from {RECORDS}
where surname_1 is not null and birth_date is not null and given_key is not null
group by all having count(*) > 1
"""

# Common table expressions that end with `compared`: each pair to judge with its flags, after `LONE_NAMES` and
# `REPEATED_NAMES` were executed.
COMPARED = f"""
{pairs_to_judge(PERSON)},
compared as (
    select {PAIR_COLUMNS},
    {columns(PERSON_FLAGS)}
    from pairs
    inner join {RECORDS} as l on pairs.record_l = l.record_number
    inner join {RECORDS} as r on pairs.record_r = r.record_number
    left join {COMMON_GIVEN_NAMES} as common_l on l.given_key = common_l.given_key
    left join {COMMON_GIVEN_NAMES} as common_r on r.given_key = common_r.given_key
    left join lone_names as lone_l on l.surnames = lone_l.surnames and l.given_key = lone_l.given_key
    left join lone_names as lone_r on r.surnames = lone_r.surnames and r.given_key = lone_r.given_key
    left join repeated_names as repeated_l
        on l.surname_1 = repeated_l.surname_1 and l.birth_date = repeated_l.birth_date
        and l.given_key = repeated_l.given_key
    left join repeated_names as repeated_r
        on r.surname_1 = repeated_r.surname_1 and r.birth_date = repeated_r.birth_date
        and r.given_key = repeated_r.given_key
)
"""
