"""One line of the Padró's snapshot: 52 fields at fixed places, from the columns of an inscription.

`padro.py` makes the inscriptions and their errors.
"""

from datetime import date

import polars as pl

from sources.synthetic.base.text import unaccented

_WIDTHS = {
    "TIPOINF": 1, "CDEV": 2, "FVAR": 8, "CVAR": 1, "CAUV": 2, "CPRO": 2, "CMUN": 3, "DIST": 2, "SECC": 3, "LSECC": 1,
    "CUN": 7, "CVIA": 5, "TVIA": 5, "NVIA": 25, "NPSVIA": 50, "NUMER": 4, "CNUMER": 1, "NUMERS": 4, "CNUMERS": 1,
    "KMT": 3, "HMT": 1, "BLOQ": 2, "PORT": 2, "ESCA": 2, "PLAN": 3, "PUER": 4, "TLOC": 1, "CPOS": 5, "NHOP": 10,
    "NORDH": 2, "NIA": 15, "NOMB": 20, "PART1": 6, "APE1": 20, "PART2": 6, "APE2": 20, "SEXO": 1, "FNAC": 8, "CPRON": 2,
    "CMUNN": 3, "NACI": 3, "TIDE": 1, "IDEN": 20, "NIVI": 2, "FALTA": 8, "CPROP": 2, "CMUNP": 3, "FCADU": 8,
    "CODI_CARRER_BCN": 6, "BARRI": 2, "AEB": 3, "X_ETRS89": 9, "Y_ETRS89": 10,
}  # fmt: skip
# L'Hospitalet de Llobregat.
_NEARBY = "101"
_RENEWED_DAYS = 730
_STREET_PARTICLE = "^(DE LES |DE LA |DELS |DEL |DE L'|D'|DE |L'|LA )"


# The columns of a person in the line, without dwelling and movements.
PERSON = (
    "given_name", "surname_1", "surname_2", "particle_1", "particle_2", "sex", "fnac", "is_born_abroad", "iden", "tide",
    "ine_code", "birth_ine_code",
)  # fmt: skip


def spoilt(field: str, value: str) -> pl.Expr:
    """The text of an inscription (`line`) with something else in a field, which is as wide."""
    first = sum(width for name, width in list(_WIDTHS.items())[: list(_WIDTHS).index(field)])
    return pl.col("line").str.slice(0, first) + value + pl.col("line").str.slice(first + len(value))


def line(start: date) -> pl.Expr:
    """The text of an inscription; its future days are null."""
    text = _movement(start) | _dwelling() | _person()
    cells = [
        text.get(field, pl.lit("")).fill_null("").str.slice(0, width).str.pad_end(width)
        for field, width in _WIDTHS.items()
    ]
    return pl.concat_str(cells)


def _movement(start: date) -> dict[str, pl.Expr]:
    """The last variation; on the same day, an end comes last, before it a move."""
    varied = pl.max_horizontal("entry_day", "renewal_day", "learned_day", "move_day", "exit_day", "territory_day")
    ended = pl.col("exit_day").is_not_null()
    changed = {
        "move_day": pl.lit("MD"), "learned_day": pl.lit("MP"), "renewal_day": pl.col("renewal_cause"),
        "territory_day": pl.lit("MN"),
    }  # fmt: skip
    last = [pl.when(pl.col(day) == varied).then(code) for day, code in changed.items()]
    is_changed = pl.any_horizontal(pl.col(day).is_not_null() for day in changed)
    # Elsewhere is abroad for who was born there, else a town nearby.
    is_abroad = pl.col("is_born_abroad")
    moves_far = pl.when(ended).then(pl.col("exit_cause") == "BC").otherwise(pl.col("entry_cause") == "AC")
    return {
        "FVAR": _day(start, varied),
        "CVAR": pl.when(ended).then(pl.lit("B")).when(is_changed).then(pl.lit("M")).otherwise(pl.lit("A")),
        "CAUV": pl.coalesce(pl.when(ended).then("exit_cause"), *last, "entry_cause"),
        "FALTA": _day(start, pl.col("entry_day")),
        "CPROP": pl.when(moves_far).then(pl.when(is_abroad).then(pl.lit("66")).otherwise(pl.lit("08"))),
        "CMUNP": pl.when(moves_far).then(pl.when(is_abroad).then("birth_ine_code").otherwise(pl.lit(_NEARBY))),
        "FCADU": _day(start, _expires()),
    }


def _expires() -> pl.Expr:
    """An inscription that was renewed lasts for two years more."""
    is_renewed = (pl.col("renewal_day") == pl.col("expires_day")).fill_null(False)
    return pl.when(is_renewed).then(pl.col("expires_day") + _RENEWED_DAYS).otherwise("expires_day")


def _dwelling() -> dict[str, pl.Expr]:
    street = unaccented(pl.col("name").str.to_uppercase()).str.replace("·", ".").str.replace(_STREET_PARTICLE, "")
    return {
        "CPRO": pl.lit("08"),
        "CMUN": pl.lit("019"),
        "DIST": pl.col("district"),
        "SECC": pl.col("section"),
        "CUN": pl.lit("0001701"),
        "CVIA": _zeros(pl.col("street_code"), 5),
        "TVIA": pl.col("type_ine"),
        "NVIA": street,
        "NUMER": _zeros(pl.col("number"), 4),
        "PLAN": pl.col("floor"),
        "PUER": pl.col("door"),
        "CPOS": pl.col("postcode"),
        "NHOP": _zeros(pl.col("home"), 10),
        "NORDH": _zeros(pl.col("order"), 2),
        "CODI_CARRER_BCN": _zeros(pl.col("street_code") * 100 + 9, 6),
        "BARRI": pl.col("address_barri"),
        "AEB": pl.col("aeb"),
        "X_ETRS89": _zeros((pl.col("x") * 100).round().cast(pl.Int64), 9),
        "Y_ETRS89": _zeros((pl.col("y") * 100).round().cast(pl.Int64), 10),
    }


def _person() -> dict[str, pl.Expr]:
    return {
        "NIA": pl.col("nia"),
        "NOMB": pl.col("given_name"),
        "PART1": pl.col("particle_1"),
        "APE1": pl.col("surname_1"),
        "PART2": pl.col("particle_2"),
        "APE2": pl.col("surname_2"),
        "SEXO": pl.col("sex").replace_strict({"M": "1", "F": "6"}),
        "FNAC": pl.col("fnac"),
        "CPRON": pl.when("is_born_abroad").then(pl.lit("66")).otherwise(pl.lit("08")),
        "CMUNN": pl.when("is_born_abroad").then("birth_ine_code").otherwise(pl.lit("019")),
        "NACI": pl.col("ine_code"),
        "TIDE": pl.col("tide"),
        "IDEN": pl.col("iden"),
    }


def _zeros(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def _day(start: date, days: pl.Expr) -> pl.Expr:
    return (pl.lit(start) + pl.duration(days=days)).dt.strftime("%Y%m%d")
