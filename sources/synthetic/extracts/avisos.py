"""The notices of the information services, as quoted CSV: every night the whole list, with future and withdrawn ones.

Each subject (a works zone, a bus line, a newsletter, a process) has a notice every so many days, one of its service's
communications after the other. The day alone decides, so that the past of the campaign tool has the same notices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import table
from sources.synthetic.extracts.geography import NEW_LINES, zone_names
from sources.synthetic.people.population import CityPlan

FIELDS = (
    "codi", "servei", "tema", "districte", "titol_ca", "titol_es", "enllac", "data_inici", "data_fi", "destinataris",
    "canals", "mitjans", "estat",
)  # fmt: skip
# Title in Catalan and in Spanish of each communication; {} is the zone, the line or the newsletter.
_WORKS = (
    ("{}: comencen les obres", "{}: empiezan las obras"),
    ("{}: un carrer canvia de sentit de circulació", "{}: una calle cambia de sentido de circulación"),
    ("{}: talls de trànsit i itineraris alternatius", "{}: cortes de tráfico e itinerarios alternativos"),
    ("{}: canvien parades de bus", "{}: cambian paradas de autobús"),
    ("{}: s'obre un nou pas per a vianants", "{}: se abre un nuevo paso de peatones"),
    ("{}: feines de nit", "{}: trabajos de noche"),
    ("{}: reunió informativa amb el veïnat", "{}: reunión informativa con el vecindario"),
    ("{}: acaben les obres", "{}: terminan las obras"),
)
_BUS = (
    ("Fes més teva la nova xarxa de bus: línia {}", "Haz más tuya la nueva red de bus: línea {}"),
    ("Línia {}: sessions informatives als districtes", "Línea {}: sesiones informativas en los distritos"),
    ("Línia {}: recollim aportacions i suggeriments", "Línea {}: recogemos aportaciones y sugerencias"),
    ("Línia {}: recorregut i parades", "Línea {}: recorrido y paradas"),
    ("Línia {}: data de posada en marxa", "Línea {}: fecha de puesta en marcha"),
    ("La línia {} ja està en servei", "La línea {} ya está en servicio"),
    ("Línia {}: canvis en les línies que substitueix", "Línea {}: cambios en las líneas que sustituye"),
)
_ISSUES = (("Butlletí {}", "Boletín {}"),)
_PROCESSES = (
    ("Nou procés participatiu: {}", "Nuevo proceso participativo: {}"),
    ("{}: vine a la sessió de debat", "{}: ven a la sesión de debate"),
    ("{}: en retornem els resultats", "{}: devolvemos los resultados"),
)
_OF_DISTRICTS = tuple(f"D{number:02d}" for number in range(1, 11))
_NEWSLETTERS = (
    *_OF_DISTRICTS, "CULTURA", "ESPORTS", "COMERC", "EDUCACIO", "JOVES", "GENT_GRAN",
    "MEDI_AMBIENT", "MOBILITAT",
)  # fmt: skip
_INTERESTS = {
    "PRESSUPOSTOS": "Pressupostos participatius", "URBANISME": "Urbanisme", "CONSELLS_BARRI": "Consells de barri",
}  # fmt: skip
_DISTRICTS = (None, *(code[1:] for code in _OF_DISTRICTS))
_PAGE = "https://ajuntament.barcelona.cat/avisos"
# Notices that end or begin within these days are in the list.
_LISTED_DAYS = 30
# Of so many notices one is withdrawn, from its second day on.
_ONE_WITHDRAWN_IN = 23


@dataclass(frozen=True)
class _Rhythm:
    """A notice every `every_days`, sent during `days`, each subject `shift_days` after the one before."""

    every_days: int
    days: int
    shift_days: int


@dataclass(frozen=True)
class _Subject:
    """What a service has notices about, and to whom they go."""

    service: str
    subject: str
    district: str | None
    name: str
    texts: tuple[tuple[str, str], ...]
    rhythm: _Rhythm
    audience: str
    channels: str | None = None


def listed(plan: CityPlan, day: date) -> pl.DataFrame:
    """The notices of the list on a day."""
    first, last = day - timedelta(days=_LISTED_DAYS), day + timedelta(days=_LISTED_DAYS)
    rows = [
        _notice(plan, place, subject, number, begins, day)
        for place, subject in enumerate(_subjects())
        for number, begins in _begun_between(plan, place, subject.rhythm, first, last)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(FIELDS, pl.String)).sort("codi")


def sent_on(plan: CityPlan, day: date) -> pl.DataFrame:
    """Service, subject and code of the notices for the whole city that are sent on a day, one per subject."""
    today = day.isoformat()
    return listed(plan, day).filter(
        pl.col("data_inici") <= today, pl.col("data_fi") >= today, estat="VIGENT"
    ).filter(pl.col("districte").is_null()).select("servei", "tema", "codi")  # fmt: skip


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes."""
    return delimited(frame.select(FIELDS), separator=";", quote_style="always", line_terminator="\r\n")


def _subjects() -> list[_Subject]:
    """Everything that has notices, in a fixed order."""
    works = [
        _Subject("OBRES", code, None, name, _WORKS, _Rhythm(15, 7, 2), "TOTS") for code, name in zone_names().items()
    ]
    lines = [
        _Subject("BUS", line, None, line, _BUS, _Rhythm(14, 7, 0), "TOTS")
        if line in NEW_LINES
        else _Subject("BUS", line, None, line, _BUS, _Rhythm(28, 7, 5), "SUBSCRITS")
        for line in table("bus_lines")["line"]
    ]
    issues = [_Subject("BUTLLETI", code, None, code, _ISSUES, _Rhythm(7, 3, 1), "SUBSCRITS") for code in _NEWSLETTERS]
    processes = [
        _Subject("PARTICIPACIO", code, district, name, _PROCESSES, _Rhythm(30, 10, 3), "SUBSCRITS", "EMAIL")
        for code, name in _INTERESTS.items()
        for district in _DISTRICTS
    ]
    return [*works, *lines, *issues, *processes]


def _begun_between(plan: CityPlan, place: int, rhythm: _Rhythm, first: date, last: date) -> list[tuple[int, date]]:
    """Number and first day of a subject's notices that begin between two days."""
    start = plan.start - timedelta(days=place * rhythm.shift_days % rhythm.every_days)
    number = -((start - first).days // rhythm.every_days)
    begun = []
    while (begins := start + timedelta(days=number * rhythm.every_days)) <= last:
        begun.append((number, begins))
        number += 1
    return begun


def _notice(plan: CityPlan, place: int, of: _Subject, number: int, begins: date, day: date) -> dict[str, str | None]:
    catalan, spanish = of.texts[number % len(of.texts)]
    is_withdrawn = (number * 7 + place) % _ONE_WITHDRAWN_IN == 0 and begins < day
    place_code = f"D{of.district}" if of.district else of.subject if of.subject in _OF_DISTRICTS else None
    subject = None if of.subject == place_code else of.subject
    code = "-".join(part for part in (of.service, subject, f"{begins:%Y%m%d}", place_code) if part)
    return {
        "codi": code, "servei": of.service, "tema": of.subject, "districte": of.district,
        "titol_ca": catalan.format(of.name), "titol_es": spanish.format(of.name), "enllac": f"{_PAGE}/{code.lower()}",
        "data_inici": begins.isoformat(), "data_fi": (begins + timedelta(days=of.rhythm.days - 1)).isoformat(),
        "destinataris": of.audience, "canals": of.channels, "mitjans": None,
        "estat": "RETIRAT" if is_withdrawn else "VIGENT",
    }  # fmt: skip
