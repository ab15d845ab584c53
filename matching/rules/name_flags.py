"""The flags on the names of two persons' records, for the rules in `person_rules.py`.

Cheap conditions come first: most names are equal, and then CASE evaluates nothing else.
"""

from matching.rules.pair_rules import Flag

# Likenesses are by Jaro and Winkler, from 0 to 1.
# Two surnames from here on are one, mistyped; GARCIA and GARSIA have 0.92.
SURNAME_ALIKE = 0.88
# Two given names from here on may be one, mistyped; GUILLEM and GUILEM have 0.97, PERE and PAU 0.53.
GIVEN_ALIKE = 0.85
# A given name and a surname from here on are one name in the other field. Nothing else of the name agrees then, so the
# threshold is higher.
EXCHANGED_ALIKE = 0.9
# Given names that are so many letters apart may be one, mistyped, however short they are.
GIVEN_EDITS = 1


def _alike(one: str, other: str) -> str:
    return f"jaro_winkler_similarity({one}, {other})"


def _is_surname_alike(column: str, unknown: bool) -> str:
    """Whether a surname is the same but for typing errors; `unknown` if one of the two has none."""
    return (
        f"case when l.{column} = r.{column} then true else"
        f" coalesce({_alike(f'l.{column}', f'r.{column}')} >= {SURNAME_ALIKE}, {str(unknown).lower()}) end"
    )


def _has_words_of_other(column: str) -> str:
    """Whether the words of the one's given name are all among those in the other's column.

    Lists are made only of names that differ: made for every pair they would cost more than all else.
    """
    return " or ".join(
        f"list_has_all(string_split({one}.{column}, ' '), string_split({other}.given_key, ' '))"
        for one, other in (("l", "r"), ("r", "l"))
    )


def _if_given_different(condition: str) -> str:
    return f"case when l.given_key <> r.given_key then {condition} else false end"


# Word by word, for two given names of which one has single letters.
_SAME_OR_INITIAL = """list_bool_and(list_transform(
            list_zip(string_split(l.given_key, ' '), string_split(r.given_key, ' '), true),
            lambda words: words[1] = words[2]
                or (least(length(words[1]), length(words[2])) = 1 and left(words[1], 1) = left(words[2], 1))))"""
# Letter by letter, for two given names with accents.
_ACCENTED_OTHERWISE = """strip_accents(l.given_name_accented) = strip_accents(r.given_name_accented)
        and list_has_all(list_transform(list_filter(
            list_zip(string_split(l.given_name_accented, ''), string_split(r.given_name_accented, '')),
            lambda letters: letters[1] <> letters[2]),
            lambda pair: case strip_accents(pair[1]) when pair[1] then 'right' when pair[2] then 'left' end),
            ['left', 'right'])"""

WHOLE_NAME_FLAGS = (
    Flag(
        "is_same_words",
        "Given name and surnames are the same words, in any order; the second surname may be missing",
        "Pere Casalsol, Casalsol Pere",
        f"""case when l.name_words = r.name_words then true
        when l.given_key = r.given_key and l.surname_1 = r.surname_1 and coalesce(l.surname_2 = r.surname_2, true)
        then true
        else coalesce({_alike("l.given_key", "r.surname_1")} >= {SURNAME_ALIKE}
            and {_alike("l.surname_1", "r.given_key")} >= {SURNAME_ALIKE}, false) end""",
    ),
    Flag(
        "is_half_exchanged",
        "The one's given name is the other's surname, and what stood beside it is lost",
        "Pere Casalsol Boscol, Boscol Pere",
        # Twins have one surname.
        f"""case when l.given_key = r.given_key or l.surname_1 = r.surname_1 then false
        else coalesce(greatest({_alike("l.given_key", "r.surname_1")},
            {_alike("l.surname_1", "r.given_key")}) >= {EXCHANGED_ALIKE}
            and {_alike("l.surname_1", "r.surname_1")} < {SURNAME_ALIKE}, false) end""",
    ),
    Flag(
        "is_whole_name_same",
        "Given name and both surnames are the same, in any order, and at most one of the two has a document",
        "Pere Casalsol Boscol twice",
        "coalesce(l.name_words = r.name_words and l.surname_2 is not null and r.surname_2 is not null, false)"
        " and (l.document is null or r.document is null)",
    ),
)

SURNAME_FLAGS = (
    Flag(
        "is_surname_same",
        "Both surnames are the same but for typing errors; the second one may be missing",
        "Casalsol Boscol, Cazalsol",
        f"{_is_surname_alike('surname_1', unknown=False)}\n        and {_is_surname_alike('surname_2', unknown=True)}",
    ),
    Flag(
        "is_second_other",
        "Given name and first surname are the same, and the second surname is another one, as of parent and child",
        "Pere Casalsol Boscol, Pere Casalsol Ferrer",
        f"""case when l.surname_2 = r.surname_2 then false
        when l.given_key = r.given_key and l.surname_1 = r.surname_1
        then coalesce({_alike("l.surname_2", "r.surname_2")} < {SURNAME_ALIKE}, false) else false end""",
    ),
    Flag(
        "is_childs_surname_other",
        "One of the two is a child's form, and no surname of the one is the other's",
        "Pere Casalsol, a child's form of Pere Ferrer",
        # A parent may bear the child's given name, and hardly ever a surname that has nothing of the child's.
        f"""case when l.is_childs or r.is_childs then coalesce(not list_has_any(
            [l.surname_1, coalesce(l.surname_2, l.surname_1)], [r.surname_1, coalesce(r.surname_2, r.surname_1)])
        and {_alike("l.surname_1", "r.surname_1")} < {SURNAME_ALIKE}, false)
        else false end""",
    ),
    Flag(
        "is_surnames_decisive",
        "Both have the same two surnames, each of another parent, neither is a child's form, and each given name stands"
        " beside one document alone or in a register",
        "Pere and Chitus Casalsol Boscol",
        # A child with both surnames of its mother would have another record under that name.
        "coalesce(l.surname_1 = r.surname_1 and l.surname_2 = r.surname_2 and l.surname_1 <> l.surname_2, false)"
        " and not (l.is_childs or r.is_childs)"
        " and (l.is_register or lone_l.given_key is not null) and (r.is_register or lone_r.given_key is not null)",
    ),
)

GIVEN_NAME_FLAGS = (
    Flag(
        "is_given_different",
        "Both have a given name, and it is not written alike",
        "Pere, Pau",
        "coalesce(l.given_key <> r.given_key, false)",
    ),
    Flag(
        "is_given_within",
        "The given names differ, and all words of the one are among the other's",
        "Maria, Maria Josep",
        _if_given_different(f"({_has_words_of_other('given_key')})"),
    ),
    Flag(
        "is_given_initial",
        "The given names differ, and word by word the one is the same as the other or its first letter",
        "P., Pere; M. del Mar, Maria del Mar; J. M., Josep Maria",
        f"""case when l.given_key <> r.given_key and left(l.given_key, 1) = left(r.given_key, 1)
        and regexp_matches(l.given_key || ' ' || r.given_key, '\\b[A-Z]\\b') then {_SAME_OR_INITIAL} else false end""",
    ),
    Flag(
        "is_given_accented_otherwise",
        "The given names have the same letters, and each has an accent where the other has none",
        "Júlia, Julià",
        f"case when l.given_name_accented <> r.given_name_accented then {_ACCENTED_OTHERWISE} else false end",
    ),
    Flag(
        "is_given_cut",
        "The given names differ, and the one is the beginning of the other, of several words",
        "Maria Jo, Maria Josep",
        _if_given_different(
            "least(l.given_name, r.given_name) like '% %'"
            " and starts_with(greatest(l.given_name, r.given_name), least(l.given_name, r.given_name))"
        ),
    ),
    Flag(
        "is_given_mistyped",
        "The given names differ so little that the one may be the other, mistyped",
        "Guillem, Guilem",
        _if_given_different(
            f"({_alike('l.given_key', 'r.given_key')} >= {GIVEN_ALIKE}"
            f" or {_alike('l.given_name', 'r.given_name')} >= {GIVEN_ALIKE}"
            f" or damerau_levenshtein(l.given_key, r.given_key) <= {GIVEN_EDITS}"
            f" or damerau_levenshtein(l.given_name, r.given_name) <= {GIVEN_EDITS})"
        ),
    ),
    Flag(
        "is_given_both_common",
        "Many people have the one's given name, and many the other's: neither is a typing error",
        "Marta, Maria",
        "common_l.given_key is not null and common_r.given_key is not null",
    ),
    Flag(
        "is_given_both_repeated",
        "Several records of one family name and birth date have each given name: neither is a typing error",
        "Laia twice, Laila twice",
        "repeated_l.given_key is not null and repeated_r.given_key is not null",
    ),
    Flag(
        "is_given_form",
        "The given names are the same, sound the same, or the one may be a form of the other",
        "Pau, Pol; Davit, David",
        "case when l.given_key = r.given_key or l.given_sound = r.given_sound then true"
        f" else coalesce({_has_words_of_other('given_kin')}, false) end",
    ),
    Flag(
        "is_given_respelt",
        "The first surname is the same, and the given names, of three letters at least, have other letters",
        "Jana, Joana",
        # Siblings differ by a letter or an ending; the same letters in another order are a typing error.
        """case when l.given_key <> r.given_key and l.surname_1 = r.surname_1 then
            list_sort(string_split(l.given_key, '')) <> list_sort(string_split(r.given_key, ''))
            and least(length(l.given_key), length(r.given_key)) > 2 else false end""",
    ),
)

NAME_FLAGS = (*WHOLE_NAME_FLAGS, *SURNAME_FLAGS, *GIVEN_NAME_FLAGS)
