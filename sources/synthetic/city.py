"""Simulates a city from a seed: first its people, then one set of extracts per night, then the truth.

The same arguments write the same bytes, and one more night does not change the nights before.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from sources.synthetic.base.delivery import deliver
from sources.synthetic.base.randomness import rates, table
from sources.synthetic.changes.corrections import make_corrections
from sources.synthetic.changes.expiry import make_expiries
from sources.synthetic.changes.identities import make_changes
from sources.synthetic.changes.moves import make_moves
from sources.synthetic.extracts import activitats, area_verda, bicing, contribuents, llicencies, padro, tax_objects
from sources.synthetic.extracts.proteccions import make_protections
from sources.synthetic.nights import Nights, Registers
from sources.synthetic.people import taxpayers
from sources.synthetic.people.addresses import make_addresses
from sources.synthetic.people.contacts import make_contacts
from sources.synthetic.people.documents import make_documents
from sources.synthetic.people.habits import add_habits
from sources.synthetic.people.households import make_households
from sources.synthetic.people.names import make_names
from sources.synthetic.people.organisations import administered, make_organisations
from sources.synthetic.people.population import LAST_DAY, CityPlan, make_people
from sources.synthetic.truth.events import events
from sources.synthetic.truth.truth_files import Truth, claim, settle, write_people

HISTORY_DAYS = 365
# The bounds of each option. Above 5 million people there are not enough document and telephone numbers. Events are
# drawn for LAST_DAY nights.
_POSSIBLE = {"population": (100, 5_000_000), "nights": (1, LAST_DAY), "seed": (0, 2**63 - 1), "history": (0, 1460)}
_ROWS = ("partner", "mother", "father")
Progress = Callable[[str, int, int], None]


class ImpossibleCity(ValueError):
    """An option is out of bounds; the message names the option, its value and its bounds."""


@dataclass(frozen=True)
class SimulationResult:
    """The rows written by source (`padro` …), the number of `mentions`, and the business dates with extracts."""

    counts: dict[str, int]
    business_dates: tuple[date, ...]


def check_possible(population: int, nights: int, seed: int, history_days: int) -> None:
    """Check the options of a city.

    Raises:
        ImpossibleCity: a number is too small or too large.
    """
    options = {"population": population, "nights": nights, "seed": seed, "history": history_days}
    for option, number in options.items():
        least, most = _POSSIBLE[option]
        if not least <= number <= most:
            raise ImpossibleCity(f"--{option} {number}: a city can be made with {least} to {most}; name such a number")


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
        population: inscriptions in force in the Padró on the start date.
        nights: number of consecutive business dates.
        seed: another seed gives another city.
        start: the first business date.
        history_days: days before the start; the first extracts contain the contacts of these days.
        progress: called with the name of the finished step, the number of finished steps and of all steps.

    Raises:
        ImpossibleCity: a number is too small or too large.
        OtherCity: `out` has extracts that are not of this city, or of later nights.
    """
    check_possible(population, nights, seed, history_days)
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
    happened = events(plan, city, organisations, dates[-1])
    write_people(out, plan, city, taxpayers.outsiders(plan, city), happened, dates[-1])
    settle(out)
    return SimulationResult(dict(counts), dates)


def _settled(plan: CityPlan) -> tuple[pl.DataFrame, Registers]:
    """The people with all their true values, and the content of the registers."""
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
        area_verda.permits(plan, city),
        bicing.subscriptions(plan, city),
    )
    return city, registers


def make_city(plan: CityPlan) -> pl.DataFrame:
    """One row per person, with all true values."""
    people = make_moves(plan, make_names(plan, make_households(plan, make_people(plan))))
    people = make_contacts(plan, make_documents(plan, add_habits(plan, people)))
    people = make_corrections(plan, make_changes(plan, people))
    people = make_expiries(plan, people).drop("dni", "nie", "nif_k")
    city = make_protections(plan, make_addresses(plan, people))
    countries = table("countries")
    # 32 bits are enough for days and row numbers.
    short = city.with_columns(pl.col("^.*_day$", "born_days", "^.*household$", *_ROWS).cast(pl.Int32))
    return short.with_columns(
        *(
            countries[name].gather(city[f"{when}country"]).alias(f"{when}{column}")
            for when in ("", "former_", "birth_")
            for column, name in (("country_code", "country"), ("ine_code", "ine_code"))
        ),
        person=pl.int_range(pl.len(), dtype=pl.Int64),
        birth_date=pl.lit(plan.start) + pl.duration(days="born_days"),
    )
