"""One night's deliveries, source by source: which are due, and the truth of their rows.

What a source's rows say is made in its own module.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

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
    proteccions,
    subscripcions,
    tax_objects,
    tramits,
)
from sources.synthetic.calendar import Period, period_of
from sources.synthetic.cases import OpenCases
from sources.synthetic.delivery import Delivery
from sources.synthetic.people import CityPlan
from sources.synthetic.refusals import Fault, refused_rows, spoil
from sources.synthetic.truth import mention_rows, organisation_rows, somebodys_rows


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
class Nights:
    """A city's nights, asked for one after the other: the cases that are open are carried from each to the next."""

    plan: CityPlan
    city: pl.DataFrame
    registers: Registers
    cases: dict[str, OpenCases] = field(default_factory=lambda: defaultdict(OpenCases))

    def deliveries(self, day: date) -> Iterator[Delivery]:
        """The files of a night, one after the other: what one was made of is let go before the next is made."""
        period, plan = period_of(self.plan, day), self.plan
        is_first = day == plan.start
        if is_first or day.day == 1:
            yield self._padro(day)
        if not is_first:
            yield self._variations(day)
        yield self._protections(day)
        if contribuents.is_delivered(plan, day):
            yield self._taxpayers(day)
            yield self._tax_objects(day)
        yield self._tax_procedures(period, day)
        yield from self._attentions(period, day)
        yield self._cards(period, day)
        yield self._procedures(period, day)
        yield self._visits(period, day)
        if llicencies.is_delivered(plan, day):
            yield self._licences(day)
        if activitats.is_delivered(plan, day):
            yield self._summer(day)
        yield self._decisions(period, day)
        yield from self._subscriptions(period, day)
        yield from _places(plan, day)

    def _padro(self, day: date) -> Delivery:
        snapshot = padro.snapshot(self.plan, self.city, self.registers.padro, day)
        truth = mention_rows("padro", snapshot, "nia")
        name = f"padro_habitants_{day:%Y%m%d}.txt"
        return Delivery("padro", name, padro.encoded(snapshot), snapshot.height, (truth,))

    def _variations(self, day: date) -> Delivery:
        """An inscription is one mention, whichever of the two files tells it."""
        varied = padro.variations(self.plan, self.city, self.registers.padro, day)
        truth = mention_rows("padro", varied, "nia")
        name = f"padro_variacions_{day:%Y%m%d}.txt"
        return Delivery("padro_variacions", name, padro.encoded(varied), varied.height, (truth,))

    def _protections(self, day: date) -> Delivery:
        told = proteccions.snapshot(self.plan, self.city, day)
        name = f"proteccions_{day:%Y%m%d}.csv"
        truth = somebodys_rows("proteccions", told, "id_proteccio")
        return Delivery("proteccions", name, proteccions.encoded(told), told.height, of_somebody=(truth,))

    def _taxpayers(self, day: date) -> Delivery:
        taxed = contribuents.snapshot(self.plan, self.registers.contribuents, day)
        named = mention_rows("contribuents", taxed, "codi_contribuent")
        by = mention_rows("contribuents", contribuents.representatives(taxed, "codi_contribuent"), "key")
        organisations = organisation_rows("contribuents", taxed, "codi_contribuent", "error_types")
        name = f"contribuents_{day:%Y%m%d}.csv"
        content = contribuents.encoded(taxed)
        return Delivery("contribuents", name, content, taxed.height, (named, by), (organisations,))

    def _tax_objects(self, day: date) -> Delivery:
        held = self.registers.tax_objects.filter(pl.col("entered_on") <= day)
        name = f"objectes_tributaris_{day:%Y%m%d}.csv"
        return Delivery("objectes_tributaris", name, tax_objects.encoded(held), held.height)

    def _tax_procedures(self, period: Period, day: date) -> Delivery:
        begun = hisenda.begun(self.plan, self.registers.contribuents, self.registers.tax_objects, period)
        told = hisenda.as_told(self.cases["tramits_hisenda"].told_on(begun, day))
        named = mention_rows("tramits_hisenda", told, "num_expedient")
        by = mention_rows("tramits_hisenda", contribuents.representatives(told, "num_expedient"), "key")
        organisations = organisation_rows("tramits_hisenda", told, "num_expedient", "error_types")
        name = f"tramits_hisenda_{day:%Y%m%d}.csv"
        return Delivery("tramits_hisenda", name, hisenda.encoded(told), told.height, (named, by), (organisations,))

    def _attentions(self, period: Period, day: date) -> Iterator[Delivery]:
        """Attentions, and how satisfied the attended are."""
        attended = atencions.attentions(self.plan, self.city, period)
        answers = enquestes.answers(self.plan, attended, period)
        told = self._spoilt("atencions", attended, day, atencions.FAULTS)
        del attended
        yield Delivery(
            "atencions",
            f"atencions_{day:%Y%m%d}.jsonl",
            atencions.encoded(told),
            told.height,
            (mention_rows("atencions", told.filter("is_mention"), "id"),),
            refused=(refused_rows("atencions", told, "id", day),),
        )
        del told
        truth = somebodys_rows("enquestes", answers, "id_resposta")
        name = f"enquestes_{day:%Y%m%d}.csv"
        yield Delivery("enquestes", name, enquestes.encoded(answers), answers.height, of_somebody=(truth,))

    def _cards(self, period: Period, day: date) -> Delivery:
        opened = iris.opened(self.plan, self.city, self.registers.organisations, period)
        cards = iris.as_told(self.cases["iris"].told_on(opened, day))
        cards = self._spoilt("iris", cards, day, iris.FAULTS)
        return Delivery(
            "iris",
            f"iris_fitxes_{day:%Y%m%d}.csv",
            iris.encoded(cards),
            cards.height,
            (mention_rows("iris", cards.filter("is_mention"), "fitxa_id"),),
            (organisation_rows("iris", cards, "fitxa_id", "organisation_errors"),),
            refused=(refused_rows("iris", cards, "fitxa_id", day),),
        )

    def _procedures(self, period: Period, day: date) -> Delivery:
        begun = tramits.begun(self.plan, self.city, self.registers.organisations, period)
        told = tramits.as_told(self.cases["tramits"].told_on(begun, day))
        told = self._spoilt("tramits", told, day, tramits.FAULTS)
        return Delivery(
            "tramits",
            f"tramits_{day:%Y%m%d}.xml",
            tramits.encoded(told),
            told.height,
            (mention_rows("tramits", told, "num_expedient"),),
            (organisation_rows("tramits", told, "num_expedient", "organisation_errors"),),
            refused=(refused_rows("tramits", told, "num_expedient", day),),
        )

    def _visits(self, period: Period, day: date) -> Delivery:
        visits = self._spoilt("cita_previa", cita_previa.visits(self.plan, self.city, period), day, cita_previa.FAULTS)
        return Delivery(
            "cita_previa",
            f"cita_previa_{day:%Y%m%d}.csv",
            cita_previa.encoded(visits),
            visits.height,
            (mention_rows("cita_previa", cita_previa.keyed(visits), "key"),),
            refused=(refused_rows("cita_previa", visits, None, day),),
        )

    def _licences(self, day: date) -> Delivery:
        held = llicencies.snapshot(self.plan, self.registers.licences, day)
        return Delivery(
            "llicencies_via_publica",
            f"llicencies_via_publica_{day:%Y%m%d}.xlsx",
            llicencies.encoded(held),
            held.height,
            (mention_rows("llicencies_via_publica", held, "num_llicencia"),),
            (organisation_rows("llicencies_via_publica", held, "num_llicencia", "error_types"),),
        )

    def _summer(self, day: date) -> Delivery:
        asked = activitats.known_by(self.plan, self.registers.summer, day)
        return Delivery(
            "activitats_estiu",
            f"activitats_estiu_{day:%Y%m%d}.zip",
            activitats.encoded(asked, day),
            asked.height,
            (
                mention_rows("activitats_estiu", asked, "num_inscripcio"),
                mention_rows("activitats_estiu", activitats.guardians(asked), "key"),
            ),
            refused=(refused_rows("activitats_estiu", asked, "num_inscripcio", day),),
        )

    def _decisions(self, period: Period, day: date) -> Delivery:
        decided = consentiments.decisions(self.plan, self.city, period)
        decided = self._spoilt("consentiments", decided, day, consentiments.FAULTS)
        return Delivery(
            "consentiments",
            f"consentiments_{day:%Y%m%d}.jsonl",
            consentiments.encoded(decided),
            decided.height,
            (mention_rows("consentiments", decided, "id"),),
            refused=(refused_rows("consentiments", decided, "id", day),),
        )

    def _subscriptions(self, period: Period, day: date) -> Iterator[Delivery]:
        """What people asked to be told of, and what became of the messages."""
        cases = self.cases["subscripcions"]
        begun = subscripcions.begun(self.plan, self.city, self.registers.organisations, period)
        told = cases.told_on(begun, day)
        changed = self._spoilt("subscripcions", subscripcions.as_told(told), day, subscripcions.FAULTS)
        yield Delivery(
            "subscripcions",
            f"subscripcions_{day:%Y%m%d}.csv",
            subscripcions.encoded(changed),
            changed.height,
            (mention_rows("subscripcions", changed, "id_subscripcio"),),
            (organisation_rows("subscripcions", changed, "id_subscripcio", "organisation_errors"),),
            refused=(refused_rows("subscripcions", changed, "id_subscripcio", day),),
        )
        known = pl.concat([cases.open, told.select(cases.open.columns)])
        events = campanyes.events(self.plan, known.unique("id_subscripcio").sort("id_subscripcio"), period)
        truth = somebodys_rows("campanyes", events, "id_esdeveniment")
        name = f"campanyes_{day:%Y%m%d}.parquet"
        yield Delivery("campanyes", name, campanyes.encoded(events), events.height, of_somebody=(truth,))

    def _spoilt(self, source: str, frame: pl.DataFrame, day: date, faults: Mapping[str, Fault]) -> pl.DataFrame:
        return spoil(self.plan, frame, source, day.isoformat(), faults)


def _places(plan: CityPlan, day: date) -> Iterator[Delivery]:
    """Works zones, and what stays: the bus network and the street directory."""
    if geography.is_delivered(plan, day):
        zones = geography.zones(plan, day)
        yield Delivery("zones", f"zones_{day:%Y%m%d}.geojson", geography.encoded(zones), len(zones))
    if day > plan.start:
        return
    network = geography.bus_network(plan)
    yield Delivery("linies_bus", f"linies_bus_{day:%Y%m%d}.geojson", geography.encoded(network), len(network))
    streets, points = directory.streets(), directory.address_points()
    yield Delivery("carrers", f"carrerer_{day:%Y%m%d}.csv", directory.encoded(streets), streets.height)
    yield Delivery("adreces", f"adreces_{day:%Y%m%d}.csv", directory.encoded(points), points.height)
