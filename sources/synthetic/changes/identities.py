"""Changes of identity: documents, names, sex and nationality, each with its day and the former values.

A person has at most one change in the drawn time. `as_of.py` gives the identity on a day.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import IntArray, looked_up, stream, table
from sources.synthetic.people.documents import renewed_passports
from sources.synthetic.people.names import FAST, drawn_given_names, drawn_surnames
from sources.synthetic.people.population import FIRST_DAY, LAST_DAY, CityPlan

IDENTITY = (
    "given_name", "surname_1", "surname_2", "sex", "document_type", "document", "document_country", "country",
)  # fmt: skip
# The kinds of changes.
CHANGES = (
    "naturalised", "nie_obtained", "dni_obtained", "renewed_passport", "sex_rectified", "name_rectified",
    "married_name",
)  # fmt: skip
_NEVER = 10**6
_FOURTEEN = round(14 * 365.25)
_RESIDENT_DAYS = {"fast": 730, "slow": 3650}
_WIVES_CHANGE = ("en", "fr", "de", "ru", "ro")
Columns = Mapping[str, pl.Expr]


def make_changes(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add change (its kind), change_day and `former_…` of the columns in IDENTITY; null for people without a change."""
    rng = stream(plan.seed, "changes")
    nothing = {"change": pl.lit(None, dtype=pl.String), "change_day": pl.lit(None, dtype=pl.Int64)}
    people = people.with_columns(**nothing, **{f"former_{name}": pl.col(name) for name in IDENTITY})
    for step in (
        _naturalised,
        _dni_obtained,
        _nie_obtained,
        _passport_renewed,
        _sex_rectified,
        _wives,
        _names_rectified,
    ):
        people = step(plan, rng, people)
    return people.with_columns(
        pl.when(pl.col("change").is_not_null()).then(f"former_{name}").alias(f"former_{name}") for name in IDENTITY
    )


def _change(people: pl.DataFrame, kind: str, days: IntArray, now: Columns, before: Columns) -> pl.DataFrame:
    """Apply a change to people who are here on its day and have no other change.

    Args:
        people: of the city.
        kind: of the change, one of CHANGES.
        days: of the change, or `_NEVER`.
        now: new values after the change.
        before: former values, if not the current ones.
    """
    day = pl.lit(pl.Series(days))
    is_here = (day > pl.col("entry_day")) & (day < pl.col("exit_day").fill_null(_NEVER))
    hit = is_here & (day < _NEVER) & pl.col("change").is_null()
    new = {"change": pl.lit(kind), "change_day": day, **now, **{f"former_{name}": old for name, old in before.items()}}
    return people.with_columns(pl.when(hit).then(value).otherwise(name).alias(name) for name, value in new.items())


def _days(rng: np.random.Generator, where: pl.Series, rate: float, first: int, last: int) -> IntArray:
    """Days from `first` to `last` for the people who are drawn at a yearly rate, `_NEVER` for the others."""
    size = len(where)
    is_drawn = where.fill_null(False).to_numpy() & (rng.random(size) < rate * (last - first) / 365)
    return np.where(is_drawn, rng.integers(first, last, size), _NEVER)


def _naturalised(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Naturalisation: a DNI replaces the NIE, a second surname is added, some given names take the local form."""
    rates = plan.rates["changes"]
    spain = table("countries")["country"].to_list().index("ES")
    adapted = table("given_names_adapted").select("names", "given_name", "adapted")
    frame = people.hstack(looked_up(people, adapted, ["names", "given_name"]))
    writes = pl.Series(rng.random(people.height) < rates["naturalised_name_adapted"])
    given = pl.when(writes).then(pl.coalesce("adapted", "given_name")).otherwise("given_name")
    has_two = table("countries")["surnames"].gather(people["birth_country"].to_numpy()) == "2"
    second = pl.coalesce("surname_2", pl.lit(drawn_surnames(rng, people["names"])))
    days = _naturalisation_days(plan, rng, people)
    return _change(
        frame,
        "naturalised",
        days,
        {
            "document_type": pl.lit("DNI"), "document": pl.col("dni"), "document_country": pl.lit("ES"),
            "country": pl.lit(spain, dtype=pl.Int64), "surname_2": second, "given_name": given,
        },
        {
            "document_type": pl.lit("NIE"), "document": pl.col("nie"), "document_country": pl.lit("ES"),
            "country": pl.col("birth_country"), "surname_2": pl.when(pl.lit(has_two)).then("surname_2"),
        },
    ).drop("adapted")  # fmt: skip


def _naturalisation_days(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> IntArray:
    """Future days for holders of a NIE with enough years of residence; past days for some holders of a DNI."""
    rates = plan.rates["changes"]
    is_fast = pl.col("names").is_in(FAST)
    held = people.select(is_fast=is_fast, has_nie=pl.col("document_type") == "NIE", since=pl.col("entry_day"))
    days = np.full(people.height, _NEVER)
    for pace in ("fast", "slow"):
        of_pace = held["is_fast"] if pace == "fast" else ~held["is_fast"]
        resides = held["since"] < -_RESIDENT_DAYS[pace]
        may = of_pace & held["has_nie"] & resides & (people["birth_country"] == people["country"])
        days = np.minimum(days, _days(rng, may, rates[f"naturalised_{pace}"], 1, LAST_DAY))
        is_now = people.select((pl.col("document_type") == "DNI") & (pl.col("birth_country") != pl.col("country")))
        days = np.minimum(days, _days(rng, of_pace & is_now.to_series(), rates["naturalised_of_past"], FIRST_DAY, 0))
    return days


def _dni_obtained(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """A Spanish child gets a DNI, at fourteen at the latest; before, it had no document or a NIF K."""
    rate = plan.rates["changes"]["dni_obtained"]
    spain = table("countries")["country"].to_list().index("ES")
    frame = people.select(
        has_none=(pl.col("country") == spain) & (pl.col("document_type") == "DNI").fill_null(False).not_(),
        has=(pl.col("country") == spain) & (pl.col("document_type") == "DNI"),
        fourteenth=pl.col("born_days") + _FOURTEEN,
    )
    fourteenth = frame["fourteenth"].to_numpy()
    ahead = np.minimum(_days(rng, frame["has_none"], rate, 1, LAST_DAY), np.where(fourteenth > 0, fourteenth, _NEVER))
    ahead = np.where(frame["has_none"].to_numpy() & (ahead < LAST_DAY), ahead, _NEVER)
    behind = _days(rng, frame["has"], rate, FIRST_DAY, 0)
    behind = np.where(behind < fourteenth, behind, _NEVER)
    has_k = pl.lit(pl.Series(rng.random(people.height) < plan.rates["city"]["nif_k"]))
    now = {"document_type": pl.lit("DNI"), "document": pl.col("dni"), "document_country": pl.lit("ES")}
    before = {
        "document_type": pl.when(has_k).then(pl.lit("NIF_K")), "document": pl.when(has_k).then("nif_k"),
        "document_country": pl.when(has_k).then(pl.lit("ES")),
    }  # fmt: skip
    people = _change(people, "dni_obtained", behind, {}, before)
    return _change(people, "dni_obtained", ahead, now, {})


def _nie_obtained(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """A foreigner with only a passport gets a NIE."""
    rate = plan.rates["changes"]["nie_obtained"]
    held = people["document_type"]
    ahead = _days(rng, held == "PASSPORT", rate, 1, LAST_DAY)
    behind = _days(rng, (held == "NIE") & (people["entry_day"] > 3 * FIRST_DAY), rate, FIRST_DAY, 0)
    codes = pl.lit(table("countries")["country"].gather(people["country"].to_numpy()))
    before = {"document_type": pl.lit("PASSPORT"), "document": pl.col("passport"), "document_country": codes}
    now = {"document_type": pl.lit("NIE"), "document": pl.col("nie"), "document_country": pl.lit("ES")}
    return _change(_change(people, "nie_obtained", behind, {}, before), "nie_obtained", ahead, now, {})


def _passport_renewed(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """A renewed passport has a new number."""
    held = people["document_type"] == "PASSPORT"
    days = _days(rng, held, plan.rates["changes"]["passport_renewed"], FIRST_DAY, LAST_DAY)
    rows = np.flatnonzero(held.fill_null(False).to_numpy())
    new = people["document"].scatter(rows, renewed_passports(rng, people["country"].to_numpy()[rows]))
    return _change(people, "renewed_passport", days, {"document": pl.lit(new)}, {})


def _sex_rectified(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Sex and given name change; the number of the document does not."""
    days = _days(rng, people["age"] >= 12, plan.rates["changes"]["sex_rectified"], FIRST_DAY, LAST_DAY)
    other = people.with_columns(sex=pl.col("sex").replace_strict({"M": "F", "F": "M"}))
    given = pl.lit(drawn_given_names(plan, rng, other))
    return _change(people, "sex_rectified", days, {"sex": pl.lit(other["sex"]), "given_name": given}, {})


def _wives(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """In some countries a woman takes her husband's surname; the Padró learns of it some weeks later."""
    takes = (pl.col("sex") == "F") & pl.col("names").is_in(_WIVES_CHANGE) & pl.col("married_day").is_not_null()
    is_drawn = rng.random(people.height) < plan.rates["changes"]["married_name"]
    takes_it = people.select(takes.fill_null(False)).to_series().to_numpy() & is_drawn
    after = people["married_day"].fill_null(_NEVER).to_numpy() + rng.integers(10, 60, people.height)
    days = np.where(takes_it & (after < LAST_DAY), after, _NEVER)
    his = pl.col("surname_1").gather(pl.col("partner"))
    hers = pl.when(his.str.contains("[oe]v$")).then(his + "a").otherwise(his)
    return _change(people, "married_name", days, {"surname_1": hers}, {})


def _names_rectified(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """The given name in the other language, a surname's spelling, the surnames' order, or a second surname at last."""
    people = _with_other_forms(people)
    turn = pl.lit(pl.Series(rng.random(people.height)))
    in_catalan = pl.col("catalan").is_not_null() & (turn < 0.5)
    respelt = ~in_catalan & pl.col("variant").is_not_null()
    swapped = ~in_catalan & ~respelt & pl.col("surname_2").is_not_null() & (turn < 0.8)
    added = ~in_catalan & ~respelt & ~swapped
    days = _days(
        rng, pl.repeat(True, people.height, eager=True), plan.rates["changes"]["name_rectified"], FIRST_DAY, LAST_DAY
    )
    mothers = pl.lit(drawn_surnames(rng, people["names"]))
    return _change(
        people,
        "name_rectified",
        days,
        {
            "given_name": pl.when(in_catalan).then("catalan").otherwise("given_name"),
            "surname_1": pl.when(swapped).then("surname_2").otherwise("surname_1"),
            "surname_2": pl.when(swapped)
            .then("surname_1")
            .when(added)
            .then(pl.coalesce("surname_2", mothers))
            .otherwise("surname_2"),
        },
        {
            "surname_1": pl.when(respelt).then("variant").otherwise("surname_1"),
            "surname_2": pl.when(added).then(None).otherwise("surname_2"),
        },
    ).drop("catalan", "variant")


def _with_other_forms(people: pl.DataFrame) -> pl.DataFrame:
    """Adds catalan, of a Spanish given name, and variant, of a surname; null for most."""
    forms = table("given_name_forms").filter(pl.col("ca") != pl.col("es"))
    forms = forms.unique(["es", "sex"], keep="first", maintain_order=True)
    forms = forms.select("sex", given_name="es", catalan="ca")
    variants = table("surname_variants").unique("surname", keep="first", maintain_order=True)
    catalan = looked_up(people, forms, ["given_name", "sex"])
    return people.hstack(catalan).hstack(looked_up(people, variants.rename({"surname": "surname_1"}), ["surname_1"]))
