"""Writes millions of mentions of a simulated city as a file for `fil match`: two registers and four counters.

If there are more mentions than one city has, they are of several cities, each with its own streets and postcodes.
People and errors come from the simulation; no extract of any source is written.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matching.records.mention_file import COLUMNS
from sources.synthetic.base.randomness import rates, stream, weighted
from sources.synthetic.city import make_city
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import PERSONAL, enter, turned_up

REGISTERS = ("padro", "contribuents")
# Shares of 5.8 million mentions of some 2.7 million people: the first register lists most of them, the second half.
_PEOPLE, _TAXED = 0.465, 0.45
_OF_A_CITY = 5_800_000
_TOWNS = ("", "d'Avall", "d'Amunt", "de Ponent", "de Llevant", "de Mar", "de Muntanya", "de la Vall", "del Bosc")
_COUNTERS = {"atencions": 40, "iris": 10, "tramits": 30, "cita_previa": 20}
_PART = 500_000
_DAY = date(2026, 5, 4)
_FIELDS = dict(
    zip(
        PERSONAL,
        (
            "type", "document", "document_country", "given_name", "surname_1", "surname_2", "birth_date", "sex",
            "street", "street_number", "postcode", "email", "phone",
        ),
        strict=True,
    )
)  # fmt: skip


def write_mentions(path: Path, mentions: int, seed: int) -> Path:
    """Write so many unordered mentions and, beside them, `truth.parquet` (record_id, truth_id); return its path."""
    plan = CityPlan(round(mentions * _PEOPLE / 1.1), seed, _DAY, rates())
    # Nobody administers a company here.
    nothing = pl.lit(None, dtype=pl.String)
    city = make_city(plan).with_columns(pl.col("birth_date").cast(pl.String), company_nif=nothing)
    city = _spread(city, -(-mentions // _OF_A_CITY))
    rng = stream(seed, "bench")
    truth_path = path.with_name("truth.parquet")
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(path, schema) as records, pq.ParquetWriter(truth_path, _TRUTH) as truth:
        for source, person in _draws(rng, city, mentions):
            part = _padro(rng, plan, city[person]) if source == "padro" else _counter(rng, plan, city, source, person)
            # A key does not depend on the person, and is as long as a source's.
            part = part.with_columns(record_id=pl.format("{}-{}", pl.lit(source), pl.Series(_keys(rng, part.height))))
            truth.write_table(part.select("record_id", truth_id="person").to_arrow().cast(_TRUTH))
            records.write_table(part.with_columns(source=pl.lit(source)).select(COLUMNS).to_arrow().cast(schema))
    return truth_path


def _spread(city: pl.DataFrame, towns: int) -> pl.DataFrame:
    """Spread homes over so many towns; with one town nothing changes."""
    columns = {}
    for before in ("", "former_"):
        town = pl.col(f"{before}household") % towns
        name, postcode = pl.col(f"{before}name"), pl.col(f"{before}postcode")
        of_town = pl.lit(pl.Series(_TOWNS)).gather(town % len(_TOWNS))
        columns[f"{before}name"] = pl.when(town > 0).then(name + " " + of_town).otherwise(name)
        province = (town + 8).cast(pl.String).str.zfill(2)
        columns[f"{before}postcode"] = pl.when(town > 0).then(province + postcode.str.slice(2)).otherwise(postcode)
    return city.with_columns(**columns)


_TRUTH = pa.schema([("record_id", pa.string()), ("truth_id", pa.int64())])


def _keys(rng: np.random.Generator, size: int) -> pl.Series:
    return pl.Series(rng.permutation(size).astype(np.int64)) + int(rng.integers(10**12))


def _draws(rng: np.random.Generator, city: pl.DataFrame, mentions: int) -> Iterator[tuple[str, np.ndarray]]:
    """The source and the row numbers of people, in parts of a bounded size."""
    registered = rng.permutation(np.flatnonzero(city["is_registered"].to_numpy()))
    taxed = rng.permutation(np.flatnonzero((city["age"] >= 18).to_numpy() & (rng.random(city.height) < _TAXED)))
    rest = max(0, mentions - len(registered) - len(taxed))
    often = rng.gamma(0.7, 1.0, city.height)
    counters = {
        source: weighted(rng, often, round(rest * share / sum(_COUNTERS.values())))
        for source, share in _COUNTERS.items()
    }
    for source, people in {"padro": registered, "contribuents": taxed, **counters}.items():
        for start in range(0, len(people), _PART):
            yield source, people[start : start + _PART]


def _padro(rng: np.random.Generator, plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    dirt = Dirt(people, rng, plan.rates)
    for column in ("given_name", "surname_1", "surname_2"):
        dirt.typo("typo", column, plan.rates["padro"]["typo"])
    return dirt.frame.with_columns(
        street=pl.col("type_ca") + " " + pl.col("name"),
        street_number=pl.col("number").cast(pl.String),
        email=pl.lit(None, dtype=pl.String),
        phone=pl.lit(None, dtype=pl.String),
    )


def _counter(
    rng: np.random.Generator, plan: CityPlan, city: pl.DataFrame, source: str, person: np.ndarray
) -> pl.DataFrame:
    """Mentions typed in at a counter; or for the tax register, with a document and without a birth date."""
    is_tax = source == "contribuents"
    people = turned_up(city, person, np.zeros_like(person)).with_columns(
        is_identified=pl.Series(rng.random(len(person)) < (1.0 if is_tax else 0.8)),
        is_named=pl.lit(True),
        channel=pl.lit("counter"),
    )
    typed = enter(Dirt(people, rng, plan.rates))
    typed = typed.select("person", **{new: pl.col(old) for old, new in _FIELDS.items()})
    return typed.with_columns(birth_date=pl.lit(None, dtype=pl.String)) if is_tax else typed
