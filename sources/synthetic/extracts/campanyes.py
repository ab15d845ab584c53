"""The events of messages that the campaign tool sent, as Parquet with one row per event.

The tool's own lists of subscribers; it knows addresses, and no ids of the hub's.
"""

from datetime import date, timedelta
from io import BytesIO

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import BoolArray, stream, table
from sources.synthetic.extracts import avisos
from sources.synthetic.extracts.geography import zone_barris
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, weights
from sources.synthetic.writing.faults import Fault

FIELDS = (
    "id_esdeveniment", "id_missatge", "campanya", "segment", "tema", "id_persona", "canal", "adreca", "esdeveniment",
    "moment",
)  # fmt: skip
_TOPICS = ("zona", "bloc", "linia", "butlleti")
_SEGMENTS = {"OBRES": "afectacions", "PREINSCRIPCIO": "preinscripcio", "BUTLLETI": "butlletins", "BUS": "xarxa_bus"}
_RHYTHMS = {"PREINSCRIPCIO": "enrolment"}
_YEAR_DAYS = 365
_SENT_AT_HOUR = 9
FAULTS: dict[str, Fault] = {
    # A channel that the tool has of late.
    "unknown_code:canal": {"canal": pl.lit("WHATSAPP")},
    "missing:campanya": {"campanya": pl.lit(None, dtype=pl.String)},
}


def events(
    plan: CityPlan, city: pl.DataFrame, subscriptions: pl.DataFrame, questionnaires: pl.DataFrame, period: Period
) -> pl.DataFrame:
    """The events of a period's messages.

    Each mailing is to those of the subscriptions that are in force on its day, and some to who lives near, too;
    questionnaires are to who was attended.
    """
    rng = stream(plan.seed, "campanyes", period.name)
    mailings = [(day, service) for day in range(period.first, period.last + 1) for service in _sent_on(plan, day)]
    parts = [_mailing(plan, subscriptions, *mailing) for mailing in mailings]
    services = plan.rates["campaigns"]["neighbours"]
    near = [_to_neighbours(plan, city, day, service) for day, service in mailings if service in services]
    messages = pl.concat([*parts, *near, _asking(questionnaires)])
    size = messages.height
    happened = _happened(plan, rng, messages)
    minutes = np.cumsum(rng.integers(1, 90, (len(happened), size)), axis=0)
    events = [
        messages.with_columns(esdeveniment=pl.lit(name), minutes=pl.Series(minutes[row])).filter(pl.Series(where))
        for row, (name, where) in enumerate(happened.items())
    ]
    sent = pl.col("sent_on").cast(pl.Datetime("us")) + pl.duration(hours=_SENT_AT_HOUR)
    return (
        pl.concat(events)
        .sort("id_missatge", "minutes")
        .with_columns(
            id_esdeveniment=pl.format("{}-{}", "id_missatge", "esdeveniment"),
            moment=sent + pl.duration(minutes="minutes"),
        )
    )


def encoded(frame: pl.DataFrame) -> list[bytes]:
    """The file's bytes; moments as moments."""
    target = BytesIO()
    frame.select(FIELDS).write_parquet(target, compression="zstd")
    return [target.getvalue()]


def _sent_on(plan: CityPlan, day: int) -> list[str]:
    """The services that write to their subscribers on a day, by their yearly number and rhythm."""
    sent = []
    for service, yearly in plan.rates["campaigns"]["yearly"].items():
        busy = weights(plan, np.array([day]), _RHYTHMS.get(service, "interest"))[0]
        if stream(plan.seed, "mailings", service, str(day)).random() < yearly / _YEAR_DAYS * busy:
            sent.append(service)
    return sent


def _mailing(plan: CityPlan, subscriptions: pl.DataFrame, day: int, service: str) -> pl.DataFrame:
    """A message to each subscriber of a service."""
    today = plan.start + timedelta(days=day)
    readers = subscriptions.filter(
        pl.col("servei") == service,
        pl.col("data_alta") < today.isoformat(),
        pl.col("ended_on").is_null() | (pl.col("ended_on") > today),
    )
    recipients = readers.select("person", "canal", adreca=pl.coalesce("email", "telefon"), tema=pl.coalesce(_TOPICS))
    return _messages(_of_notices(plan, recipients, service, today), today, service, "")


def _to_neighbours(plan: CityPlan, city: pl.DataFrame, day: int, service: str) -> pl.DataFrame:
    """An e-mail to some people with an address who live near the works or the bus line of a message."""
    rng = stream(plan.seed, "neighbours", service, str(day))
    barris = zone_barris()
    topics = list(barris) if service == "OBRES" else table("bus_lines")["line"].to_list()
    topic = topics[int(rng.integers(len(topics)))]
    known = city.select("person", "email", "entry_day", "exit_day", "move_day", "address_barri", "former_address_barri")
    is_here = (pl.col("entry_day") <= day) & (pl.col("exit_day").fill_null(day + 1) > day)
    barri = pl.when(pl.col("move_day") > day).then("former_address_barri").otherwise("address_barri")
    is_near = barri == barris[topic] if service == "OBRES" else pl.lit(True)
    near = known.filter(is_here, is_near, pl.col("email").is_not_null())
    share = plan.rates["campaigns"]["neighbours"][service]
    size = min(near.height, round(share * plan.population))
    recipients = near[np.sort(rng.choice(near.height, size, replace=False))].select(
        "person", canal=pl.lit("EMAIL"), adreca="email", tema=pl.lit(topic)
    )
    today = plan.start + timedelta(days=day)
    return _messages(_of_notices(plan, recipients, service, today), today, service, "V")


def _of_notices(plan: CityPlan, recipients: pl.DataFrame, service: str, today: date) -> pl.DataFrame:
    """The recipients with the day's notice about their topic as topic, where there is one."""
    notices = avisos.sent_on(plan, today).filter(servei=service).select("tema", "codi")
    return recipients.join(notices, on="tema", how="left", maintain_order="left").select(
        "person", "canal", "adreca", tema=pl.coalesce("codi", "tema")
    )


def _messages(recipients: pl.DataFrame, today: date, service: str, kind: str) -> pl.DataFrame:
    """Messages of a service to recipients, numbered within the day and the kind."""
    turn = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)
    return recipients.select(
        "person", "canal", "adreca", "tema",
        servei=pl.lit(service),
        id_missatge=pl.format("M{}{}-{}", pl.lit(f"{today:%Y%m%d}"), pl.lit(service[:3] + kind), turn),
        campanya=pl.lit(f"{service.lower()}-{today:%Y%m%d}"),
        segment=pl.lit(_SEGMENTS[service]),
        id_persona=pl.lit(None, dtype=pl.String),
        sent_on=pl.lit(today), is_wrong_address=pl.lit(False), is_answered=pl.lit(False),
    )  # fmt: skip


def _asking(questionnaires: pl.DataFrame) -> pl.DataFrame:
    """A message with a questionnaire, by e-mail if the person has one."""
    asked = questionnaires.sort("sent_on", "id")
    day = pl.col("sent_on").dt.strftime("%Y%m%d")
    turn = pl.int_range(1, pl.len() + 1).over("sent_on").cast(pl.String).str.zfill(7)
    nothing = pl.lit(None, dtype=pl.String)
    return asked.select(
        "person",
        canal=pl.when(pl.col("email").is_not_null()).then(pl.lit("EMAIL")).otherwise(pl.lit("SMS")),
        adreca=pl.coalesce("email", "telefon"),
        tema=nothing,
        servei=pl.lit("ENQUESTA"),
        id_missatge=pl.format("M{}ENQ-{}", day, turn),
        campanya=pl.format("enquesta-{}", day),
        segment=pl.lit("enquesta_satisfaccio"),
        id_persona=nothing,
        sent_on="sent_on", is_wrong_address="is_wrong_address",
        is_answered=pl.col("answered_on").is_not_null(),
    )  # fmt: skip


def _happened(plan: CityPlan, rng: np.random.Generator, messages: pl.DataFrame) -> dict[str, BoolArray]:
    """For each kind of event, the messages with such an event."""
    rates = plan.rates["campaigns"]
    size = messages.height
    bounce = rng.random(size)
    is_answered, is_wrong = (messages[name].to_numpy() for name in ("is_answered", "is_wrong_address"))
    is_hard = ((bounce < rates["bounced_hard"]) | is_wrong) & ~is_answered
    is_soft = (bounce > 1 - rates["bounced_soft"]) & ~is_hard & ~is_answered
    arrived = ~is_hard & ~is_soft
    is_mail = (messages["canal"] == "EMAIL").to_numpy()
    often = messages["servei"].replace_strict(rates["opened"], return_dtype=pl.Float64).to_numpy()
    opened = arrived & is_mail & ((rng.random(size) < often) | is_answered)
    return {
        "ENVIAT": np.ones(size, dtype=bool),
        "LLIURAT": arrived,
        "REBOT_DUR": is_hard,
        "REBOT_TOU": is_soft,
        "OBERT": opened,
        "CLIC": opened & ((rng.random(size) < rates["clicked"]) | is_answered),
        "BAIXA": opened & (rng.random(size) < rates["unsubscribed"]),
    }
