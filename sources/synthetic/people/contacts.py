"""Makes telephones and e-mails; some are shared by couples, families or care homes.

E-mails use reserved domains, so that no real person has one of them.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import stream, weighted
from sources.synthetic.base.text import folded
from sources.synthetic.people.population import CityPlan

_DOMAINS = ("correu.example.com", "mail.example.org", "bustia.example.net", "feina.example.com")


def make_contacts(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add phone, landline, email (or null) and language."""
    rng = stream(plan.seed, "contacts")
    size = people.height
    age = people["age"].to_numpy()
    catalan = np.where(people["names"].to_numpy() == "es", 0.52, 0.08)
    language = np.where(rng.random(size) < catalan, "ca", "es")
    english = people["names"].is_in(["en", "de", "nl", "in"]).to_numpy() & (rng.random(size) < 0.6)
    landline = (age > 30) & (rng.random(size) < np.interp(age, [30, 60, 80], [0.1, 0.4, 0.8]))
    frame = people.with_columns(
        phone=_numbers(rng, np.where(rng.random(size) < 0.9, 6, 7), 8, age >= 13, 0.96),
        landline=_numbers(rng, np.full(size, 93), 7, landline, 1.0).gather(people["household"].to_numpy()),
        email=_emails(rng, people),
        language=pl.Series(np.where(english, "en", language)),
    )
    return _shared(plan, rng, frame)


def _numbers(rng: np.random.Generator, prefix: object, digits: int, may: object, share: float) -> pl.Series:
    span = 10**digits
    prefixes = np.asarray(prefix)
    # Multiplying by a number coprime to ten deals out distinct numbers.
    body = (rng.permutation(len(prefixes)).astype(np.int64) * 7_654_321 + int(rng.integers(span))) % span
    numbers = pl.Series(prefixes).cast(pl.String) + pl.Series(body).cast(pl.String).str.zfill(digits)
    has = np.asarray(may) & (rng.random(len(prefixes)) < share)
    return pl.select(pl.when(pl.Series(has)).then(numbers)).to_series()


def _emails(rng: np.random.Generator, people: pl.DataFrame) -> pl.Series:
    size = people.height
    has = rng.random(size) < np.interp(people["age"].to_numpy(), [13, 16, 60, 75, 90], [0.0, 0.9, 0.85, 0.5, 0.1])
    given = folded(pl.col("given_name")).str.to_lowercase().str.replace_all("[^a-z]", "")
    surname = folded(pl.col("surname_1")).str.to_lowercase().str.replace_all("[^a-z]", "")
    style = pl.Series(rng.integers(0, 4, size))
    year = pl.Series(rng.integers(10, 99, size)).cast(pl.String)
    local = (
        pl.when(style == 0)
        .then(given + "." + surname)
        .when(style == 1)
        .then(given.str.slice(0, 1) + surname + year)
        .when(style == 2)
        .then(given + year)
        .otherwise(surname + "." + given)
    )
    domain = pl.Series(_DOMAINS).gather(weighted(rng, [50, 25, 15, 10], size))
    frame = people.select(local=local, domain=domain)
    repeat = pl.int_range(pl.len()).over("local", "domain")
    numbered = pl.col("local") + pl.when(repeat > 0).then("." + repeat.cast(pl.String)).otherwise(pl.lit(""))
    return frame.select(pl.when(pl.Series(has)).then(numbered + "@" + pl.col("domain"))).to_series()


def _shared(plan: CityPlan, rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Share contacts: of a couple, of a care home with its residents, of a parent with a child."""
    rates = plan.rates["city"]
    parent = pl.coalesce("mother", "father")
    for name in ("email", "phone"):
        sharing = pl.Series(rng.random(frame.height) < rates[f"couples_sharing_{name}"] / 2)
        partners = pl.when(sharing & pl.col("partner").is_not_null()).then(pl.col(name).gather(pl.col("partner")))
        frame = frame.with_columns(pl.coalesce(partners, name).alias(name))
    through = pl.Series(rng.random(frame.height) < rates["reached_through_care_home"]) & (pl.col("living") == "care")
    of_home = {
        "phone": pl.format("93{}", (pl.col("household") * 7919 % 10_000_000).cast(pl.String).str.zfill(7)),
        "email": pl.format("residencia{}@mail.example.org", "household"),
    }
    frame = frame.with_columns(
        pl.when(through).then(value).otherwise(name).alias(name) for name, value in of_home.items()
    )
    young = pl.col("age") < 16
    return frame.with_columns(
        pl.when(young).then(pl.col(name).gather(parent)).otherwise(name).alias(name) for name in ("phone", "email")
    )
