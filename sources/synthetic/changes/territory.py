"""Changes of census sections: from a day on, a block of twenty house numbers belongs to another section.

The street directory has the new sections from the start; the Padró has them from that day (variation MN).
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import stream, table
from sources.synthetic.people.addresses import block_share
from sources.synthetic.people.population import FIRST_DAY, LAST_DAY, CityPlan

_YEARS = (LAST_DAY - FIRST_DAY) / 365
_BLOCK = 20
_KEY = ["street_code", "block", "address_barri"]
# The columns of an address that identify its block.
ADDRESS_OF_BLOCK = ("street_code", "number", "address_barri")


def changed_blocks(plan: CityPlan) -> pl.DataFrame:
    """One row per block of numbers that changes: street_code, block, address_barri, day, section_before, aeb_before."""
    rng = stream(plan.seed, "territory")
    streets = table("streets").cast({"first": pl.Int64, "last": pl.Int64, "street_code": pl.Int64})
    blocks = streets.select(
        "street_code",
        address_barri="barri",
        block=pl.int_ranges(pl.col("first") // _BLOCK, pl.col("last") // _BLOCK + 1),
    )
    blocks = blocks.explode("block").unique(_KEY, maintain_order=True)
    size = blocks.height
    changes = pl.Series(rng.random(size) < plan.rates["corrections"]["sections_changed"] * _YEARS)
    blocks = blocks.with_columns(day=pl.Series(rng.integers(FIRST_DAY, LAST_DAY, size))).filter(changes)
    sections = table("sections").sort("barri", "section").with_columns(place=pl.int_range(pl.len()).over("barri"))
    count = sections.group_by(address_barri="barri").agg(count=pl.len().cast(pl.Int64))
    blocks = blocks.join(count, on="address_barri", maintain_order="left")
    share = block_share(blocks["street_code"].to_numpy(), blocks["block"].to_numpy() * _BLOCK)
    place = np.floor(share * blocks["count"].to_numpy()).astype(np.int64)
    # The former section is the next one of the barri, if there is one.
    before = blocks.with_columns(place=(pl.Series(place) + 1) % pl.col("count")).filter(pl.col("count") > 1)
    known = sections.select("place", address_barri="barri", section_before="section", aeb_before="aeb")
    return before.join(known, on=["address_barri", "place"], maintain_order="left").select(
        *_KEY, "day", "section_before", "aeb_before"
    )


def in_blocks(addresses: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """The change of each address's block (day, section_before, aeb_before); null if its section never changes."""
    keyed = addresses.select("street_code", "address_barri", block=pl.col("number") // _BLOCK)
    return keyed.join(blocks, on=_KEY, how="left", maintain_order="left").select("day", "section_before", "aeb_before")


def census_section_changes(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """The events (person, kind, day) of inscribed people who live in a block on the day of its change."""
    blocks = changed_blocks(plan)
    now = in_blocks(people.select(ADDRESS_OF_BLOCK), blocks)["day"]
    former = people.select(pl.col(f"former_{name}").alias(name) for name in ADDRESS_OF_BLOCK)
    before = in_blocks(former, blocks)["day"]
    moved = pl.col("move_day")
    events = [
        people.select("person", "entry_day", "exit_day", day=pl.when(where).then(day))
        for day, where in ((now, moved.is_null() | (moved < now)), (before, moved > before))
    ]
    is_inscribed = (pl.col("entry_day") < pl.col("day")) & (
        pl.col("exit_day").is_null() | (pl.col("exit_day") > pl.col("day"))
    )
    return pl.concat(events).filter(is_inscribed).select("person", "day", kind=pl.lit("section_changed"))
