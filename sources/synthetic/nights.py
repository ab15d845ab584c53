"""One night's deliveries, source by source, in the order of the registry: which are due, and the truth of their rows.

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
    subscripcions,
    tax_objects,
    tramits,
)
from sources.synthetic.calendar import period_of
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
        """The files of a night."""
        yield from self._padro(day)
        if day == self.plan.start:
            for source, name, frame in (
                ("carrers", "carrerer", directory.streets()),
                ("adreces", "adreces", directory.address_points()),
            ):
                yield Delivery(source, f"{name}_{day:%Y%m%d}.csv", directory.encoded(frame), frame.height)
        yield from self._taxes(day)
        attended = atencions.attentions(self.plan, self.city, period_of(self.plan, day))
        yield self._atencions(attended, day)
        yield from self._requests(day)
        yield from self._registers(day)
        yield from self._communication(attended, day)

    def _padro(self, day: date) -> Iterator[Delivery]:
        """In full on the first night and on the first of a month; what varied on every other one."""
        if day == self.plan.start or day.day == 1:
            snapshot = padro.snapshot(self.plan, self.registers.padro, day)
            truth = mention_rows("padro", snapshot, "nia")
            name = f"padro_habitants_{day:%Y%m%d}.txt"
            yield Delivery("padro", name, padro.encoded(snapshot), snapshot.height, (truth,))
        if day > self.plan.start:
            varied = padro.variations(self.plan, self.registers.padro, day)
            name = f"padro_variacions_{day:%Y%m%d}.txt"
            # An inscription is one mention, whichever of the two files tells it.
            truth = mention_rows("padro", varied, "nia")
            yield Delivery("padro_variacions", name, padro.encoded(varied), varied.height, (truth,))

    def _taxes(self, day: date) -> Iterator[Delivery]:
        plan, registers = self.plan, self.registers
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
        begun = hisenda.begun(plan, registers.contribuents, registers.tax_objects, period_of(plan, day))
        told = hisenda.as_told(self.cases["tramits_hisenda"].told_on(begun, day))
        yield Delivery(
            "tramits_hisenda",
            f"tramits_hisenda_{day:%Y%m%d}.csv",
            hisenda.encoded(told),
            told.height,
            (
                mention_rows("tramits_hisenda", told, "num_expedient"),
                mention_rows("tramits_hisenda", contribuents.representatives(told, "num_expedient"), "key"),
            ),
            (organisation_rows("tramits_hisenda", told, "num_expedient", "error_types"),),
        )

    def _atencions(self, attended: pl.DataFrame, day: date) -> Delivery:
        told = self._spoilt("atencions", attended, day, atencions.FAULTS)
        return Delivery(
            "atencions",
            f"atencions_{day:%Y%m%d}.jsonl",
            atencions.encoded(told),
            told.height,
            (mention_rows("atencions", told.filter("is_mention"), "id"),),
            refused=(refused_rows("atencions", told, "id", day),),
        )

    def _requests(self, day: date) -> Iterator[Delivery]:
        """Cards, procedures of the portal and visits."""
        plan, city, period = self.plan, self.city, period_of(self.plan, day)
        organisations = self.registers.organisations
        opened = iris.opened(plan, city, organisations, period)
        cards = iris.as_told(self.cases["iris"].told_on(opened, day))
        cards = self._spoilt("iris", cards, day, iris.FAULTS)
        yield Delivery(
            "iris",
            f"iris_fitxes_{day:%Y%m%d}.csv",
            iris.encoded(cards),
            cards.height,
            (mention_rows("iris", cards.filter("is_mention"), "fitxa_id"),),
            (organisation_rows("iris", cards, "fitxa_id", "organisation_errors"),),
            refused=(refused_rows("iris", cards, "fitxa_id", day),),
        )
        begun = tramits.begun(plan, city, organisations, period)
        told = tramits.as_told(self.cases["tramits"].told_on(begun, day))
        told = self._spoilt("tramits", told, day, tramits.FAULTS)
        yield Delivery(
            "tramits",
            f"tramits_{day:%Y%m%d}.xml",
            tramits.encoded(told),
            told.height,
            (mention_rows("tramits", told, "num_expedient"),),
            (organisation_rows("tramits", told, "num_expedient", "organisation_errors"),),
            refused=(refused_rows("tramits", told, "num_expedient", day),),
        )
        visits = self._spoilt("cita_previa", cita_previa.visits(plan, city, period), day, cita_previa.FAULTS)
        yield Delivery(
            "cita_previa",
            f"cita_previa_{day:%Y%m%d}.csv",
            cita_previa.encoded(visits),
            visits.height,
            (mention_rows("cita_previa", cita_previa.keyed(visits), "key"),),
            refused=(refused_rows("cita_previa", visits, None, day),),
        )

    def _registers(self, day: date) -> Iterator[Delivery]:
        """Licences and summer activities, in full."""
        if llicencies.is_delivered(self.plan, day):
            held = llicencies.snapshot(self.plan, self.registers.licences, day)
            yield Delivery(
                "llicencies_via_publica",
                f"llicencies_via_publica_{day:%Y%m%d}.xlsx",
                llicencies.encoded(held),
                held.height,
                (mention_rows("llicencies_via_publica", held, "num_llicencia"),),
                (organisation_rows("llicencies_via_publica", held, "num_llicencia", "error_types"),),
            )
        if activitats.is_delivered(self.plan, day):
            asked = activitats.known_by(self.plan, self.registers.summer, day)
            yield Delivery(
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

    def _communication(self, attended: pl.DataFrame, day: date) -> Iterator[Delivery]:
        """What people consented to and asked for, what became of messages, how satisfied they are, what is where."""
        plan, period = self.plan, period_of(self.plan, day)
        decided = consentiments.decisions(plan, self.city, period)
        decided = self._spoilt("consentiments", decided, day, consentiments.FAULTS)
        yield Delivery(
            "consentiments",
            f"consentiments_{day:%Y%m%d}.jsonl",
            consentiments.encoded(decided),
            decided.height,
            (mention_rows("consentiments", decided, "id"),),
            refused=(refused_rows("consentiments", decided, "id", day),),
        )
        cases = self.cases["subscripcions"]
        changed = subscripcions.as_told(
            cases.told_on(subscripcions.begun(plan, self.city, self.registers.organisations, period), day)
        )
        spoilt = self._spoilt("subscripcions", changed, day, subscripcions.FAULTS)
        yield Delivery(
            "subscripcions",
            f"subscripcions_{day:%Y%m%d}.csv",
            subscripcions.encoded(spoilt),
            spoilt.height,
            (mention_rows("subscripcions", spoilt, "id_subscripcio"),),
            (organisation_rows("subscripcions", spoilt, "id_subscripcio", "organisation_errors"),),
            refused=(refused_rows("subscripcions", spoilt, "id_subscripcio", day),),
        )
        known = (
            pl.concat([cases.open, changed.select(cases.open.columns)]).unique("id_subscripcio").sort("id_subscripcio")
        )
        events = campanyes.events(plan, known, period)
        truth = somebodys_rows("campanyes", events, "id_esdeveniment")
        name = f"campanyes_{day:%Y%m%d}.parquet"
        yield Delivery("campanyes", name, campanyes.encoded(events), events.height, of_somebody=(truth,))
        answers = enquestes.answers(plan, attended, period)
        truth = somebodys_rows("enquestes", answers, "id_resposta")
        name = f"enquestes_{day:%Y%m%d}.csv"
        yield Delivery("enquestes", name, enquestes.encoded(answers), answers.height, of_somebody=(truth,))
        if geography.is_delivered(plan, day):
            zones = geography.zones(plan, day)
            yield Delivery("zones", f"zones_{day:%Y%m%d}.geojson", geography.encoded(zones), len(zones))
        if day == plan.start:
            network = geography.bus_network(plan)
            yield Delivery("linies_bus", f"linies_bus_{day:%Y%m%d}.geojson", geography.encoded(network), len(network))

    def _spoilt(self, source: str, frame: pl.DataFrame, day: date, faults: Mapping[str, Fault]) -> pl.DataFrame:
        return spoil(self.plan, frame, source, day.isoformat(), faults)
