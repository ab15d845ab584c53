"""What became of the messages that the campaign tool sent: a table of Parquet with one row per event.

The tool's own lists of subscribers; it knows addresses, and no ids of the hub's.
"""

from datetime import date
from io import BytesIO

import numpy as np
import polars as pl

from sources.synthetic.draws import stream
from sources.synthetic.people import CityPlan
from sources.synthetic.subscripcions import begun

FIELDS = (
    "id_esdeveniment", "id_missatge", "campanya", "segment", "tema", "id_persona", "canal", "adreca", "esdeveniment",
    "moment",
)  # fmt: skip
# The brief: from 51 % (works) to 64 % (bus network) of the mails that arrive are opened.
_OPENED = {"OBRES": 0.51, "PREINSCRIPCIO": 0.57, "BUTLLETI": 0.55, "BUS": 0.64}
_SEGMENTS = {"OBRES": "afectacions", "PREINSCRIPCIO": "preinscripcio", "BUTLLETI": "butlletins", "BUS": "xarxa_bus"}


def events(plan: CityPlan, city: pl.DataFrame, day: date) -> pl.DataFrame:
    """The events of a day's messages, to a share of those who subscribed on the first day."""
    rng = stream(plan.seed, "campanyes", day.isoformat())
    rates = plan.rates["campaigns"]
    readers = begun(plan, city, plan.start)
    readers = readers.filter(pl.Series(rng.random(readers.height) < rates["daily_per_subscription"]))
    readers = readers.filter(pl.col("ends_on").is_null() | (pl.col("ends_on") > day))
    size = readers.height
    bounce = rng.random(size)
    is_hard, is_soft = bounce < rates["bounced_hard"], bounce > 1 - rates["bounced_soft"]
    arrived = ~is_hard & ~is_soft
    is_mail = (readers["canal"] == "EMAIL").to_numpy()
    opened = arrived & is_mail & (rng.random(size) < readers["servei"].replace_strict(_OPENED).to_numpy())
    happened = {
        "ENVIAT": np.ones(size, dtype=bool),
        "LLIURAT": arrived,
        "REBOT_DUR": is_hard,
        "REBOT_TOU": is_soft,
        "OBERT": opened,
        "CLIC": opened & (rng.random(size) < rates["clicked"]),
        "BAIXA": opened & (rng.random(size) < rates["unsubscribed"]),
    }
    messages = _messages(readers, day)
    minutes = np.cumsum(rng.integers(1, 90, (len(happened), size)), axis=0)
    parts = [
        messages.with_columns(esdeveniment=pl.lit(name), minutes=pl.Series(minutes[row])).filter(pl.Series(where))
        for row, (name, where) in enumerate(happened.items())
    ]
    return (
        pl.concat(parts)
        .sort("id_missatge", "minutes")
        .with_columns(
            id_esdeveniment=pl.format("{}-{}", "id_missatge", "esdeveniment"),
            moment=pl.lit(day).cast(pl.Datetime("us")) + pl.duration(hours=9) + pl.duration(minutes="minutes"),
        )
    )


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes; moments as moments."""
    target = BytesIO()
    frame.select(FIELDS).write_parquet(target, compression="zstd")
    return target.getvalue()


def _messages(readers: pl.DataFrame, day: date) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.String)
    return readers.select(
        "canal",
        id_missatge=pl.format(
            "M{}-{}", pl.lit(f"{day:%Y%m%d}"), pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)
        ),
        campanya=pl.format("{}-{}", pl.col("servei").str.to_lowercase(), pl.lit(f"{day:%Y%m%d}")),
        segment=pl.col("servei").replace_strict(_SEGMENTS),
        tema=pl.coalesce("zona", "bloc", "linia", "butlleti"),
        id_persona=nothing,
        adreca=pl.coalesce("email", "telefon"),
    )
