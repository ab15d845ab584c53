"""One line of the Padró's snapshot: 52 fields at fixed places, from columns that carry the inscription.

Which inscriptions there are, and what is wrong in them, is said in `padro.py`.
"""

from datetime import date

import polars as pl

from sources.synthetic.text import unaccented

_WIDTHS = {
    "TIPOINF": 1, "CDEV": 2, "FVAR": 8, "CVAR": 1, "CAUV": 2, "CPRO": 2, "CMUN": 3, "DIST": 2, "SECC": 3, "LSECC": 1,
    "CUN": 7, "CVIA": 5, "TVIA": 5, "NVIA": 25, "NPSVIA": 50, "NUMER": 4, "CNUMER": 1, "NUMERS": 4, "CNUMERS": 1,
    "KMT": 3, "HMT": 1, "BLOQ": 2, "PORT": 2, "ESCA": 2, "PLAN": 3, "PUER": 4, "TLOC": 1, "CPOS": 5, "NHOP": 10,
    "NORDH": 2, "NIA": 15, "NOMB": 20, "PART1": 6, "APE1": 20, "PART2": 6, "APE2": 20, "SEXO": 1, "FNAC": 8, "CPRON": 2,
    "CMUNN": 3, "NACI": 3, "TIDE": 1, "IDEN": 20, "NIVI": 2, "FALTA": 8, "CPROP": 2, "CMUNP": 3, "FCADU": 8,
    "CODI_CARRER_BCN": 6, "BARRI": 2, "AEB": 3, "X_ETRS89": 9, "Y_ETRS89": 10,
}  # fmt: skip
_STREET_PARTICLE = "^(DE LES |DE LA |DELS |DEL |DE L'|D'|DE |L'|LA )"


def line(start: date, ended: pl.Expr, moved: pl.Expr) -> pl.Expr:
    """The text of an inscription, given whether it has ended and whether its household has moved."""
    text = _movement(start, ended, moved) | _dwelling() | _person()
    cells = [
        text.get(field, pl.lit("")).fill_null("").str.slice(0, width).str.pad_end(width)
        for field, width in _WIDTHS.items()
    ]
    return pl.concat_str(cells)


def _movement(start: date, ended: pl.Expr, moved: pl.Expr) -> dict[str, pl.Expr]:
    varied = pl.max_horizontal("entry_day", pl.when(moved).then("move_day"), pl.when(ended).then("exit_day"))
    is_birth = pl.col("entry_day") <= pl.col("born_days")
    kind = pl.when(ended).then(pl.lit("B")).when(moved).then(pl.lit("M")).otherwise(pl.lit("A"))
    entered = pl.when(is_birth).then(pl.lit("AN")).otherwise(pl.lit("AC"))
    return {
        "FVAR": _day(start, varied),
        "CVAR": kind,
        "CAUV": pl.when(ended).then("exit_cause").when(moved).then(pl.lit("MD")).otherwise(entered),
        "FALTA": _day(start, pl.col("entry_day")),
    }


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
        "NHOP": _zeros(pl.col("household") + 1, 10),
        "NORDH": _zeros(pl.int_range(pl.len()).over("household") + 1, 2),
        "CODI_CARRER_BCN": _zeros(pl.col("street_code") * 100 + 9, 6),
        "BARRI": pl.col("address_barri"),
        "AEB": pl.col("aeb"),
        "X_ETRS89": _zeros((pl.col("x") * 100).round().cast(pl.Int64), 9),
        "Y_ETRS89": _zeros((pl.col("y") * 100).round().cast(pl.Int64), 10),
    }


def _person() -> dict[str, pl.Expr]:
    # A naturalised person's country of birth is not kept; Colombia stands for it.
    abroad = pl.when(pl.col("country_code") == "ES").then(pl.lit("343")).otherwise("ine_code")
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
        "CMUNN": pl.when("is_born_abroad").then(abroad).otherwise(pl.lit("019")),
        "NACI": pl.col("ine_code"),
        "TIDE": pl.col("tide"),
        "IDEN": pl.col("iden"),
    }


def _zeros(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def _day(start: date, days: pl.Expr) -> pl.Expr:
    return (pl.lit(start) + pl.duration(days=days)).dt.strftime("%Y%m%d")
