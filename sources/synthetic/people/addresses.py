"""Dwellings: full padronal (`home`), street, number, door, postcode and point, all within the barri and census section.

One building always lies in one section, at one point.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import FloatArray, IntArray, stream, table, weighted
from sources.synthetic.people.population import CityPlan

ADDRESS = (
    "home", "street_code", "type_ca", "type_es", "type_ine", "name", "postcode", "number", "floor", "door", "district",
    "address_barri", "section", "aeb", "x", "y",
)  # fmt: skip
_FLOORS = ("BJ", "EN", "PR", "001", "002", "003", "004", "005", "006", "AT")
_INTEGERS = ("first", "last", "street_code")


def make_addresses(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add ADDRESS, and `former_…` for the dwelling before the last move; null without a move."""
    households, member = np.unique(people["household"].to_numpy(), return_inverse=True)
    present = _in_barris(plan, "present", people["barri"].gather(households))
    barris = table("barris")
    left = (
        people.filter(pl.col("former_household").is_not_null() & ~pl.col("leaves_family"))["former_household"]
        .unique()
        .sort()
    )
    rng = stream(plan.seed, "former barris")
    drawn = barris["barri"].gather(weighted(rng, barris["persons"].cast(pl.Float64).to_numpy(), len(left)))
    dwellings = (
        pl.concat([present, _in_barris(plan, "former", drawn)]).with_row_index("home", offset=1).select(*ADDRESS)
    )
    homes = pl.concat([pl.Series(households), left]).alias("household")
    of = pl.DataFrame({"household": homes, "is_present": np.arange(len(homes)) < len(households)}).with_row_index("row")
    # A person who leaves a family leaves its present dwelling.
    before = people.select(household="former_household", is_present="leaves_family")
    former = before.join(of, on=["household", "is_present"], how="left", maintain_order="left")["row"]
    gone = dwellings.select(pl.all().gather(former)).rename(lambda name: f"former_{name}")
    return pl.concat([people, dwellings[member], gone], how="horizontal")


def _in_barris(plan: CityPlan, name: str, barri: pl.Series) -> pl.DataFrame:
    rng = stream(plan.seed, "addresses", name)
    size = len(barri)
    streets = table("streets").with_columns(pl.col(_INTEGERS).cast(pl.Int64), pl.col("weight").cast(pl.Float64))
    row = _within(rng, barri, streets["barri"], streets["weight"])
    drawn = streets[row].drop("barri", "weight")
    first, last = (drawn[column].to_numpy() for column in ("first", "last"))
    number = first + np.floor(rng.random(size) * (last - first + 1)).astype(np.int64)
    frame = drawn.drop("first", "last").with_columns(
        number=pl.Series(number),
        floor=pl.Series(_FLOORS).gather(weighted(rng, [3, 3, 8, 20, 18, 16, 12, 9, 6, 5], size)),
        door=pl.Series(rng.integers(1, 5, size)).cast(pl.String).str.zfill(4),
    )
    return pl.concat([frame, points(barri, drawn["street_code"].to_numpy(), number)], how="horizontal")


def _within(rng: np.random.Generator, barri: pl.Series, of: pl.Series, weight: pl.Series) -> IntArray:
    """A row of a table sorted by barri, for each barri one of its own."""
    bounds = pl.DataFrame({"barri": of.cast(pl.Int64), "weight": weight}).select(
        pl.col("barri") + pl.col("weight").cum_sum().over("barri") / pl.col("weight").sum().over("barri")
    )
    draw = barri.cast(pl.Int64).to_numpy() + rng.random(len(barri)) * 0.9999999
    return np.searchsorted(bounds.to_series().to_numpy(), draw, side="right").astype(np.int64)


def block_share(street: IntArray, number: IntArray) -> FloatArray:
    """The position of a building in the order of its barri's sections, from 0 to 1."""
    share: FloatArray = (street * 7919 + number // 20 * 104729) % 99991 / 99991
    return share


def points(barri: pl.Series, street: IntArray, number: IntArray) -> pl.DataFrame:
    """Section and coordinates follow from the building alone."""
    sections = (
        table("sections").sort("barri", "section").with_columns(pl.col("x", "y", "area_m2", "reach_m").cast(pl.Float64))
    )
    # Some twenty numbers in a row share a section.
    block = block_share(street, number)
    counts = sections.group_by("barri", maintain_order=True).len()
    start = dict(zip(counts["barri"], counts["len"].cum_sum() - counts["len"], strict=True))
    first = barri.replace_strict(start, return_dtype=pl.Int64).to_numpy()
    length = barri.replace_strict(dict(counts.iter_rows()), return_dtype=pl.Int64).to_numpy()
    chosen = sections[first + np.floor(block * length).astype(np.int64)]
    # No farther than the barri itself reaches.
    radius = np.sqrt(np.minimum(chosen["area_m2"].to_numpy(), 60_000.0)) / 3
    radius = np.fmin(radius, chosen["reach_m"].to_numpy())
    turn = (street * 31 + number * 17) % 997 / 997 * 2 * np.pi
    points: pl.DataFrame = chosen.select(
        "district",
        pl.col("barri").alias("address_barri"),
        "section",
        "aeb",
        x=pl.col("x") + pl.Series(radius * np.cos(turn)),
        y=pl.col("y") + pl.Series(radius * np.sin(turn)),
    )
    return points
