"""Makes households: couples, children with their parents, shared flats, care homes, and the families' countries.

Everything is matched by sorting and searching over whole columns.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import BoolArray, FloatArray, IntArray, stream, table, top
from sources.synthetic.people.population import CityPlan

_NOBODY = -1
_MIN_SIBLING_DAYS = 280
_BARRI_STRIDE = 1000.0
_TWINS = 0.05
_MAX_PARTNER_GAP = 17
_YOUNGEST_PARENT_DAYS = 16 * 365
_RESIDENTS = 60


def make_households(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add country, partner, mother and father (rows or null) and household; align birth days of twins, and barris."""
    rng = stream(plan.seed, "households")
    age = people["age"].to_numpy()
    size = len(age)
    is_woman = (people["sex"] == "F").to_numpy()
    barri = people["barri"].cast(pl.Int64).to_numpy()
    country = _countries(rng, barri, age)
    at_home = (age < 18) | (rng.random(size) < np.clip((34 - age) / 14, 0, 0.95))
    partner = _couples(rng, people.with_columns(country=pl.Series(country)), ~at_home & (age >= 23))
    carer, born = _carers(rng, people, at_home, partner)
    house = np.where(partner >= 0, np.minimum(np.arange(size), partner), np.arange(size))
    is_alone = ~at_home & (partner < 0) & ~np.isin(np.arange(size), carer)
    house, shares = _shared_flats(rng, house, barri, is_alone & (age < 52))
    house, in_care = _care_homes(rng, house, barri, is_alone & (age >= 70), age, plan.rates["city"]["care_home"])
    living = np.select([shares, in_care], ["flat", "care"], "family")
    has_carer = carer >= 0
    house = np.where(has_carer, house[carer], house)
    carer_is_woman = has_carer & is_woman[carer]
    # A partner much too young came later.
    is_old_enough = (born - born[partner[carer]]) > _YOUNGEST_PARENT_DAYS
    other = np.where(has_carer & (partner[carer] >= 0) & is_old_enough, partner[carer], _NOBODY)
    mother, father = np.where(carer_is_woman, carer, other), np.where(carer_is_woman, other, carer)
    country = _childrens(rng, country, mother, father)
    return people.with_columns(
        pl.Series("country", country),
        pl.Series("born_days", born),
        pl.Series("age", -born / 365.25),
        people["barri"].gather(house).alias("barri"),
        pl.Series("household", house),
        pl.Series("living", living),
        *(_rows(name, rows) for name, rows in (("partner", partner), ("mother", mother), ("father", father))),
        entry_day=pl.max_horizontal("entry_day", pl.Series(born)),
    )


def _rows(name: str, rows: IntArray) -> pl.Series:
    return pl.Series(name, rows).replace(_NOBODY, None)


def _countries(rng: np.random.Generator, barri: IntArray, age: FloatArray) -> IntArray:
    """A nationality by barri, as a row of `countries`; the young are foreign more often than the old."""
    known = {code: row for row, code in enumerate(table("countries")["country"])}
    shares = table("nationality").with_columns(
        pl.col("barri").cast(pl.Int64),
        pl.col("persons").cast(pl.Float64),
        row=pl.col("country").replace_strict(known, return_dtype=pl.Int64),
    )
    # Spain comes last in each barri, so that a smaller draw is a foreign one.
    shares = shares.sort("barri", pl.col("country") == "ES", "row").with_columns(
        bound=pl.col("barri") + pl.col("persons").cum_sum().over("barri") / pl.col("persons").sum().over("barri")
    )
    leaning = np.select([age >= 65, age >= 50, age >= 20], [0.25, 0.85, 1.55], 1.0)
    draw = barri + np.minimum(rng.random(len(age)) / leaning, 0.9999999)
    place = np.searchsorted(shares["bound"].to_numpy(), draw, side="right")
    rows: IntArray = shares["row"].to_numpy()[np.minimum(place, shares.height - 1)].astype(np.int64)
    return rows


def _couples(rng: np.random.Generator, people: pl.DataFrame, may: BoolArray) -> IntArray:
    """The partner's row or -1: of about one age, of one barri at first, and mostly of one country."""
    size = people.height
    chance = np.interp(people["age"].to_numpy(), [23, 35, 60, 80, 95], [0.42, 0.88, 0.92, 0.74, 0.4])
    years = people["age"].to_numpy() + np.where(people["sex"] == "F", 2.0, 0.0) + rng.normal(0, 2.5, size)
    country = pl.when(pl.Series(rng.random(size) < 0.12)).then(99).otherwise("country")
    pool = people.select(
        "sex",
        row=pl.int_range(pl.len(), dtype=pl.Int64),
        years=pl.Series(years),
        order=pl.Series(rng.random(size)),
        near=pl.col("barri").cast(pl.Int64) * 100 + country,
        far=country,
    ).filter(pl.Series(may & (rng.random(size) < chance)))
    partner = np.full(size, _NOBODY, dtype=np.int64)
    for group in ("near", "far"):
        single = pool.filter(pl.Series(partner[pool["row"].to_numpy()] < 0))
        pairs = _pairs(single.with_columns(group=pl.col(group)))
        wives, husbands = pairs["row"].to_numpy(), pairs["row_man"].to_numpy()
        partner[wives], partner[husbands] = husbands, wives
    return partner


def _pairs(pool: pl.DataFrame) -> pl.DataFrame:
    """As many women as men of each group, by age, without the pairs that are too far apart."""
    sizes = pl.min_horizontal((pl.col("sex") == sex).sum().over("group") for sex in "FM")
    drawn = pl.col("order").rank("ordinal").over("group", "sex") <= sizes
    pool = pool.filter(drawn).with_columns(place=pl.col("years").rank("ordinal").over("group", "sex"))
    women, men = (pool.filter(pl.col("sex") == sex) for sex in "FM")
    pairs = women.join(men, on=["group", "place"], suffix="_man", maintain_order="left")
    return pairs.filter((pl.col("years") - pl.col("years_man")).abs() < _MAX_PARTNER_GAP)


def _carers(
    rng: np.random.Generator, people: pl.DataFrame, at_home: BoolArray, partner: IntArray
) -> tuple[IntArray, IntArray]:
    """The parent that each child lives with, and birth days in which siblings are far enough apart, or twins."""
    age, barri = people["age"].to_numpy(), people["barri"].cast(pl.Int64).to_numpy()
    is_woman = (people["sex"] == "F").to_numpy()
    born = people["born_days"].to_numpy().copy()
    lone = rng.random(len(age)) < np.where(is_woman, 0.3, 0.05)
    candidates = np.flatnonzero(~at_home & (age >= 18) & np.where(partner >= 0, is_woman, lone))
    place = barri[candidates] * _BARRI_STRIDE + age[candidates]
    order = np.argsort(place, kind="stable")
    candidates, place = candidates[order], place[order]
    carer = np.full(len(age), _NOBODY, dtype=np.int64)
    todo = np.flatnonzero(at_home)
    for _ in range(6):
        gap = np.clip(rng.normal(31.5, 5.2, len(todo)), 17, 46)
        found = np.searchsorted(place, barri[todo] * _BARRI_STRIDE + age[todo] + gap) + rng.integers(-1, 2, len(todo))
        carer[todo] = candidates[np.clip(found, 0, len(candidates) - 1)]
        gaps = age[carer] - age
        todo = np.flatnonzero(at_home & (_too_close(carer, born) | (gaps < 16) | (gaps > 50)))
    by_age = candidates[np.argsort(age[candidates], kind="stable")]
    lost = todo[(age[carer[todo]] - age[todo] < 16) | (age[carer[todo]] - age[todo] > 50)]
    older = np.searchsorted(age[by_age], age[lost] + 30)
    carer[lost] = by_age[np.minimum(older, len(by_age) - 1)]
    return carer, _twins(rng, carer, born)


def _siblings(carer: IntArray, born: IntArray) -> IntArray:
    rows = np.flatnonzero(carer >= 0)
    return rows[np.lexsort((rows, born[rows], carer[rows]))]


def _too_close(carer: IntArray, born: IntArray) -> BoolArray:
    close = np.zeros(len(carer), dtype=np.bool_)
    rows = _siblings(carer, born)
    near = (np.diff(carer[rows]) == 0) & (np.diff(born[rows]) < _MIN_SIBLING_DAYS)
    close[rows[1:][near]] = True
    return close


def _twins(rng: np.random.Generator, carer: IntArray, born: IntArray) -> IntArray:
    """Give some siblings the same birth day, and those who are too close in age to the older one."""
    rows = _siblings(carer, born)
    starts = np.ones(len(rows), dtype=np.bool_)
    gap = np.where(rng.random(max(len(rows) - 1, 0)) < _TWINS, 4 * 365, _MIN_SIBLING_DAYS)
    starts[1:] = (np.diff(carer[rows]) != 0) | (np.diff(born[rows]) >= gap)
    born[rows] = born[rows[np.maximum.accumulate(np.where(starts, np.arange(len(rows)), 0))]]
    return born


def _shared_flats(
    rng: np.random.Generator, house: IntArray, barri: IntArray, may: BoolArray
) -> tuple[IntArray, BoolArray]:
    """Households in which some of the young live by fours, and who shares one."""
    return _gathered(rng, house, barri, barri, np.flatnonzero(may & (rng.random(len(house)) < 0.85)), 4)


def _care_homes(
    rng: np.random.Generator, house: IntArray, barri: IntArray, may: BoolArray, age: FloatArray, share: float
) -> tuple[IntArray, BoolArray]:
    """Homes of some sixty old people each, mostly of one district, and who lives in one."""
    rows = np.flatnonzero(may)
    count = min(len(rows), round(share * len(house)))
    residents = rows[top(rng, age[rows] / 6, count)]
    return _gathered(rng, house, barri, np.zeros_like(barri), residents, _RESIDENTS)


def _gathered(
    rng: np.random.Generator, house: IntArray, barri: IntArray, place: IntArray, members: IntArray, size: int
) -> tuple[IntArray, BoolArray]:
    """Neighbours live together by so many, of one place; who is left alone lives alone."""
    members = members[np.lexsort((rng.random(len(members)), barri[members]))]
    first = np.arange(len(members)) // size * size
    same = place[members] == place[members[first]]
    house[members] = np.where(same, members[first], members)
    together = np.zeros(len(house), dtype=np.bool_)
    together[members] = np.bincount(house[members], minlength=len(house))[house[members]] > 1
    return house, together


def _childrens(rng: np.random.Generator, country: IntArray, mother: IntArray, father: IntArray) -> IntArray:
    spain = table("countries")["country"].to_list().index("ES")
    first, second = np.where(mother >= 0, mother, father), np.where(father >= 0, father, mother)
    is_spanish = (country[first] == spain) | (country[second] == spain) | (rng.random(len(country)) < 0.25)
    return np.where(first < 0, country, np.where(is_spanish, spain, country[first]))
