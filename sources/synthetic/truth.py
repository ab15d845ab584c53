"""The truth beside the extracts: who each mention is, what went wrong in it, who lives here and what befell them.

The pipeline never reads it; only evaluation does.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from sources.errors import SourceError
from sources.synthetic.draws import table
from sources.synthetic.people import CityPlan
from sources.synthetic.traits import traits


class OtherCity(SourceError):
    """A home that holds people's extracts, or another city's."""


def claim(out: Path, plan: CityPlan) -> None:
    """Make a home this city's, so that no city is ever written over real extracts, or over another one.

    Raises:
        OtherCity: it is somebody else's.
    """
    mark = out / "truth" / "city.json"
    city = {"population": plan.population, "seed": plan.seed, "start": plan.start.isoformat()}
    if mark.exists():
        if json.loads(mark.read_text(encoding="utf-8")) != city:
            raise OtherCity(f"{out} holds another synthetic city: name a directory of its own by --out, or FIL_HOME")
        return
    if any(path.is_file() for area in ("inbox", "landing") for path in (out / area).rglob("*")):
        raise OtherCity(f"{out} holds extracts that are not simulated: name another directory by --out, or FIL_HOME")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(city) + "\n", encoding="utf-8")


def true_id(person: pl.Expr) -> pl.Expr:
    """The truth's name for a person."""
    return "T" + person.cast(pl.String).str.zfill(8)


def mention_rows(source: str, frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row per source record that carries any data of a person."""
    return frame.filter(pl.col("person").is_not_null()).select(
        source=pl.lit(source),
        source_key=pl.col(key),
        true_person_id=true_id(pl.col("person")),
        error_types=pl.col("error_types").cast(pl.List(pl.String)),
    )


def organisation_rows(source: str, frame: pl.DataFrame, key: str, errors: str) -> pl.DataFrame:
    """One row per source record of a company or an entity."""
    return frame.filter(pl.col("organisation").is_not_null()).select(
        source=pl.lit(source),
        source_key=pl.col(key),
        true_organisation_id="E" + pl.col("organisation").cast(pl.String).str.zfill(8),
        error_types=pl.col(errors).cast(pl.List(pl.String)),
    )


def write_truth(
    out: Path,
    plan: CityPlan,
    city: pl.DataFrame,
    outsiders: pl.DataFrame,
    mentions: list[pl.DataFrame],
    of_organisations: list[pl.DataFrame],
    until: date,
) -> int:
    """Write truth/{mentions,organisation_mentions,persons,events}.parquet; a row in two snapshots is one mention."""
    truth = out / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    rows = pl.concat(mentions).unique(["source", "source_key"], keep="first", maintain_order=True)
    rows.write_parquet(truth / "mentions.parquet")
    told = pl.concat(of_organisations).unique(["source", "source_key"], keep="first", maintain_order=True)
    told.write_parquet(truth / "organisation_mentions.parquet")
    pl.concat([_persons(city), _known_of(outsiders)], how="diagonal").write_parquet(truth / "persons.parquet")
    _events(plan, city, until).write_parquet(truth / "events.parquet")
    return rows.height


def _persons(city: pl.DataFrame) -> pl.DataFrame:
    groups = dict(table("countries").select("country", "region").iter_rows())
    return city.select(
        "given_name", "surname_1", "surname_2", "birth_date", "sex", "document_type", "document", "phone", "email",
        "is_registered", "district", true_person_id=true_id(pl.col("person")), nationality="country_code",
        nationality_group=pl.col("country_code").replace_strict(groups), barri="address_barri",
        birth_year=pl.col("birth_date").dt.year(), traits=traits(city),
    )  # fmt: skip


def _known_of(outsiders: pl.DataFrame) -> pl.DataFrame:
    """Of who lives elsewhere only what the register of taxpayers is given."""
    return outsiders.select(
        "given_name", "surname_1", "surname_2", "document_type", "document",
        is_registered=pl.lit(False), true_person_id=true_id(pl.col("person")),
        traits=pl.lit([], dtype=pl.List(pl.String)),
    )  # fmt: skip


def _events(plan: CityPlan, city: pl.DataFrame, until: date) -> pl.DataFrame:
    """Entries, moves, departures and deaths from a year before the start to the last night."""
    kinds = {
        "entry": pl.col("entry_day"),
        "move": pl.col("move_day"),
        "departure": pl.when(pl.col("exit_cause") == "BC").then("exit_day"),
        "death": pl.when(pl.col("exit_cause") == "BD").then("exit_day"),
    }
    first = plan.start - timedelta(days=365)
    frames = [
        city.filter("is_registered").select(
            true_person_id=true_id(pl.col("person")),
            kind=pl.lit(kind),
            date=pl.lit(plan.start) + pl.duration(days=days),
        )
        for kind, days in kinds.items()
    ]
    return pl.concat(frames).filter(pl.col("date").is_between(first, until)).sort("date", "true_person_id", "kind")
