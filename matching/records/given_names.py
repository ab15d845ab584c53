"""Forms of given names in Catalan and Spanish, and how names sound.

Names are normalised before, by the dbt models (accents, particles, case).
"""

from pathlib import Path

import duckdb

from matching.relations import GIVEN_NAME_FORMS, SHARED_GIVEN_NAME_FORMS

# One row per form of a single usual name.
_FORMS = Path(__file__).parent / "given_name_forms.csv"

# One row per form and usual name, for forms that belong to several names or are names of their own: brothers are called
# POL and PAU. Such a form makes two names one only together with a document, and is no key.
_SHARED_FORMS = Path(__file__).parent / "shared_given_name_forms.csv"


def create_given_name_forms(connection: duckdb.DuckDBPyConnection) -> None:
    """Read the forms of given names into tables.

    Writes: `GIVEN_NAME_FORMS` and `SHARED_GIVEN_NAME_FORMS`, one row per form each.
    """
    read = "read_csv($1, header = true, columns = {form: 'VARCHAR', usual: 'VARCHAR'})"
    connection.execute(
        f"create or replace temp table {GIVEN_NAME_FORMS} as select form, usual from {read}", [str(_FORMS)]
    )
    connection.execute(
        f"create or replace temp table {SHARED_GIVEN_NAME_FORMS} as"
        f" select form, list(usual order by usual) as usual_names from {read} group by form",
        [str(_SHARED_FORMS)],
    )


# Replacements, in this order, that make spellings equal which sound alike in Catalan or Spanish, or which are two
# transliterations. Normalised names have N for Ñ, C for Ç and LL for L·L, which is heard as Y.
_HEARD_ALIKE = (
    (r"([ENS])CH\b", r"\1K"),  # DOMENECH, BLANCH, BOSCH
    ("TCH|TX|SCH|SH|CH|KH|TG([EI])|TJ", r"X\1"),
    (r"([AEOU])IG\b", r"\1X"),  # PUIG, PUCH
    ("PH", "F"),
    ("GN|NY", "N"),
    ("G([EI])|J", r"X\1"),
    ("GU([EI])|GH", r"G\1"),
    ("C([EI])|Z", r"S\1"),
    ("QU([EI])|[CQ]", r"K\1"),
    ("[VW]", "B"),
    (r"LL\b", "L"),  # SABADELL
    ("LL|Y", "I"),
    ("H", ""),
    ("OU|OO|U", "O"),
    ("E", "A"),
    ("M([BPF])", r"N\1"),
    (r"AR\b", "A"),  # FERRER, FERRE
    (r"([^AIO ])[TD]+\b", r"\1"),  # FONT
    (r"D\b", "T"),  # BERNAD, BERNAT
)
_DOUBLED = "ABDFGIKLMNOPRSTX"


def sound(name: str) -> str:
    """The SQL of how a normalised name sounds, for a word or a whole name; null if nothing is left."""
    heard = name
    for written, alike in _HEARD_ALIKE:
        heard = f"regexp_replace({heard}, '{written}', '{alike}', 'g')"
    for letter in _DOUBLED:
        heard = f"regexp_replace({heard}, '{letter}{letter}+', '{letter}', 'g')"
    return f"nullif(trim({heard}), '')"
