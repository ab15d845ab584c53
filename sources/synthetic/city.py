"""A city simulated from a seed: its people once, then one set of extracts per night, then the truth.

The same arguments write the same bytes, and one night more leaves the nights before as they were.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from sources.synthetic import atencions, contribuents, iris, padro, tax_objects
from sources.synthetic.addresses import make_addresses
from sources.synthetic.contacts import make_contacts
from sources.synthetic.delivery import deliver
from sources.synthetic.documents import make_documents
from sources.synthetic.draws import rates, table
from sources.synthetic.households import make_households
from sources.synthetic.names import make_names
from sources.synthetic.organisations import make_organisations
from sources.synthetic.people import CityPlan, make_people, settle
from sources.synthetic.truth import mention_rows, mentions_of_nobody, organisation_rows, write_truth

_SMALLEST = 100
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SimulationResult:
    """Rows written by source (`padro` …) and of `mentions`, and the business dates that have extracts."""

    counts: dict[str, int]
    business_dates: tuple[date, ...]


@dataclass(frozen=True)
class Registers:
    """What the registers say of everybody, the same in every snapshot."""

    padro: pl.DataFrame
    contribuents: pl.DataFrame
    tax_objects: pl.DataFrame
    organisations: pl.DataFrame


def simulate(
    out: Path, population: int, nights: int, seed: int, start: date, progress: Progress | None = None
) -> SimulationResult:
    """Write inbox files of a synthetic city for each night from `start`, and their truth, under `out`.

    Args:
        out: a `$FIL_HOME`; files are written to its `inbox/` and `truth/`.
        population: registered inhabitants on the start date, at least 100.
        nights: business dates, one after the other.
        seed: another seed is another city.
        start: the first business date.
        progress: called with what was just done, steps done and steps in all.

    Raises:
        ValueError: the population or the nights are too few.
    """
    if population < _SMALLEST or nights < 1 or seed < 0:
        raise ValueError(
            f"population {population}, nights {nights}, seed {seed}: at least {_SMALLEST}, 1 and 0 are needed"
        )
    plan = CityPlan(population, seed, start, rates())
    city = make_city(plan)
    register = padro.inscriptions(plan, city)
    organisations = make_organisations(plan, city)
    taxpayers = contribuents.register(plan, city, organisations)
    registers = Registers(register, taxpayers, tax_objects.holdings(plan, city, taxpayers), organisations)
    dates = tuple(start + timedelta(days=night) for night in range(nights))
    counts = dict.fromkeys(("padro", "contribuents", "objectes_tributaris", "atencions", "iris"), 0)
    mentions: list[pl.DataFrame] = []
    of_organisations: list[pl.DataFrame] = []
    for done, day in enumerate(dates, start=1):
        for source, rows, frame, theirs in _night(out, plan, city, registers, day):
            counts[source] += rows
            mentions.append(frame)
            of_organisations += theirs
        if progress:
            progress(day.isoformat(), done, nights)
    outsiders = contribuents.outsiders(plan, city)
    counts["mentions"] = write_truth(out, plan, city, outsiders, mentions, of_organisations, dates[-1])
    return SimulationResult(counts, dates)


def make_city(plan: CityPlan) -> pl.DataFrame:
    """One row per person, with everything true about them."""
    people = make_households(plan, make_people(plan))
    people = settle(plan, make_names(plan, people))
    people = make_contacts(plan, make_documents(plan, people))
    present, former = make_addresses(plan, people)
    countries = table("countries")[people["country"].to_numpy()]
    city = pl.concat([people, present, former.rename(lambda name: f"former_{name}")], how="horizontal")
    return city.with_columns(
        countries["country"].alias("country_code"),
        countries["ine_code"],
        person=pl.int_range(pl.len(), dtype=pl.Int64),
        birth_date=pl.lit(plan.start) + pl.duration(days="born_days"),
    )


def _night(
    out: Path, plan: CityPlan, city: pl.DataFrame, registers: Registers, day: date
) -> list[tuple[str, int, pl.DataFrame, list[pl.DataFrame]]]:
    """Deliver one night's files: source, rows, mentions of people and of organisations in each."""
    delivered: list[tuple[str, int, pl.DataFrame, list[pl.DataFrame]]] = []
    if day == plan.start or day.day == 1:
        snapshot = padro.snapshot(plan, registers.padro, day)
        deliver(out, "padro", f"padro_habitants_{day:%Y%m%d}.txt", padro.encoded(snapshot))
        delivered.append(("padro", snapshot.height, mention_rows("padro", snapshot, "nia"), []))
    if contribuents.is_delivered(plan, day):
        taxed = contribuents.snapshot(plan, registers.contribuents, day)
        deliver(out, "contribuents", f"contribuents_{day:%Y%m%d}.csv", contribuents.encoded(taxed), header_rows=1)
        people = taxed.filter(pl.col("person").is_not_null())
        organisations = organisation_rows("contribuents", taxed, "codi_contribuent", "error_types")
        representatives = mention_rows("contribuents", contribuents.representatives(taxed), "key")
        mentions = pl.concat([mention_rows("contribuents", people, "codi_contribuent"), representatives])
        delivered.append(("contribuents", taxed.height, mentions, [organisations]))
        held = registers.tax_objects.filter(pl.col("entered_on") <= day)
        content = tax_objects.encoded(held)
        deliver(out, "objectes_tributaris", f"objectes_tributaris_{day:%Y%m%d}.csv", content, header_rows=1)
        delivered.append(("objectes_tributaris", held.height, mentions_of_nobody(), []))
    attended = atencions.attentions(plan, city, day)
    deliver(out, "atencions", f"atencions_{day:%Y%m%d}.jsonl", atencions.encoded(attended))
    named = attended.filter("is_mention")
    delivered.append(("atencions", attended.height, mention_rows("atencions", named, "id"), []))
    cards = iris.cards(plan, city, registers.organisations, day)
    deliver(out, "iris", f"iris_fitxes_{day:%Y%m%d}.csv", iris.encoded(cards), header_rows=1)
    organisations = organisation_rows("iris", cards, "fitxa_id", "organisation_errors")
    mentions = mention_rows("iris", cards.filter("is_mention"), "fitxa_id")
    delivered.append(("iris", cards.height, mentions, [organisations]))
    return delivered
