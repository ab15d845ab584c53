"""Makes companies and entities with their true values; `contribuents.py` writes them into the register."""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import IntArray, stream, table, weighted
from sources.synthetic.people.population import FIRST_DAY, LAST_DAY, CityPlan

_TRADES = ("INSTAL·LACIONS", "RESTAURACIÓ", "TRANSPORTS", "GESTIÓ", "CONSTRUCCIONS", "ALIMENTACIÓ", "SERVEIS", "TÈXTIL")
_FORMS = {"B": ("SL", 66), "A": ("SA", 9), "G": ("ASSOCIACIÓ", 12), "H": ("COMUNITAT DE PROPIETARIS", 13)}
# What goes with a company's legal form, and the earliest day on which one of today's SAs was still an SL.
_FORM = ("kind", "form", "nif", "legal_name")
_EARLIEST = -3650
_ADMINISTERED = 0.7


def make_organisations(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """One row per organisation with its true values; most of them have an administrator."""
    rng = stream(plan.seed, "organisations")
    size = round(plan.rates["taxpayers"]["organisations_per_person"] * plan.population)
    kind = pl.Series(list(_FORMS)).gather(weighted(rng, [weight for _, weight in _FORMS.values()], size))
    representatives = _administrators(rng, city, size)
    surnames = table("surnames")["surname"]
    place: pl.DataFrame = city.select("type_ine", "name", "number", "floor", "door", "postcode")[
        rng.integers(0, city.height, size)
    ]
    numbers = rng.permutation(size).astype(np.int64) * 13 % 10_000_000
    domain = pl.format("empresa{}.example.org", pl.int_range(size))
    made = place.with_columns(
        organisation=pl.int_range(size, dtype=pl.Int64),
        kind=kind,
        nif=_cif(kind, numbers),
        form=kind.replace_strict({letter: name for letter, (name, _) in _FORMS.items()}),
        own_name=pl.format(
            "{} {}",
            pl.lit(pl.Series(_TRADES).gather(rng.integers(0, len(_TRADES), size))),
            pl.lit(surnames.gather(rng.integers(0, len(surnames), size)).str.to_uppercase()),
        ),
        town=pl.lit("BARCELONA"),
        email=pl.format("info@{}", domain),
        phone=pl.format("93{}", (pl.int_range(size) * 7919 % 10_000_000).cast(pl.String).str.zfill(7)),
        **representatives,
    )
    return _named(_transformed(plan, rng, made))


def _administrators(rng: np.random.Generator, city: pl.DataFrame, size: int) -> dict[str, pl.Expr]:
    """The administrators of most organisations: adults whose document does not change."""
    is_adult = (pl.col("age") >= 18) & (pl.col("document_type") == "DNI") & pl.col("change").is_null()
    adults = city.select("person", "document", "given_name", "surname_1", "surname_2").filter(
        city.select(is_adult).to_series()
    )
    who = adults[rng.integers(0, adults.height, size)]
    is_administered = pl.Series(rng.random(size) < _ADMINISTERED)
    return {
        f"representative_{name}": pl.when(is_administered).then(pl.lit(who[name]))
        for name in ("person", "document", "given_name", "surname_1", "surname_2")
    }


def _named(organisations: pl.DataFrame) -> pl.DataFrame:
    """The legal form ends a company's name and begins an entity's."""
    return organisations.with_columns(
        pl.when(pl.col("kind").is_in(["A", "B"]))
        .then(pl.format("{} {}", "own_name", f"{when}form"))
        .otherwise(pl.format("{} {}", f"{when}form", "own_name"))
        .alias(f"{when}legal_name")
        for when in ("", "former_")
    )


def as_of(organisations: pl.DataFrame, day: int | str) -> pl.DataFrame:
    """Organisations, any rows, as they are on a day counted from the plan's start, or on that of a column each.

    Adds is_transformed: the legal form and the NIF were others before.
    """
    day_of = pl.col(day) if isinstance(day, str) else pl.lit(day)
    is_to_come = (pl.col("transformed_day") > day_of).fill_null(False)
    return organisations.with_columns(
        *(pl.when(is_to_come).then(f"former_{name}").otherwise(name).alias(name) for name in _FORM),
        is_transformed=(pl.col("transformed_day") <= day_of).fill_null(False),
    )


def _transformed(plan: CityPlan, rng: np.random.Generator, organisations: pl.DataFrame) -> pl.DataFrame:
    """Some that were an SL are an SA by now, or will be; the letter of the NIF goes with the form."""
    rates = plan.rates["organisations"]
    size = organisations.height
    years = (LAST_DAY - FIRST_DAY) / 365
    kind, draw = organisations["kind"], pl.Series(rng.random(size))
    lately = (kind == "B") & (draw < rates["transformed"] * years)
    long_ago = (kind == "A") & (draw < rates["transformed_before"])
    before, since = rng.integers(_EARLIEST, FIRST_DAY, size), rng.integers(FIRST_DAY, LAST_DAY, size)
    day = pl.when(lately).then(pl.Series(since)).when(long_ago).then(pl.Series(before))
    was = {"kind": pl.lit("B"), "form": pl.lit("SL"), "nif": "B" + pl.col("nif").str.slice(1)}
    now = {"kind": pl.lit("A"), "form": pl.lit("SA"), "nif": "A" + pl.col("nif").str.slice(1)}
    return organisations.with_columns(
        transformed_day=day,
        **{f"former_{name}": pl.when(lately | long_ago).then(value) for name, value in was.items()},
        **{name: pl.when(lately | long_ago).then(value).otherwise(name) for name, value in now.items()},
    )


def administered(city: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """The city with company_nif: of who administers companies, the first one's."""
    first = organisations.filter(pl.col("representative_person").is_not_null()).select(
        person="representative_person", company_nif="nif"
    )
    first = first.unique("person", keep="first", maintain_order=True)
    known: pl.DataFrame = city.join(first, on="person", how="left", maintain_order="left")
    return known


def _cif(kind: pl.Series, numbers: IntArray) -> pl.Series:
    """Seven digits and their control: the odd places doubled and their digits added, the even ones as they are."""
    digits = np.stack([numbers // 10**place % 10 for place in range(6, -1, -1)])
    doubled = digits[0::2] * 2
    total = (doubled // 10 + doubled % 10).sum(axis=0) + digits[1::2].sum(axis=0)
    control = (10 - total % 10) % 10
    return kind + pl.Series(numbers).cast(pl.String).str.zfill(7) + pl.Series(control).cast(pl.String)
