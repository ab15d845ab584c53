"""A city simulated from a seed: its people once, then one set of extracts per night, then the truth.

The same arguments write the same bytes, and one night more leaves the nights before as they were.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from sources.synthetic import activitats, contribuents, llicencies, padro, tax_objects, taxpayers
from sources.synthetic.addresses import make_addresses
from sources.synthetic.changes import make_changes
from sources.synthetic.contacts import make_contacts
from sources.synthetic.delivery import deliver
from sources.synthetic.documents import make_documents
from sources.synthetic.draws import rates, table
from sources.synthetic.expiry import make_expiries
from sources.synthetic.habits import add_habits
from sources.synthetic.households import make_households
from sources.synthetic.moves import make_moves
from sources.synthetic.names import make_names
from sources.synthetic.nights import Nights, Registers
from sources.synthetic.organisations import administered, make_organisations
from sources.synthetic.people import CityPlan, make_people
from sources.synthetic.proteccions import make_protections
from sources.synthetic.truth import Truth, claim, write_people

HISTORY_DAYS = 365
_SMALLEST = 100
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SimulationResult:
    """Rows written by source (`padro` …) and of `mentions`, and the business dates that have extracts."""

    counts: dict[str, int]
    business_dates: tuple[date, ...]


def simulate(
    out: Path,
    population: int,
    nights: int,
    seed: int,
    start: date,
    history_days: int = HISTORY_DAYS,
    progress: Progress | None = None,
) -> SimulationResult:
    """Write inbox files of a synthetic city for each night from `start`, and their truth, under `out`.

    Args:
        out: a `$FIL_HOME`; files are written to its `inbox/` and `truth/`.
        population: registered inhabitants on the start date, to within one in a hundred; at least 100.
        nights: business dates, one after the other.
        seed: another seed is another city.
        start: the first business date.
        history_days: days before the start whose contacts the first deliveries hold.
        progress: called with what was just done, steps done and steps in all.

    Raises:
        ValueError: the population or the nights are too few.
        OtherCity: `out` holds extracts that are not of this city, or of later nights than are asked for.
    """
    if population < _SMALLEST or nights < 1 or seed < 0 or history_days < 0:
        raise ValueError(
            f"population {population}, nights {nights}, seed {seed}, history {history_days}: "
            f"at least {_SMALLEST}, 1, 0 and 0 are needed"
        )
    plan = CityPlan(population, seed, start, rates(), history_days)
    claim(out, plan, nights)
    city, registers = _settled(plan)
    world = Nights(plan, city, registers)
    dates = tuple(start + timedelta(days=night) for night in range(nights))
    counts: Counter[str] = Counter()
    truth = Truth()
    for done, day in enumerate(dates, start=1):
        for delivery in world.deliveries(day):
            deliver(out, delivery)
            counts[delivery.source] += delivery.rows
            truth.add(delivery)
            del delivery
        if progress:
            progress(day.isoformat(), done, nights)
    counts["mentions"] = truth.write(out)
    organisations = registers.organisations
    del world, registers
    write_people(out, plan, city, taxpayers.outsiders(plan, city), organisations, dates[-1])
    return SimulationResult(dict(counts), dates)


def _settled(plan: CityPlan) -> tuple[pl.DataFrame, Registers]:
    """The people with everything true about them, and what the registers hold."""
    city = make_city(plan)
    organisations = make_organisations(plan, city)
    city = administered(city, organisations)
    taxpayers = contribuents.register(plan, city, organisations)
    registers = Registers(
        padro.inscriptions(plan, city),
        taxpayers,
        tax_objects.holdings(plan, city, taxpayers),
        organisations,
        llicencies.licences(plan, city, organisations),
        activitats.applications(plan, city),
    )
    return city, registers


def make_city(plan: CityPlan) -> pl.DataFrame:
    """One row per person, with everything true about them."""
    people = make_moves(plan, make_names(plan, make_households(plan, make_people(plan))))
    people = make_contacts(plan, make_documents(plan, add_habits(plan, people)))
    people = make_expiries(plan, make_changes(plan, people)).drop("dni", "nie", "nif_k")
    city = make_protections(plan, make_addresses(plan, people))
    countries = table("countries")
    return city.with_columns(
        *(
            countries[name].gather(city[f"{when}country"]).alias(f"{when}{column}")
            for when in ("", "former_", "birth_")
            for column, name in (("country_code", "country"), ("ine_code", "ine_code"))
        ),
        person=pl.int_range(pl.len(), dtype=pl.Int64),
        birth_date=pl.lit(plan.start) + pl.duration(days="born_days"),
    )
