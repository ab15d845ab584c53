"""The Padró's register: the rows of each inhabitant with their days; upper case, names cut at twenty letters.

How its files are written is in `padro_extract.py`.
"""

from functools import partial

import polars as pl

from sources.synthetic.base.randomness import in_parts, looked_up, stream, table
from sources.synthetic.base.text import unaccented
from sources.synthetic.changes.as_of import who_as_of
from sources.synthetic.extracts.padro_line import PERSON
from sources.synthetic.people.population import FIRST_DAY, CityPlan
from sources.synthetic.writing.dirt import Dirt

_PARTICLE = "^(DE LAS|DE LOS|DE LA|DEL|DELS|DE|DA|DOS|VAN DER|VAN DEN|VAN|VON DER|VON|EL) (.+)$"
_CUT = 20
# Of who is inscribed twice: what the second number is more than the first, and the order within the dwelling.
_SECOND_NUMBER, _SECOND_ORDER = 3, 90
_LONG_AGO, NEVER = -(10**6), 10**6
_IDENTITY = ("given_name", "surname_1", "surname_2", "sex", "document", "document_type", "ine_code")
_KNOWN = (
    "person", "birth_date", "passport", "change", "change_day", "is_born_abroad", "birth_ine_code", "entry_day",
    "renewal_day", "move_day", "exit_day", "entry_cause", "exit_cause", "renewal_cause", "expires_day", "away_day",
    "back_day", "twice_day", "once_day", "twice_at", *_IDENTITY,
    *(f"former_{name}" for name in _IDENTITY),
)  # fmt: skip
# The days on which it varies, beside those of its census section.
VARIED = ("entry_day", "renewal_day", "learned_day", "move_day", "exit_day")


def inscriptions(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """The rows of each registered person, with the register's own errors, from a day (`known_from`) until another.

    A change of identity gives a new row with other errors; the register never learns of some changes.
    """
    rng = stream(plan.seed, "what the padro is told")
    draw = pl.lit(pl.Series(rng.random(city.height)))
    rates = plan.rates["padro"]
    is_learned = (
        pl.when(pl.col("change") == "nie_obtained")
        .then(draw < rates["learns_nie"])
        .when(pl.col("change") == "renewed_passport")
        .then(draw < rates["learns_passport"])
        .otherwise(pl.col("change").is_not_null())
    )
    order = pl.int_range(1, pl.len() + 1).over("household")
    columns = {"learned_day": pl.when(is_learned).then("change_day"), "order": order}
    # All people, so that unchanged values are shared with the city and need no memory.
    known = city.select(*_KNOWN, "is_registered", dwelling="person", **columns)
    earlier = who_as_of(known.filter(pl.col("learned_day").is_not_null()), FIRST_DAY - 1)
    parts = [
        in_parts(known, "padro", partial(_written, plan)).with_columns(
            known_from=pl.col("learned_day").fill_null(_LONG_AGO), known_until=pl.lit(NEVER, dtype=pl.Int32)
        ),
        _written(plan, "padro before", earlier).with_columns(
            known_from=pl.lit(_LONG_AGO, dtype=pl.Int32), known_until="learned_day"
        ),
    ]
    return pl.concat([_struck_off_wrongly(pl.concat(parts, rechunk=False)), _twice(plan, known)], rechunk=False)


def _struck_off_wrongly(register: pl.DataFrame) -> pl.DataFrame:
    """People struck off wrongly: an inscription that ended, and a new one after it."""
    again = register.filter(pl.col("away_day").is_not_null()).with_columns(
        pl.lit(None, dtype=pl.Int32).alias("renewal_day"),
        entry_day="back_day", entry_cause=pl.lit("AR"), known_from="back_day",
    )  # fmt: skip
    ended = register.with_columns(
        exit_day=pl.coalesce("away_day", "exit_day"),
        exit_cause=pl.when(pl.col("away_day").is_not_null()).then(pl.lit("BI")).otherwise("exit_cause"),
        known_until=pl.coalesce("back_day", "known_until"),
    )
    return pl.concat([ended, again], rechunk=False).drop("away_day", "back_day")


def _twice(plan: CityPlan, known: pl.DataFrame) -> pl.DataFrame:
    """Second inscriptions with their own numbers, with a passport or no document, until they are found."""
    nothing, never = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Int32)
    is_child = pl.col("twice_at") != pl.col("person")
    second = known.filter(pl.col("twice_day").is_not_null()).with_columns(
        document=pl.when(is_child).then(nothing).otherwise("passport"),
        document_type=pl.when(is_child).then(nothing).otherwise(pl.lit("PASSPORT")),
        entry_day="twice_day", entry_cause=pl.lit("AO"), exit_day="once_day", exit_cause=pl.lit("BA"),
        renewal_day=never, move_day=never, expires_day=never, order=pl.lit(_SECOND_ORDER, dtype=pl.Int64),
    )  # fmt: skip
    second = second.with_columns(dwelling="twice_at")
    return _written(plan, "padro again", second).drop("away_day", "back_day").with_columns(
        nia=nia(_SECOND_NUMBER),
        error_types=pl.concat_list("error_types", pl.lit("double_inscription")).list.sort(),
        known_from=pl.lit(_LONG_AGO, dtype=pl.Int32), known_until=pl.lit(NEVER, dtype=pl.Int32),
    )  # fmt: skip


def _written(plan: CityPlan, purpose: str, people: pl.DataFrame) -> pl.DataFrame:
    """The people with the register's typing errors."""
    dirt = Dirt(
        people.with_columns(_documents(), nia=nia(), fnac=pl.col("birth_date").dt.strftime("%Y%m%d")),
        stream(plan.seed, purpose),
        plan.rates,
    )
    rates = plan.rates["padro"]
    is_unknown = pl.col("change").is_in(["nie_obtained", "renewed_passport"]) & pl.col("learned_day").is_null()
    dirt.apply(
        "document_former", is_unknown, iden=pl.col("former_document"), tide=_document_code("former_document_type")
    )
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
        "person", "dwelling", "nia", "is_registered", *VARIED, "entry_cause", "exit_cause", "renewal_cause",
        "expires_day", "away_day", "back_day", "order", *PERSON, error_types=dirt.errors(),
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


def nia(which: int = 0) -> pl.Expr:
    """The number of a person's inscription, or of a second one."""
    return (pl.col("person") * 7 + 1_000_003 + which).cast(pl.String).str.zfill(15)


def _document_code(column: str) -> pl.Expr:
    return pl.col(column).replace_strict({"DNI": "1", "PASSPORT": "2", "NIE": "4"}, default="0")


def _documents() -> list[pl.Expr]:
    """A NIF K is for taxes; the Padró has none of a child without a DNI."""
    return [
        pl.when(pl.col("document_type") != "NIF_K").then("document").alias("iden"),
        _document_code("document_type").alias("tide"),
    ]
