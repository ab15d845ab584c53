"""The extracts of one night, source by source, with the truth of their rows; a module per source makes the rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from sources.synthetic.base.cases import OpenCases, Waiting
from sources.synthetic.base.delivery import Delivery
from sources.synthetic.extracts import (
    activitats,
    area_verda,
    atencions,
    avisos,
    bicing,
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
    padro_extract,
    proteccions,
    subscripcions,
    tax_objects,
    tramits,
)
from sources.synthetic.people.population import CityPlan
from sources.synthetic.truth.truth_files import mention_rows, organisation_rows, somebodys_rows
from sources.synthetic.writing.calendar import Period, period_of
from sources.synthetic.writing.faults import Fault, refused_rows, spoil


@dataclass(frozen=True)
class Registers:
    """The registers, which are the same every night; each night delivers the rows in force on its day."""

    padro: pl.DataFrame
    contribuents: pl.DataFrame
    tax_objects: pl.DataFrame
    organisations: pl.DataFrame
    licences: pl.DataFrame
    summer: pl.DataFrame
    permits: pl.DataFrame
    bicycles: pl.DataFrame


@dataclass(frozen=True)
class Nights:
    """The nights of a city, to be made in order: open cases are carried from one night to the next."""

    plan: CityPlan
    city: pl.DataFrame
    registers: Registers
    cases: dict[str, OpenCases] = field(default_factory=lambda: defaultdict(OpenCases))
    questionnaires: Waiting = field(default_factory=lambda: Waiting("sent_on"))
    answers: Waiting = field(default_factory=lambda: Waiting("answered_on"))

    def deliveries(self, day: date) -> Iterator[Delivery]:
        """The files of a night, one after the other, so that only one is in memory."""
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
        yield from self._travellers(day)
        yield from _places(plan, day)

    def _padro(self, day: date) -> Delivery:
        snapshot = padro_extract.snapshot(self.plan, self.city, self.registers.padro, day)
        return self._inscriptions("padro", f"padro_habitants_{day:%Y%m%d}.txt", snapshot, day)

    def _variations(self, day: date) -> Delivery:
        varied = padro_extract.variations(self.plan, self.city, self.registers.padro, day)
        return self._inscriptions("padro_variacions", f"padro_variacions_{day:%Y%m%d}.txt", varied, day)

    def _inscriptions(self, source: str, name: str, rows: pl.DataFrame, day: date) -> Delivery:
        """An inscription is one mention, in either of the two files."""
        rows = self._spoilt(source, rows, day, padro_extract.FAULTS)
        truth, refused = mention_rows("padro", rows, "nia"), refused_rows(source, rows, "nia", day)
        return Delivery(source, name, padro_extract.encoded(rows), rows.height, (truth,), refused=(refused,))

    def _protections(self, day: date) -> Delivery:
        rows = proteccions.snapshot(self.plan, self.city, day)
        name = f"proteccions_{day:%Y%m%d}.csv"
        truth = somebodys_rows("proteccions", rows, "id_proteccio")
        return Delivery("proteccions", name, proteccions.encoded(rows), rows.height, of_somebody=(truth,))

    def _taxpayers(self, day: date) -> Delivery:
        taxed = contribuents.snapshot(self.plan, self.registers.contribuents, day)
        taxed = self._spoilt("contribuents", taxed, day, contribuents.FAULTS)
        by = contribuents.representatives(taxed, "codi_contribuent")
        content = contribuents.encoded(taxed)
        return _delivery("contribuents", day, "csv", taxed, content, "codi_contribuent", by, "error_types")

    def _tax_objects(self, day: date) -> Delivery:
        held = self.registers.tax_objects.filter(pl.col("entered_on") <= day)
        name = f"objectes_tributaris_{day:%Y%m%d}.csv"
        return Delivery("objectes_tributaris", name, tax_objects.encoded(held), held.height)

    def _tax_procedures(self, period: Period, day: date) -> Delivery:
        begun = hisenda.begun(self.plan, self.registers.contribuents, self.registers.tax_objects, period)
        rows = hisenda.as_delivered(self.cases["tramits_hisenda"].delivered_on(begun, day))
        rows = self._spoilt("tramits_hisenda", rows, day, hisenda.FAULTS)
        by = contribuents.representatives(rows, "num_expedient")
        content = hisenda.encoded(rows)
        return _delivery("tramits_hisenda", day, "csv", rows, content, "num_expedient", by, "error_types")

    def _attentions(self, period: Period, day: date) -> Iterator[Delivery]:
        """Attentions, and the satisfaction answers of the day."""
        attended = atencions.attentions(self.plan, self.city, period)
        questionnaires = enquestes.asked(self.plan, attended, period)
        self.questionnaires.add(questionnaires)
        self.answers.add(questionnaires)
        rows = self._spoilt("atencions", attended, day, atencions.FAULTS)
        del attended
        yield _delivery("atencions", day, "jsonl", rows, atencions.encoded(rows), "id")
        del rows
        answers = enquestes.answers(self.plan, self.answers.due(day), period)
        answers = self._spoilt("enquestes", answers, day, enquestes.FAULTS)
        yield _of_somebody("enquestes", day, "csv", answers, enquestes.encoded(answers), "id_resposta")

    def _cards(self, period: Period, day: date) -> Delivery:
        opened = iris.opened(self.plan, self.city, self.registers.organisations, period)
        cards = iris.as_delivered(self.cases["iris"].delivered_on(opened, day))
        cards = self._spoilt("iris", cards, day, iris.FAULTS)
        made = _delivery("iris", day, "csv", cards, iris.encoded(cards), "fitxa_id", None, "organisation_errors")
        return replace(made, name=f"iris_fitxes_{day:%Y%m%d}.csv")

    def _procedures(self, period: Period, day: date) -> Delivery:
        begun = tramits.begun(self.plan, self.city, self.registers.organisations, period)
        rows = tramits.as_delivered(self.cases["tramits"].delivered_on(begun, day))
        rows = self._spoilt("tramits", rows, day, tramits.FAULTS)
        content = tramits.encoded(rows)
        return _delivery("tramits", day, "xml", rows, content, "num_expedient", None, "organisation_errors")

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
        held = self._spoilt("llicencies_via_publica", held, day, llicencies.FAULTS)
        content, key = llicencies.encoded(held), "num_llicencia"
        made = _delivery("llicencies_via_publica", day, "xlsx", held, content, key, None, "error_types")
        return replace(made, refused=(refused_rows("llicencies_via_publica", held, key, day, llicencies.ROWS_ABOVE),))

    def _summer(self, day: date) -> Delivery:
        applications = activitats.known_by(self.plan, self.registers.summer, day)
        content, guardians = activitats.encoded(applications, day), activitats.guardians(applications)
        return _delivery("activitats_estiu", day, "zip", applications, content, "num_inscripcio", guardians)

    def _decisions(self, period: Period, day: date) -> Delivery:
        decided = consentiments.decisions(self.plan, self.city, period)
        decided = self._spoilt("consentiments", decided, day, consentiments.FAULTS)
        return _delivery("consentiments", day, "jsonl", decided, consentiments.encoded(decided), "id")

    def _subscriptions(self, period: Period, day: date) -> Iterator[Delivery]:
        """Subscriptions to information services, and the events of their messages."""
        cases = self.cases["subscripcions"]
        begun = subscripcions.begun(self.plan, self.city, self.registers.organisations, period)
        rows = cases.delivered_on(begun, day)
        changed = self._spoilt("subscripcions", subscripcions.as_delivered(rows), day, subscripcions.FAULTS)
        content, key = subscripcions.encoded(changed), "id_subscripcio"
        yield _delivery("subscripcions", day, "csv", changed, content, key, None, "organisation_errors")
        known = pl.concat([cases.open, rows.select(cases.open.columns)])
        readers = known.unique("id_subscripcio").sort("id_subscripcio")
        events = campanyes.events(self.plan, self.city, readers, self.questionnaires.due(day), period)
        events = self._spoilt("campanyes", events, day, campanyes.FAULTS)
        yield _of_somebody("campanyes", day, "parquet", events, campanyes.encoded(events), "id_esdeveniment")

    def _travellers(self, day: date) -> Iterator[Delivery]:
        """Parking permits and subscribers of the shared bicycles."""
        permits = area_verda.snapshot(self.plan, self.registers.permits, day)
        yield _delivery("area_verda", day, "csv", permits, area_verda.encoded(permits), "num_distintiu")
        bicycles = bicing.snapshot(self.plan, self.registers.bicycles, day)
        yield _delivery("bicing", day, "csv", bicycles, bicing.encoded(bicycles), "id_abonament")

    def _spoilt(self, source: str, frame: pl.DataFrame, day: date, faults: Mapping[str, Fault]) -> pl.DataFrame:
        return spoil(self.plan, frame, source, day.isoformat(), faults)


def _delivery(
    source: str,
    day: date,
    kind: str,
    rows: pl.DataFrame,
    content: Iterable[bytes],
    key: str,
    others: pl.DataFrame | None = None,
    errors: str | None = None,
) -> Delivery:
    """An extract that names people, `others` with their own keys, or organisations with their `errors`."""
    named = rows.filter("is_mention") if "is_mention" in rows.columns else rows
    beside = () if others is None else (mention_rows(source, others, "key"),)
    return Delivery(
        source,
        f"{source}_{day:%Y%m%d}.{kind}",
        content,
        rows.height,
        (mention_rows(source, named, key), *beside),
        (organisation_rows(source, rows, key, errors),) if errors else (),
        refused=(refused_rows(source, rows, key, day),),
    )


def _of_somebody(source: str, day: date, kind: str, rows: pl.DataFrame, content: Iterable[bytes], key: str) -> Delivery:
    """An extract whose rows belong to people without naming them."""
    truth, refused = somebodys_rows(source, rows, key), refused_rows(source, rows, key, day)
    name = f"{source}_{day:%Y%m%d}.{kind}"
    return Delivery(source, name, content, rows.height, of_somebody=(truth,), refused=(refused,))


def _places(plan: CityPlan, day: date) -> Iterator[Delivery]:
    """Notices and works zones, and what stays: the bus network and the street directory."""
    notices = avisos.listed(plan, day)
    yield Delivery("avisos", f"avisos_{day:%Y%m%d}.csv", avisos.encoded(notices), notices.height)
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
