"""The Padró's monthly snapshot: fixed width, 340 bytes and CRLF, ISO-8859-1, upper case, names cut at twenty.

Inscriptions that ended stay for a year with CVAR B, as in the real register.
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import stream, table
from sources.synthetic.encoding import lines
from sources.synthetic.padro_line import line
from sources.synthetic.people import CityPlan
from sources.synthetic.text import unaccented

_PARTICLE = "^(DE LAS|DE LOS|DE LA|DEL|DELS|DE|DA|DOS|VAN DER|VAN DEN|VAN|VON DER|VON|EL) (.+)$"
_CUT = 20
_ADDRESS = (
    "street_code", "type_ine", "name", "number", "floor", "door", "postcode", "district", "section", "aeb", "x", "y",
    "address_barri",
)  # fmt: skip


def inscriptions(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """What the register says of each registered person, with its own errors; the same in every snapshot."""
    inscribed = city.filter("is_registered").with_columns(
        nia=(pl.col("person") * 7 + 1_000_003).cast(pl.String).str.zfill(15),
        iden=pl.col("document"),
        tide=pl.col("document_type").replace_strict({"DNI": "1", "PASSPORT": "2", "NIE": "4"}, default="0"),
        fnac=pl.col("birth_date").dt.strftime("%Y%m%d"),
    )
    dirt = Dirt(inscribed, stream(plan.seed, "padro"), plan.rates)
    rates = plan.rates["padro"]
    forms = table("given_name_forms").unique(["ca", "sex"], keep="first", maintain_order=True)
    spanish = forms.select("sex", given_name="ca", spanish="es")
    dirt.frame = dirt.frame.join(spanish, on=["given_name", "sex"], how="left", maintain_order="left")
    dirt.apply(
        "other_language",
        pl.col("spanish").is_not_null() & dirt.draw(rates["given_name_in_spanish"]),
        given_name=pl.col("spanish"),
    )
    dirt.typo("surname_typo", "surname_1", rates["typo"])
    holder = (pl.col("document_type") == "NIE") & dirt.draw(rates["former_passport"])
    dirt.apply("document_former", holder, iden=pl.col("passport"), tide=pl.lit("2"))
    vague = pl.col("is_born_abroad") & dirt.draw(rates["unknown_birth_day"])
    dirt.apply("birth_day_unknown", vague, fnac=pl.col("birth_date").dt.strftime("%Y0101"))
    for column in ("given_name", "surname_1", "surname_2"):
        name = unaccented(pl.col(column).str.to_uppercase())
        dirt.apply(None, pl.lit(True), **{column: name})
        if column != "given_name":
            dirt.frame = dirt.frame.with_columns(
                name.str.extract(_PARTICLE, 1).alias(f"particle_{column[-1]}"),
                pl.coalesce(name.str.extract(_PARTICLE, 2), name).alias(column),
            )
        dirt.apply("name_cut", pl.lit(True), **{column: pl.col(column).str.slice(0, _CUT).str.strip_chars_end()})
    return dirt.frame.with_columns(error_types=dirt.errors())


def snapshot(plan: CityPlan, register: pl.DataFrame, day: date) -> pl.DataFrame:
    """The inscriptions of a day: alive, or ended within the year."""
    today = (day - plan.start).days
    ended = pl.col("exit_day").fill_null(10**6) <= today
    moved = pl.col("move_day").fill_null(10**6) <= today
    frame = register.filter(pl.col("entry_day") <= today, pl.col("exit_day").fill_null(today) > today - 365)
    frame = frame.with_columns(
        pl.when(pl.col("move_day").fill_null(-(10**6)) > today).then(f"former_{name}").otherwise(name).alias(name)
        for name in _ADDRESS
    )
    return frame.select("person", "nia", "error_types", line=line(plan.start, ended, moved)).sort("nia")


def variations(plan: CityPlan, register: pl.DataFrame, day: date) -> pl.DataFrame:
    """The inscriptions that were made, changed or ended on a day, each as it then stands."""
    today = (day - plan.start).days
    is_varied = pl.any_horizontal(pl.col(name) == today for name in ("entry_day", "move_day", "exit_day"))
    varied = register.filter(is_varied.fill_null(False)).select("nia")
    return snapshot(plan, register, day).join(varied, on="nia", how="semi", maintain_order="left")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes; a character that the encoding lacks is an error."""
    return lines(frame["line"], "iso-8859-1")
