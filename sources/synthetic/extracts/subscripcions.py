"""Subscriptions to information services, as quoted CSV: the topics people subscribe to, and how they get about.

Delivered when they begin and again when they end; the topics are those of the works zones, bus lines and newsletters.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import IntArray, pick, stream, table
from sources.synthetic.extracts.geography import ZONE_CODES
from sources.synthetic.people.organisations import as_of
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, serials
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import enter, turned_up
from sources.synthetic.writing.faults import Fault
from sources.synthetic.writing.organisation_entry import as_written
from sources.synthetic.writing.presence import frequency, turn_up

FIELDS = (
    "id_subscripcio", "servei", "zona", "bloc", "linia", "butlleti", "interes", "mitja_transport", "canal", "email",
    "telefon", "rao_social", "nom", "cognoms", "nif", "idioma", "data_alta", "data_baixa", "estat",
)  # fmt: skip
_SERVICES = {
    "PREINSCRIPCIO": 45, "BUS": 30, "BUTLLETI": 18, "OBRES": 7, "JOVENTUT": 6, "PARTICIPACIO": 5, "VOLUNTARIAT": 4,
}  # fmt: skip
_RHYTHMS = {"PREINSCRIPCIO": "enrolment"}
_BLOCKS = {
    "ESCOLA_BRESSOL": 25, "INFANTIL_PRIMARIA_ESO": 40, "BATXILLERAT": 8, "FP_GRAU_MITJA": 7, "FP_GRAU_SUPERIOR": 7,
    "CONSERVATORI": 4, "ARTS_PLASTIQUES_DISSENY": 3, "ENSENYAMENTS_ESPORTIUS": 2, "FORMACIO_ADULTS": 4,
}  # fmt: skip
_NEWSLETTERS = {f"D{number:02d}": 7 for number in range(1, 11)} | {
    "CULTURA": 9, "ESPORTS": 6, "COMERC": 4, "EDUCACIO": 4, "JOVES": 3, "GENT_GRAN": 2, "MEDI_AMBIENT": 1,
    "MOBILITAT": 1,
}  # fmt: skip
_INTERESTS = {
    "JOVENTUT": {"HABITATGE": 30, "TREBALL": 30, "ESTUDIS": 20, "LLEURE": 15, "MOBILITAT_INTERNACIONAL": 5},
    "PARTICIPACIO": {"PRESSUPOSTOS": 40, "URBANISME": 35, "CONSELLS_BARRI": 25},
    "VOLUNTARIAT": {"EDUCATIU": 50, "SOCIAL": 25, "CULTURAL": 15, "AMBIENTAL": 10},
}
_TRANSPORT = {"BUS": 35, "METRO": 25, "A_PEU": 15, "BICICLETA": 10, "COTXE": 10, "MOTO": 5}
_ASKED = ("nom", "cognom_1", "cognom_2")
_WITH_DOCUMENT, _WITH_TRANSPORT, _ENTITIES = 0.3, 0.6, 0.25
_LATEST_END_DAYS, _EVER_ENDS = 300, 0.25

FAULTS: dict[str, Fault] = {
    "unreachable:canal": dict.fromkeys(("email", "telefon"), pl.lit(None, dtype=pl.String)),
    "unknown_code:servei": {"servei": pl.lit("NADONS")},
}


def begun(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The subscriptions begun in a period, with person, channel and error_types beside the fields of the file.

    Of an entity it is organisation and organisation_errors; ended_on is the day on which a subscription will end, null
    where it will not.
    """
    rng = stream(plan.seed, "subscripcions", period.name)
    total = plan.rates["subscriptions"]["yearly_per_person"]
    days_by_service = {
        name: draw_days(plan, rng, period, total * share / sum(_SERVICES.values()), _RHYTHMS.get(name, "interest"))
        for name, share in _SERVICES.items()
    }
    days = np.concatenate(list(days_by_service.values()))
    service = pl.Series(list(_SERVICES)).gather(
        np.repeat(range(len(_SERVICES)), [len(d) for d in days_by_service.values()])
    )
    order = np.argsort(days, kind="stable")
    days, service = days[order], service.gather(order)
    size = len(days)
    person = turn_up(rng, city, frequency(plan, "subscripcions", city), days)
    people = turned_up(city, person, days).with_columns(
        is_identified=pl.Series(rng.random(size) < _WITH_DOCUMENT), is_named=pl.lit(True), channel=pl.lit("web")
    )
    frame = pl.concat([_topics(rng, service), _who(Dirt(people, rng, plan.rates))], how="horizontal")
    frame = frame.with_columns(
        id_subscripcio=pl.lit("S") + pl.lit(dates(plan, days)).dt.strftime("%Y%m%d") + "-" + pl.lit(serials(days, 6)),
        mitja_transport=pl.when(pl.Series(rng.random(size) < _WITH_TRANSPORT)).then(pick(rng, _TRANSPORT, size)),
        data_alta=dates(plan, days).dt.to_string("iso"),
        ended_on=_ends(plan, rng, days),
    )
    frame = _of_entities(plan, rng, frame.with_columns(day=pl.Series(days)), organisations).drop("day")
    # Nobody subscribes who leaves no way to be reached.
    return frame.filter(pl.col("email").is_not_null() | pl.col("telefon").is_not_null())


def as_delivered(subscriptions: pl.DataFrame) -> pl.DataFrame:
    """The subscriptions with their current state, by is_ended."""
    ended = pl.when("is_ended")
    return subscriptions.with_columns(
        data_baixa=ended.then(pl.col("ended_on").dt.to_string("iso")),
        estat=ended.then(pl.lit("BAIXA")).otherwise(pl.lit("ALTA")),
    ).sort("id_subscripcio")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes."""
    return delimited(frame.select(FIELDS), quote_style="always", line_terminator="\r\n")


def _of_entities(
    plan: CityPlan, rng: np.random.Generator, frame: pl.DataFrame, organisations: pl.DataFrame
) -> pl.DataFrame:
    """Replace some people who want to take part by entities."""
    is_theirs = (frame["servei"] == "PARTICIPACIO") & pl.Series(rng.random(frame.height) < _ENTITIES)
    drawn = organisations[rng.integers(0, organisations.height, int(is_theirs.sum()))]
    who = as_of(drawn.with_columns(frame.filter(is_theirs)["day"]), "day")
    written = as_written(Dirt(who, rng, plan.rates)).select(
        "rao_social", "organisation_errors", nif="cif", organisation=who["organisation"],
        canal=pl.lit("EMAIL"), email=who["email"],
    )  # fmt: skip
    personal = ("person", "error_types", "nom", "cognoms", "telefon", "idioma")
    theirs = frame.filter(is_theirs).drop(*personal, *written.columns, strict=False)
    both = [frame.filter(~is_theirs), pl.concat([theirs, written], how="horizontal")]
    return pl.concat(both, how="diagonal").sort("id_subscripcio")


def _ends(plan: CityPlan, rng: np.random.Generator, days: IntArray) -> pl.Series:
    ends = pl.Series(rng.random(len(days)) < _EVER_ENDS)
    last = dates(plan, days + rng.integers(1, _LATEST_END_DAYS, len(days)))
    return pl.select(pl.when(ends).then(last)).to_series()


def _topics(rng: np.random.Generator, service: pl.Series) -> pl.DataFrame:
    size = len(service)
    lines = table("bus_lines")["line"]
    topics = {
        "zona": ("OBRES", pl.Series(ZONE_CODES).gather(rng.integers(0, len(ZONE_CODES), size))),
        "bloc": ("PREINSCRIPCIO", pick(rng, _BLOCKS, size)),
        "linia": ("BUS", lines.gather(rng.integers(0, len(lines), size))),
        "butlleti": ("BUTLLETI", pick(rng, _NEWSLETTERS, size)),
    }
    interests = [
        pl.when(pl.col("servei") == of).then(pl.lit(pick(rng, choices, size))) for of, choices in _INTERESTS.items()
    ]
    return pl.DataFrame({"servei": service}).with_columns(
        *(pl.when(pl.col("servei") == of).then(pl.lit(values)).alias(name) for name, (of, values) in topics.items()),
        interes=pl.coalesce(interests),
    )


def _who(dirt: Dirt) -> pl.DataFrame:
    """Use the e-mail, without typing errors; people without an e-mail get text messages."""
    dirt.frame = dirt.frame.with_columns(own_email="email", own_phone="phone")
    return enter(dirt, _ASKED).select(
        "person", "channel", "error_types", "nom",
        canal=pl.when(pl.col("own_email").is_not_null()).then(pl.lit("EMAIL")).otherwise(pl.lit("SMS")),
        email="own_email",
        telefon=pl.when(pl.col("own_email").is_null()).then("own_phone"),
        cognoms=pl.concat_str("cognom_1", "cognom_2", separator=" ", ignore_nulls=True),
        rao_social=pl.lit(None, dtype=pl.String), nif="document", idioma="language",
    ).with_columns(cognoms=pl.when(pl.col("cognoms") != "").then("cognoms"))  # fmt: skip
