"""Draws names by sex, age and origin; families share surnames as in their country.

The modules in `extracts/` write these names as each source does.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import BoolArray, FloatArray, stream, table, weighted
from sources.synthetic.people.population import FIRST_DAY, CityPlan

_ROUNDS = 3
# The share of people with two given names, by habit.
_DOUBLED = {
    "la": 0.35,
    "ph": 0.35,
    "br": 0.35,
    "ar": 0.45,
    "pk": 0.5,
    "in": 0.3,
    "ma": 0.1,
    "fr": 0.1,
    "en": 0.1,
    "it": 0.1,
}
# Habits of those who can be naturalised after two years.
FAST = ("la", "ar", "ph", "br")


def make_names(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Adds names (the habit), birth_country (a row of `countries`), is_born_abroad, given_name and both surnames."""
    rng = stream(plan.seed, "names")
    people = people.with_columns(_habits(plan, rng, people))
    first, second = (drawn_surnames(rng, people["names"]) for _ in range(2))
    people = _family_surnames(rng, people.with_columns(surname_1=first, surname_2=second))
    people = people.with_columns(given_name=_given_names(plan, rng, people))
    # Who has one name alone is inscribed with it twice.
    has_one = (pl.col("names") == "pk") & pl.Series(rng.random(people.height) < plan.rates["habits"]["has_one_name"])
    is_one = ~pl.col("given_name").str.contains(" ")
    return people.with_columns(surname_1=pl.when(has_one & is_one).then("given_name").otherwise("surname_1"))


def drawn_surnames(rng: np.random.Generator, habits: pl.Series) -> pl.Series:
    """A surname of each habit, by weight."""
    return _drawn(rng, habits, table("surnames"), "surname")


def drawn_given_names(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    """A given name for each person by habit, sex and cohort, whatever the family's names are."""
    return _drawn(rng, _given_keys(plan, rng, people), _keyed_given_names(), "given_name")


def _habits(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> list[pl.Series]:
    """The naming habit of the country of origin; some Spaniards come from other countries."""
    countries = table("countries")
    size = people.height
    own = people["country"].to_numpy()
    is_spanish = (countries["country"].gather(own) == "ES").to_numpy()
    has_parent = (people["mother"].is_not_null() | people["father"].is_not_null()).to_numpy()
    naturalised = is_spanish & ~has_parent & (rng.random(size) < plan.rates["city"]["naturalised"])
    origin = np.where(naturalised, weighted(rng, _naturalise(countries), size), own)
    # Babies of the year are born here.
    came = ~has_parent | ((rng.random(size) < 0.6) & (people["born_days"].to_numpy() < FIRST_DAY))
    is_born_abroad = (~is_spanish & came) | naturalised
    codes = countries["country"].to_list()
    # Many Italians come from Argentina, and are named as there.
    share = plan.rates["city"]["italians_argentine"]
    is_argentine = (own == codes.index("IT")) & is_born_abroad & (rng.random(size) < share)
    origin = np.where(is_argentine, codes.index("AR"), origin)
    spain = codes.index("ES")
    return [
        countries["names"].gather(origin).alias("names"),
        pl.Series("birth_country", np.where(is_born_abroad, origin, spain)),
        pl.Series("is_born_abroad", is_born_abroad),
    ]


def _naturalise(countries: pl.DataFrame) -> FloatArray:
    """How many come to be Spanish of each country: of those whom two years of residence suffice, many."""
    persons = table("nationality").group_by("country").agg(pl.col("persons").cast(pl.Float64).sum())
    held = countries.join(persons, on="country", how="left", maintain_order="left")
    ease = pl.when(pl.col("names").is_in(FAST)).then(4.0).when(pl.col("is_eu") == "1").then(0.05).otherwise(1.0)
    weights = held.select(pl.when(pl.col("country") != "ES").then(ease * pl.col("persons")).otherwise(0.0)).to_series()
    return weights.to_numpy().astype(np.float64)


def _drawn(rng: np.random.Generator, keys: pl.Series, names: pl.DataFrame, column: str) -> pl.Series:
    """For each key a name of its set, by weight; one pass per set."""
    drawn = np.zeros(len(keys), dtype=np.int64)
    rows = names.with_row_index("row")
    for (key,), group in rows.group_by(["names"], maintain_order=True):
        where = np.flatnonzero((keys == key).to_numpy())
        picked = weighted(rng, group["weight"].cast(pl.Float64).to_numpy(), len(where))
        drawn[where] = group["row"].to_numpy()[picked]
    return names[column].gather(drawn)


def _family_surnames(rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """A child gets the first surnames of father and mother; a lone parent's child gets that parent's surnames.

    Brazilians and Portuguese get the last surnames of both; South Asians often have a surname of their own.
    """
    countries = table("countries")
    has_two = pl.col("country").is_in(_rows_of(countries, "surnames", "2"))
    people = people.with_columns(_gendered("surname_1"), surname_2=pl.when(has_two).then("surname_2"))
    keeps_own = (pl.col("names") == "pk") & pl.Series(rng.random(people.height) < 0.5)
    mother, father, lone = pl.col("mother"), pl.col("father"), pl.coalesce("mother", "father")
    first, second = pl.col("surname_1"), pl.col("surname_2")
    has_both = mother.is_not_null() & father.is_not_null()
    is_last = (pl.col("names") == "br") & has_both
    last = pl.coalesce("surname_2", "surname_1")
    children = people.with_columns(
        surname_1=pl.when(keeps_own | lone.is_null())
        .then("surname_1")
        .when(is_last)
        .then(last.gather(mother))
        .otherwise(first.gather(pl.coalesce("father", "mother"))),
        surname_2=pl.when(lone.is_null())
        .then("surname_2")
        .when(is_last & has_two)
        .then(last.gather(father))
        .when(has_both & has_two)
        .then(first.gather(mother))
        .when(has_two)
        .then(pl.coalesce(second.gather(lone), first.gather(lone))),
    )
    return children.with_columns(_gendered("surname_1"))


def _rows_of(countries: pl.DataFrame, column: str, value: str) -> list[int]:
    return (countries[column] == value).arg_true().to_list()


def _gendered(column: str) -> pl.Expr:
    """Ivanov and Ivanova, Singh and Kaur; Bibi, Begum and the like are women's."""
    text, habit, is_woman = pl.col(column), pl.col("names"), pl.col("sex") == "F"
    return (
        pl.when((habit == "ru") & is_woman & text.str.contains("[oe]v$"))
        .then(text + "a")
        .when((habit == "ru") & ~is_woman)
        .then(text.str.replace("([oe]v)a$", "$1"))
        .when((habit == "in") & is_woman)
        .then(text.replace("Singh", "Kaur"))
        .when((habit == "in") & ~is_woman)
        .then(text.replace("Kaur", "Singh"))
        .when((habit == "pk") & ~is_woman)
        .then(text.replace(["Bibi", "Begum", "Kausar", "Sultana", "Khatun"], "Khan"))
        .otherwise(text)
        .alias(column)
    )


def _given_names(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    keys, names = _given_keys(plan, rng, people), _keyed_given_names()
    given = _drawn(rng, keys, names, "given_name")
    second = _drawn(rng, keys, names, "given_name")
    share = people["names"].replace_strict(_DOUBLED, default=0.0, return_dtype=pl.Float64)
    doubled = (pl.Series(rng.random(len(keys))) < share) & (given != second)
    given = given.zip_with(~(doubled & ~given.str.contains(" ")), given + " " + second.str.split(" ").list.first())
    given = given.zip_with(~_after_parent(plan, rng, people), _of_parent(people, given))
    for _ in range(_ROUNDS):
        namesakes = _same_named_siblings(people, given)
        given = given.zip_with(~pl.Series(namesakes), _drawn(rng, keys, names, "given_name"))
    return given


def _keyed_given_names() -> pl.DataFrame:
    return table("given_names").with_columns(names=pl.col("names") + "|" + pl.col("sex") + "|" + pl.col("cohort"))


def _given_keys(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    """Set, sex and cohort; four in ten children of foreigners bear a name of the city."""
    year = plan.start.year + people["born_days"].to_numpy() / 365.25
    local = (year > 2000) & people["mother"].is_not_null().to_numpy() & (rng.random(people.height) < 0.4)
    habit = people["names"].zip_with(pl.Series(~local), pl.Series(["es"]).new_from_index(0, people.height))
    cohort = pl.Series(np.where(year < 1960, "1", np.where(year < 1995, "2", "3")))
    none = pl.Series(["0"]).new_from_index(0, people.height)
    return habit + "|" + people["sex"] + "|" + cohort.zip_with(habit == "es", none)


def _of_parent(people: pl.DataFrame, given: pl.Series) -> pl.Series:
    same_sex = people.select(pl.when(pl.col("sex") == "M").then("father").otherwise("mother")).to_series()
    return given.gather(same_sex.fill_null(0).to_numpy())


def _after_parent(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    has = people.select(pl.when(pl.col("sex") == "M").then("father").otherwise("mother").is_not_null()).to_series()
    return has & pl.Series(rng.random(people.height) < plan.rates["city"]["same_name_as_parent"])


def _same_named_siblings(people: pl.DataFrame, given: pl.Series) -> BoolArray:
    frame = people.select(carer=pl.coalesce("mother", "father"), given=given)
    later = frame.select((pl.int_range(pl.len()).over("carer", "given") > 0) & pl.col("carer").is_not_null())
    namesakes: BoolArray = later.to_series().to_numpy()
    return namesakes
