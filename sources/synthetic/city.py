"""A city simulated from a seed: its people once, then one set of extracts per night, then the truth.

The same arguments write the same bytes, and one night more leaves the nights before as they were.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from sources.synthetic import (
    activitats,
    atencions,
    campanyes,
    cita_previa,
    consentiments,
    contribuents,
    directory,
    enquestes,
    geography,
    hisenda,
    iris,
    llicencies,
    padro,
    subscripcions,
    tax_objects,
    tramits,
)
from sources.synthetic.addresses import make_addresses
from sources.synthetic.changes import make_changes
from sources.synthetic.contacts import make_contacts
from sources.synthetic.delivery import deliver
from sources.synthetic.documents import make_documents
from sources.synthetic.draws import rates, table
from sources.synthetic.expiry import make_expiries
from sources.synthetic.households import make_households
from sources.synthetic.moves import make_moves
from sources.synthetic.names import make_names
from sources.synthetic.organisations import make_organisations
from sources.synthetic.people import CityPlan, make_people
from sources.synthetic.truth import claim, mention_rows, organisation_rows, write_truth

_SMALLEST = 100
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SimulationResult:
    """Rows written by source (`padro` …) and of `mentions`, and the business dates that have extracts."""

    counts: dict[str, int]
    business_dates: tuple[date, ...]


@dataclass(frozen=True)
class Registers:
    """What is the same every night, but for what has not begun or ended yet."""

    padro: pl.DataFrame
    contribuents: pl.DataFrame
    tax_objects: pl.DataFrame
    organisations: pl.DataFrame
    licences: pl.DataFrame
    summer: pl.DataFrame


@dataclass(frozen=True)
class Delivery:
    """A file, how many rows it has, and the truth of the people and organisations that its rows name."""

    source: str
    name: str
    content: bytes
    rows: int
    people: tuple[pl.DataFrame, ...] = ()
    organisations: tuple[pl.DataFrame, ...] = ()


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
        OtherCity: `out` holds extracts that are not of this city.
    """
    if population < _SMALLEST or nights < 1 or seed < 0:
        raise ValueError(
            f"population {population}, nights {nights}, seed {seed}: at least {_SMALLEST}, 1 and 0 are needed"
        )
    plan = CityPlan(population, seed, start, rates())
    claim(out, plan)
    city = make_city(plan)
    register = padro.inscriptions(plan, city)
    organisations = make_organisations(plan, city)
    taxpayers = contribuents.register(plan, city, organisations)
    registers = Registers(
        register,
        taxpayers,
        tax_objects.holdings(plan, city, taxpayers),
        organisations,
        llicencies.licences(plan, city, organisations),
        activitats.applications(plan, city),
    )
    dates = tuple(start + timedelta(days=night) for night in range(nights))
    counts: Counter[str] = Counter()
    mentions: list[pl.DataFrame] = []
    of_organisations: list[pl.DataFrame] = []
    for done, day in enumerate(dates, start=1):
        for one in _night(plan, city, registers, day):
            deliver(out, one.source, one.name, one.content, one.rows)
            counts[one.source] += one.rows
            mentions += one.people
            of_organisations += one.organisations
        if progress:
            progress(day.isoformat(), done, nights)
    outsiders = contribuents.outsiders(plan, city)
    counts["mentions"] = write_truth(out, plan, city, outsiders, organisations, mentions, of_organisations, dates[-1])
    return SimulationResult(dict(counts), dates)


def make_city(plan: CityPlan) -> pl.DataFrame:
    """One row per person, with everything true about them."""
    people = make_moves(plan, make_names(plan, make_households(plan, make_people(plan))))
    people = make_contacts(plan, make_documents(plan, people))
    people = make_expiries(plan, make_changes(plan, people)).drop("dni", "nie", "nif_k")
    city = make_addresses(plan, people)
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


def _night(plan: CityPlan, city: pl.DataFrame, registers: Registers, day: date) -> Iterator[Delivery]:
    """One night's files, in the order in which their sources are named in the registry."""
    yield from _padro(plan, registers, day)
    if day == plan.start:
        streets, points = directory.streets(), directory.address_points()
        yield Delivery("carrers", f"carrerer_{day:%Y%m%d}.csv", directory.encoded(streets), streets.height)
        yield Delivery("adreces", f"adreces_{day:%Y%m%d}.csv", directory.encoded(points), points.height)
    yield from _taxes(plan, registers, day)
    attended = atencions.attentions(plan, city, day)
    yield Delivery(
        "atencions",
        f"atencions_{day:%Y%m%d}.jsonl",
        atencions.encoded(attended),
        attended.height,
        (mention_rows("atencions", attended.filter("is_mention"), "id"),),
    )
    cards = iris.cards(plan, city, registers.organisations, day)
    yield Delivery(
        "iris",
        f"iris_fitxes_{day:%Y%m%d}.csv",
        iris.encoded(cards),
        cards.height,
        (mention_rows("iris", cards.filter("is_mention"), "fitxa_id"),),
        (organisation_rows("iris", cards, "fitxa_id", "organisation_errors"),),
    )
    begun = tramits.procedures(plan, city, registers.organisations, day)
    yield Delivery(
        "tramits",
        f"tramits_{day:%Y%m%d}.xml",
        tramits.encoded(begun),
        begun.height,
        (mention_rows("tramits", begun, "num_expedient"),),
        (organisation_rows("tramits", begun, "num_expedient", "organisation_errors"),),
    )
    visits = cita_previa.visits(plan, city, day)
    yield Delivery(
        "cita_previa",
        f"cita_previa_{day:%Y%m%d}.csv",
        cita_previa.encoded(visits),
        visits.height,
        (mention_rows("cita_previa", visits.filter("is_mention"), "key"),),
    )
    if llicencies.is_delivered(plan, day):
        held = llicencies.snapshot(plan, registers.licences, day)
        yield Delivery(
            "llicencies_via_publica",
            f"llicencies_via_publica_{day:%Y%m%d}.xlsx",
            llicencies.encoded(held),
            held.height,
            (mention_rows("llicencies_via_publica", held, "num_llicencia"),),
            (organisation_rows("llicencies_via_publica", held, "num_llicencia", "error_types"),),
        )
    if activitats.is_delivered(plan, day):
        asked = activitats.known_by(plan, registers.summer, day)
        guardians = activitats.guardians(asked)
        yield Delivery(
            "activitats_estiu",
            f"activitats_estiu_{day:%Y%m%d}.zip",
            activitats.encoded(asked, day),
            asked.height,
            (
                mention_rows("activitats_estiu", asked, "num_inscripcio"),
                mention_rows("activitats_estiu", guardians, "key"),
            ),
        )
    yield from _communication(plan, city, attended, day)


def _communication(plan: CityPlan, city: pl.DataFrame, attended: pl.DataFrame, day: date) -> Iterator[Delivery]:
    """What people consented to and asked for, what became of messages, how satisfied they are, and what is where."""
    decided = consentiments.decisions(plan, city, day)
    truth = mention_rows("consentiments", decided, "id")
    content = consentiments.encoded(decided)
    yield Delivery("consentiments", f"consentiments_{day:%Y%m%d}.jsonl", content, decided.height, (truth,))
    changed = subscripcions.changed(plan, city, day)
    truth = mention_rows("subscripcions", changed, "id_subscripcio")
    content = subscripcions.encoded(changed)
    yield Delivery("subscripcions", f"subscripcions_{day:%Y%m%d}.csv", content, changed.height, (truth,))
    events = campanyes.events(plan, city, day)
    yield Delivery("campanyes", f"campanyes_{day:%Y%m%d}.parquet", campanyes.encoded(events), events.height)
    answers = enquestes.answers(plan, attended, day)
    yield Delivery("enquestes", f"enquestes_{day:%Y%m%d}.csv", enquestes.encoded(answers), answers.height)
    if geography.is_delivered(plan, day):
        zones = geography.zones(plan, day)
        yield Delivery("zones", f"zones_{day:%Y%m%d}.geojson", geography.encoded(zones), len(zones))
    if day == plan.start:
        network = geography.bus_network(plan)
        yield Delivery("linies_bus", f"linies_bus_{day:%Y%m%d}.geojson", geography.encoded(network), len(network))


def _padro(plan: CityPlan, registers: Registers, day: date) -> Iterator[Delivery]:
    """In full on the first night and on the first of a month; what varied on every other one."""
    snapshot = padro.snapshot(plan, registers.padro, day)
    if day == plan.start or day.day == 1:
        truth = mention_rows("padro", snapshot, "nia")
        name = f"padro_habitants_{day:%Y%m%d}.txt"
        yield Delivery("padro", name, padro.encoded(snapshot), snapshot.height, (truth,))
    if day > plan.start:
        varied = padro.variations(plan, registers.padro, day)
        name = f"padro_variacions_{day:%Y%m%d}.txt"
        # An inscription is one mention, whichever of the two files tells it.
        truth = mention_rows("padro", varied, "nia")
        yield Delivery("padro_variacions", name, padro.encoded(varied), varied.height, (truth,))


def _taxes(plan: CityPlan, registers: Registers, day: date) -> Iterator[Delivery]:
    if contribuents.is_delivered(plan, day):
        taxed = contribuents.snapshot(plan, registers.contribuents, day)
        yield Delivery(
            "contribuents",
            f"contribuents_{day:%Y%m%d}.csv",
            contribuents.encoded(taxed),
            taxed.height,
            (
                mention_rows("contribuents", taxed, "codi_contribuent"),
                mention_rows("contribuents", contribuents.representatives(taxed, "codi_contribuent"), "key"),
            ),
            (organisation_rows("contribuents", taxed, "codi_contribuent", "error_types"),),
        )
        held = registers.tax_objects.filter(pl.col("entered_on") <= day)
        name = f"objectes_tributaris_{day:%Y%m%d}.csv"
        yield Delivery("objectes_tributaris", name, tax_objects.encoded(held), held.height)
    changed = hisenda.changed(plan, registers.contribuents, registers.tax_objects, day)
    yield Delivery(
        "tramits_hisenda",
        f"tramits_hisenda_{day:%Y%m%d}.csv",
        hisenda.encoded(changed),
        changed.height,
        (
            mention_rows("tramits_hisenda", changed, "num_expedient"),
            mention_rows("tramits_hisenda", contribuents.representatives(changed, "num_expedient"), "key"),
        ),
        (organisation_rows("tramits_hisenda", changed, "num_expedient", "error_types"),),
    )
