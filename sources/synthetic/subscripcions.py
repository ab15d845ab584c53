"""Subscriptions to information services, as quoted CSV: what people asked to be told of, and how they get about.

Delivered when they begin and again when they end; the topics are those of the works zones, bus lines and newsletters.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import stream, table
from sources.synthetic.entry import enter
from sources.synthetic.geography import ZONE_CODES
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import adults, pick

FIELDS = (
    "id_subscripcio", "servei", "zona", "bloc", "linia", "butlleti", "interes", "mitja_transport", "canal", "email",
    "telefon", "rao_social", "nom", "cognoms", "nif", "idioma", "data_alta", "data_baixa", "estat",
)  # fmt: skip
_SERVICES = {
    "PREINSCRIPCIO": 45,
    "BUS": 30,
    "BUTLLETI": 18,
    "OBRES": 7,
    "JOVENTUT": 6,
    "PARTICIPACIO": 5,
    "VOLUNTARIAT": 4,
}
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
_WITH_DOCUMENT, _WITH_TRANSPORT = 0.3, 0.6
_LATEST_END_DAYS, _EVER_ENDS = 60, 0.2


def changed(plan: CityPlan, city: pl.DataFrame, day: date) -> pl.DataFrame:
    """The subscriptions begun or ended on a day, with person and error_types beside the fields of the file."""
    is_first = day == plan.start
    days = (
        [day]
        if is_first
        else [day - timedelta(days=ago) for ago in range(_LATEST_END_DAYS) if ago <= (day - plan.start).days]
    )
    frame = pl.concat([begun(plan, city, one) for one in days], how="diagonal_relaxed")
    frame = frame.filter((pl.col("data_alta") == day.isoformat()) | (pl.col("ends_on") == day))
    ended = pl.when(pl.col("ends_on") <= day)
    return frame.with_columns(
        data_baixa=ended.then(pl.col("ends_on").dt.to_string("iso")),
        estat=ended.then(pl.lit("BAIXA")).otherwise(pl.lit("ALTA")),
    ).sort("id_subscripcio")


def begun(plan: CityPlan, city: pl.DataFrame, day: date) -> pl.DataFrame:
    """The subscriptions begun on a day, with the day on which they will end; what came before the first day is its."""
    rng = stream(plan.seed, "subscripcions", day.isoformat())
    rates = plan.rates["subscriptions"]
    share = rates["first_night_per_person"] if day == plan.start else rates["daily_per_person"]
    size = max(1, round(share * plan.population))
    today = (day - plan.start).days
    people = city[adults(plan.seed, "subscripcions", city, size, today)].with_columns(
        is_identified=pl.Series(rng.random(size) < _WITH_DOCUMENT), is_named=pl.lit(True),
        attended_day=pl.lit(today, dtype=pl.Int64), canal=pl.lit("OAC"),
    )  # fmt: skip
    told = enter(Dirt(people.with_columns(own_email="email", own_phone="phone"), rng, plan.rates), city)
    frame = pl.concat([_topics(rng, size), _who(told)], how="horizontal").with_columns(
        id_subscripcio=pl.format(
            "S{}-{}", pl.lit(f"{day:%Y%m%d}"), pl.int_range(1, size + 1).cast(pl.String).str.zfill(6)
        ),
        mitja_transport=pl.when(pl.Series(rng.random(size) < _WITH_TRANSPORT)).then(pick(rng, _TRANSPORT, size)),
        data_alta=pl.lit(day.isoformat()),
        ends_on=pl.when(pl.Series(rng.random(size) < _EVER_ENDS)).then(
            pl.lit(day) + pl.duration(days=pl.lit(pl.Series(rng.integers(1, _LATEST_END_DAYS, size))))
        ),
    )
    # Nobody subscribes who leaves no way to be reached.
    return frame.filter(pl.col("email").is_not_null() | pl.col("telefon").is_not_null())


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes."""
    return (
        frame.select(FIELDS).rename(str.upper).write_csv(quote_style="always", line_terminator="\r\n").encode("utf-8")
    )


def _topics(rng: np.random.Generator, size: int) -> pl.DataFrame:
    service = pick(rng, _SERVICES, size)
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


def _who(told: pl.DataFrame) -> pl.DataFrame:
    """E-mail first: who has none is sent text messages."""
    return told.select(
        "person", "error_types", "nom",
        canal=pl.when(pl.col("own_email").is_not_null()).then(pl.lit("EMAIL")).otherwise(pl.lit("SMS")),
        email="own_email",
        telefon=pl.when(pl.col("own_email").is_null()).then("own_phone"),
        cognoms=pl.concat_str("cognom_1", "cognom_2", separator=" ", ignore_nulls=True),
        rao_social=pl.lit(None, dtype=pl.String), nif="document", idioma="language",
    ).with_columns(cognoms=pl.when(pl.col("cognoms") != "").then("cognoms"))  # fmt: skip
