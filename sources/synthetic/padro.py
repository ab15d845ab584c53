"""The Padró's monthly snapshot: fixed width, 340 bytes and CRLF, ISO-8859-1, upper case, names cut at twenty.

Inscriptions that ended stay for a year with CVAR B, as in the real register.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial

import polars as pl

from sources.synthetic.addresses import ADDRESS
from sources.synthetic.as_of import who_as_of
from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import in_parts, looked_up, stream, table
from sources.synthetic.encoding import lines
from sources.synthetic.padro_line import PERSON, line
from sources.synthetic.people import FIRST_DAY, CityPlan
from sources.synthetic.text import unaccented

_PARTICLE = "^(DE LAS|DE LOS|DE LA|DEL|DELS|DE|DA|DOS|VAN DER|VAN DEN|VAN|VON DER|VON|EL) (.+)$"
_CUT = 20
_LONG_AGO, _NEVER = -(10**6), 10**6
_KEPT_DAYS = 365
_PART_ROWS = 100_000
_IDENTITY = ("given_name", "surname_1", "surname_2", "sex", "document", "document_type", "ine_code")
_KNOWN = (
    "person", "birth_date", "passport", "change", "change_day", "is_born_abroad", "birth_ine_code", "entry_day",
    "renewal_day", "move_day", "exit_day", "entry_cause", "exit_cause", "renewal_cause", "expires_day", *_IDENTITY,
    *(f"former_{name}" for name in _IDENTITY),
)  # fmt: skip
_VARIED = ("entry_day", "renewal_day", "told_day", "move_day", "exit_day")


def inscriptions(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """What the register says of each registered person, with its own errors, from a day (`known_from`) until another.

    Who somebody is is told anew when it changes, with other errors; of some changes it is never told.
    """
    rng = stream(plan.seed, "what the padro is told")
    draw = pl.lit(pl.Series(rng.random(city.height)))
    rates = plan.rates["padro"]
    is_told = (
        pl.when(pl.col("change") == "nie_obtained")
        .then(draw < rates["told_of_nie"])
        .when(pl.col("change") == "renewed_passport")
        .then(draw < rates["told_of_passport"])
        .otherwise(pl.col("change").is_not_null())
    )
    order = pl.int_range(1, pl.len() + 1).over("household")
    told = {"told_day": pl.when(is_told).then("change_day"), "order": order}
    # Of everybody, so that what the register says unchanged is the city's own and takes no room.
    known = city.select(*_KNOWN, "is_registered", **told)
    earlier = who_as_of(known.filter(pl.col("told_day").is_not_null()), FIRST_DAY - 1)
    parts = [
        in_parts(known, "padro", partial(_written, plan)).with_columns(
            known_from=pl.col("told_day").fill_null(_LONG_AGO), known_until=pl.lit(_NEVER, dtype=pl.Int64)
        ),
        _written(plan, "padro before", earlier).with_columns(
            known_from=pl.lit(_LONG_AGO, dtype=pl.Int64), known_until="told_day"
        ),
    ]
    return pl.concat(parts, rechunk=False)


def _written(plan: CityPlan, purpose: str, people: pl.DataFrame) -> pl.DataFrame:
    """People as they are typed into the register."""
    dirt = Dirt(
        people.with_columns(_documents(), nia=nia(), fnac=pl.col("birth_date").dt.strftime("%Y%m%d")),
        stream(plan.seed, purpose),
        plan.rates,
    )
    rates = plan.rates["padro"]
    untold = pl.col("change").is_in(["nie_obtained", "renewed_passport"]) & pl.col("told_day").is_null()
    dirt.apply("document_former", untold, iden=pl.col("former_document"), tide=_document_code("former_document_type"))
    forms = table("given_name_forms").unique(["ca", "sex"], keep="first", maintain_order=True)
    spanish = forms.select("sex", given_name="ca", spanish="es")
    dirt.frame = dirt.frame.with_columns(looked_up(dirt.frame, spanish, ["given_name", "sex"])["spanish"])
    dirt.apply(
        "other_language",
        pl.col("spanish").is_not_null() & dirt.draw(rates["given_name_in_spanish"]),
        given_name=pl.col("spanish"),
    )
    dirt.typo("surname_typo", "surname_1", rates["typo"])
    holder = (pl.col("document_type") == "NIE") & pl.col("change").is_null() & dirt.draw(rates["former_passport"])
    dirt.apply("document_former", holder, iden=pl.col("passport"), tide=pl.lit("2"))
    vague = pl.col("is_born_abroad") & dirt.draw(rates["unknown_birth_day"])
    dirt.apply("birth_day_unknown", vague, fnac=pl.col("birth_date").dt.strftime("%Y0101"))
    _fitted(dirt)
    return dirt.frame.select(
        "person", "nia", "is_registered", *_VARIED, "entry_cause", "exit_cause", "renewal_cause", "expires_day",
        "order", *PERSON, error_types=dirt.errors(),
    )  # fmt: skip


def _fitted(dirt: Dirt) -> None:
    """Names in upper case without accents, particles apart, all cut to their fields."""
    for column in ("given_name", "surname_1", "surname_2"):
        name = unaccented(pl.col(column).str.to_uppercase())
        dirt.apply(None, pl.lit(True), **{column: name})
        if column != "given_name":
            dirt.frame = dirt.frame.with_columns(
                name.str.extract(_PARTICLE, 1).alias(f"particle_{column[-1]}"),
                pl.coalesce(name.str.extract(_PARTICLE, 2), name).alias(column),
            )
        dirt.apply("name_cut", pl.lit(True), **{column: pl.col(column).str.slice(0, _CUT).str.strip_chars_end()})


def nia() -> pl.Expr:
    """The number of a person's inscription."""
    return (pl.col("person") * 7 + 1_000_003).cast(pl.String).str.zfill(15)


def _document_code(column: str) -> pl.Expr:
    return pl.col(column).replace_strict({"DNI": "1", "PASSPORT": "2", "NIE": "4"}, default="0")


def _documents() -> list[pl.Expr]:
    """A NIF K is for taxes; the Padró has none of a child without a DNI."""
    return [
        pl.when(pl.col("document_type") != "NIF_K").then("document").alias("iden"),
        _document_code("document_type").alias("tide"),
    ]


def snapshot(plan: CityPlan, city: pl.DataFrame, register: pl.DataFrame, day: date) -> pl.DataFrame:
    """The inscriptions of a day: alive, or ended within the year; person, nia, error_types and line, by number."""
    today = (day - plan.start).days
    # Part by part, as the cells of a line take many times its room.
    parts = [_lines(plan, city, _known(part, today), today) for part in register.iter_slices(_PART_ROWS)]
    return pl.concat(parts).sort("nia")


def variations(plan: CityPlan, city: pl.DataFrame, register: pl.DataFrame, day: date) -> pl.DataFrame:
    """The inscriptions that were made, changed or ended on a day, each as it then stands."""
    today = (day - plan.start).days
    is_varied = pl.any_horizontal(pl.col(name) == today for name in _VARIED)
    return _lines(plan, city, _known(register.filter(is_varied.fill_null(False)), today), today).sort("nia")


def _known(register: pl.DataFrame, today: int) -> pl.DataFrame:
    return register.filter(
        "is_registered",
        pl.col("known_from") <= today,
        pl.col("known_until") > today,
        pl.col("entry_day") <= today,
        pl.col("exit_day").fill_null(today) > today - _KEPT_DAYS,
    )


def _lines(plan: CityPlan, city: pl.DataFrame, frame: pl.DataFrame, today: int) -> pl.DataFrame:
    """Inscriptions with the addresses of the day, which the city knows by row."""
    before = (pl.col("move_day") > today).fill_null(False)
    places = city.select(*ADDRESS, *(f"former_{name}" for name in ADDRESS))[frame["person"]]
    frame = pl.concat([frame, places], how="horizontal").with_columns(
        *(pl.when(before).then(f"former_{name}").otherwise(name).alias(name) for name in ADDRESS),
        *(pl.when(pl.col(name) <= today).then(name).alias(name) for name in _VARIED),
    )
    return frame.select("person", "nia", "error_types", line=line(plan.start))


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes; a character that the encoding lacks is an error."""
    return lines(frame["line"], "iso-8859-1")
