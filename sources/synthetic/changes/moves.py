"""Moves: entries and departures, moves of households, weddings, separations, young people who leave home.

Each person moves within the city at most once in the drawn time. `identities.py` has the changes of identity.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import IntArray, stream, table, top, weighted
from sources.synthetic.people.population import FIRST_DAY, LAST_DAY, CityPlan

_NEVER = 10**6
_FIRST_MOVE = -1095
_YEARS = (LAST_DAY - FIRST_DAY) / 365


def make_moves(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add entry_cause, move_day, former_household, leaves_family, married_day and separated_day.

    `former_household` is the household before the move, null without a move. With `leaves_family`, others stay there.
    """
    rng = stream(plan.seed, "moves")
    people = _together(_entries(plan, rng, people))
    people = _households(plan, rng, people)
    people = _weddings(plan, rng, people)
    people = _separations(plan, rng, people)
    people = _grown_up(plan, rng, people)
    is_here = (pl.col("move_day") > pl.col("entry_day")) & (pl.col("move_day") < pl.col("exit_day").fill_null(_NEVER))
    barris = table("barris")
    drawn = weighted(rng, barris["persons"].cast(pl.Float64).to_numpy(), people.height)
    goes_far = pl.col("leaves_family") & pl.Series(rng.random(people.height) < plan.rates["moves"]["to_another_barri"])
    return people.with_columns(
        barri=pl.when(goes_far).then(pl.lit(barris["barri"].gather(drawn))).otherwise("barri"),
        move_day=pl.when(is_here).then("move_day"),
        former_household=pl.when(is_here).then("former_household"),
        leaves_family=(pl.col("leaves_family") & is_here).fill_null(False),
    )


def _entries(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Set entry days: babies some days after birth, people born abroad at some time, minors with their carer."""
    size = people.height
    later = (pl.col("born_days") * (1 - pl.Series(rng.beta(4, 2, size)))).cast(pl.Int64)
    is_native = (pl.col("entry_day") <= pl.col("born_days")) & ~pl.col("is_born_abroad")
    came = pl.col("is_born_abroad") & (pl.col("entry_day") <= pl.col("born_days"))
    inscribed = pl.col("born_days") + pl.Series(2 + rng.poisson(plan.rates["births"]["inscribed_after_days"], size))
    omitted = pl.Series(rng.random(size) < plan.rates["moves"]["omitted"])
    carers = pl.col("entry_day").gather(pl.coalesce("mother", "father"))
    return (
        people.with_columns(
            entry_day=pl.when(came).then(later).when(is_native).then(inscribed).otherwise("entry_day"),
            is_native=is_native,
        )
        .with_columns(carers_day=pl.when(pl.col("age") < 18).then(carers).fill_null(-(10**6)))
        .with_columns(
            entry_day=pl.max_horizontal("entry_day", "carers_day"),
            entry_cause=pl.when(pl.col("is_native") & (pl.col("entry_day") >= pl.col("carers_day")))
            .then(pl.lit("AN"))
            .when(omitted)
            .then(pl.lit("AO"))
            .otherwise(pl.lit("AC")),
        )
        .drop("is_native", "carers_day")
    )


def _together(people: pl.DataFrame) -> pl.DataFrame:
    """A family leaves with its head; a parent of a child born in the drawn time neither leaves nor dies in it."""
    bearing = people.filter(pl.col("born_days") > 0).select(pl.coalesce("mother", "father", "household")).to_series()
    house = people["household"].gather(bearing)
    stays = pl.col("household").is_in(house.implode()) & (pl.col("exit_cause") == "BC")
    stays = stays | pl.int_range(pl.len()).is_in(bearing.implode())
    people = people.with_columns(
        pl.when(~stays.fill_null(False)).then(name).alias(name) for name in ("exit_day", "exit_cause")
    )
    heads = people.select(pl.col("exit_day", "exit_cause").gather(pl.col("household")).name.prefix("head_"))
    is_family = pl.col("living") == "family"
    goes = (
        is_family
        & (pl.col("head_exit_cause") == "BC")
        & (pl.col("exit_cause").is_null() | (pl.col("exit_cause") == "BC"))
    )
    alone = is_family & (pl.col("exit_cause") == "BC")
    people = pl.concat([people, heads], how="horizontal").with_columns(
        pl.when(goes.fill_null(False)).then(f"head_{name}").when(~alone.fill_null(False)).then(name).alias(name)
        for name in ("exit_day", "exit_cause")
    )
    is_sound = pl.col("exit_day") > pl.max_horizontal("entry_day", "born_days")
    return people.drop("head_exit_day", "head_exit_cause").with_columns(
        pl.when(is_sound).then(name).alias(name) for name in ("exit_day", "exit_cause")
    )


def _households(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """A family moves on one day; people in shared flats and care homes move alone."""
    day = rng.integers(_FIRST_MOVE, LAST_DAY, people.height)
    has = rng.random(people.height) < plan.rates["moves"]["households"] * (LAST_DAY - _FIRST_MOVE) / 365
    drawn = pl.lit(pl.Series("day", np.where(has, day, _NEVER)))
    is_family = pl.col("living") == "family"
    day_of = pl.when(is_family).then(drawn.gather(pl.col("household"))).otherwise(drawn)
    return people.with_columns(
        move_day=pl.when(day_of < _NEVER).then(day_of),
        former_household=pl.when(is_family).then("household").otherwise(pl.int_range(pl.len())),
        leaves_family=pl.lit(False),
    )


def _weddings(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Couples without children marry; some of them move from two dwellings into one."""
    parents = pl.concat([people["mother"], people["father"]]).drop_nulls().unique()
    couples = _couples(people).filter(
        ~pl.col("row").is_in(parents.implode()), ~pl.col("partner").is_in(parents.implode())
    )
    count = min(couples.height, round(plan.rates["moves"]["weddings"] * plan.population * _YEARS))
    couples = couples[top(rng, -np.abs(couples["age"].to_numpy() - 33) / 8, count)]
    joins = rng.random(count) < plan.rates["moves"]["weddings_join_households"]
    days = rng.integers(FIRST_DAY, LAST_DAY, couples.height)
    moves = _spread(people.height, couples, np.where(joins, days, _NEVER))
    return people.with_columns(
        married_day=_days(_spread(people.height, couples, days)),
        move_day=pl.when(pl.Series(moves < _NEVER)).then(pl.Series(moves)).otherwise("move_day"),
        former_household=pl.when(pl.Series(moves < _NEVER)).then(pl.int_range(pl.len())).otherwise("former_household"),
    )


def _separations(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """One of the couple leaves; the children and the dwelling stay with the other."""
    couples = _couples(people).filter(pl.col("married_day").is_null())
    count = min(couples.height, round(plan.rates["moves"]["separations"] * plan.population * _YEARS))
    couples = couples[top(rng, -np.abs(couples["age"].to_numpy() - 44) / 12, count)]
    days = rng.integers(FIRST_DAY, LAST_DAY, couples.height)
    houses = couples["row"]
    people = people.with_columns(
        separated_day=_days(_spread(people.height, couples, days)),
        move_day=pl.when(~pl.col("household").is_in(houses.implode())).then("move_day"),
    )
    leaving = np.full(people.height, _NEVER)
    leaving[couples["partner"].to_numpy()] = days
    return _leaving(people, leaving)


def _grown_up(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Some young people leave a family that has not moved."""
    size = people.height
    is_settled = pl.col("move_day").is_null().all().over("household") & pl.col("separated_day").is_null().all().over(
        "household"
    )
    is_grown = pl.coalesce("mother", "father").is_not_null() & pl.col("age").is_between(19, 32)
    may = people.select(is_settled & is_grown & (pl.col("living") == "family")).to_series().to_numpy()
    goes = may & (rng.random(size) < plan.rates["moves"]["grown_up_leave"] * _YEARS)
    return _leaving(people, np.where(goes, rng.integers(FIRST_DAY, LAST_DAY, size), _NEVER))


def _leaving(people: pl.DataFrame, days: IntArray) -> pl.DataFrame:
    """Give people who leave a household, on a day when they are here, their own household, named by their row."""
    day = pl.lit(pl.Series(days))
    goes = (day > pl.col("entry_day")) & (day < pl.col("exit_day").fill_null(_NEVER)) & (day < _NEVER)
    return people.with_columns(
        household=pl.when(goes).then(pl.int_range(pl.len(), dtype=pl.Int64)).otherwise("household"),
        former_household=pl.when(goes).then("household").otherwise("former_household"),
        move_day=pl.when(goes).then(pl.Series(days)).otherwise("move_day"),
        leaves_family=pl.col("leaves_family") | goes,
    )


def _couples(people: pl.DataFrame) -> pl.DataFrame:
    """One row per couple that heads a family and is here in the whole drawn time: row and partner, lower row first."""
    frame = people.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    is_here = (pl.col("entry_day") < FIRST_DAY) & pl.col("exit_day").is_null()
    both_here = is_here & is_here.gather(pl.col("partner"))
    columns = [name for name in ("row", "partner", "age", "married_day") if name in frame.columns]
    return frame.filter(pl.col("partner") > pl.col("row"), pl.col("living") == "family", both_here).select(columns)


def _spread(size: int, couples: pl.DataFrame, days: IntArray) -> IntArray:
    """The days of couples at the rows of both partners, `_NEVER` at all others."""
    spread = np.full(size, _NEVER)
    for name in ("row", "partner"):
        spread[couples[name].to_numpy()] = days
    return spread


def _days(days: IntArray) -> pl.Series:
    return pl.Series(days).set(pl.Series(days >= _NEVER), None)
