"""The truth beside the extracts: who each mention is, what went wrong in it, who lives here and what befell them.

The pipeline never reads it; only evaluation does.
"""

import json
from datetime import date
from pathlib import Path

import polars as pl

from sources.errors import SourceError
from sources.synthetic.as_of import as_of
from sources.synthetic.draws import table
from sources.synthetic.people import FIRST_DAY, CityPlan
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


def true_organisation_id(organisation: pl.Expr) -> pl.Expr:
    """The truth's name for an organisation."""
    return "E" + organisation.cast(pl.String).str.zfill(8)


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
        true_organisation_id=true_organisation_id(pl.col("organisation")),
        error_types=pl.col(errors).cast(pl.List(pl.String)),
    )


def write_truth(
    out: Path,
    plan: CityPlan,
    city: pl.DataFrame,
    outsiders: pl.DataFrame,
    organisations: pl.DataFrame,
    mentions: list[pl.DataFrame],
    of_organisations: list[pl.DataFrame],
    until: date,
) -> int:
    """Write truth/{mentions,organisation_mentions,persons,events}.parquet; a row in two snapshots is one mention."""
    truth, today = out / "truth", (until - plan.start).days
    truth.mkdir(parents=True, exist_ok=True)
    # A register that hears of a change says the same mention otherwise: the last counts.
    rows = pl.concat(mentions).unique(["source", "source_key"], keep="last", maintain_order=True)
    rows.write_parquet(truth / "mentions.parquet")
    told = pl.concat(of_organisations).unique(["source", "source_key"], keep="last", maintain_order=True)
    told.write_parquet(truth / "organisation_mentions.parquet")
    pl.concat([_persons(as_of(city, today), today), _known_of(outsiders)], how="diagonal").write_parquet(
        truth / "persons.parquet"
    )
    _events(plan, city, organisations, until).write_parquet(truth / "events.parquet")
    return rows.height


def _persons(city: pl.DataFrame, today: int) -> pl.DataFrame:
    """Who everybody is on the last day, with the document and the name that they had before the last change."""
    groups = dict(table("countries").select("country", "region").iter_rows())
    has_changed = pl.col("change_day") <= today
    before = ("given_name", "surname_1", "surname_2", "sex", "document_type", "document")
    return city.select(
        "given_name", "surname_1", "surname_2", "birth_date", "sex", "document_type", "document", "phone", "email",
        "is_registered", "district",
        *(pl.when(has_changed).then(f"former_{name}").alias(f"former_{name}") for name in before),
        true_person_id=true_id(pl.col("person")), nationality="country_code",
        nationality_group=pl.col("country_code").replace_strict(groups), barri="address_barri",
        birth_year=pl.col("birth_date").dt.year(), traits=traits(city, today),
    )  # fmt: skip


def _known_of(outsiders: pl.DataFrame) -> pl.DataFrame:
    """Of who lives elsewhere only what the register of taxpayers is given."""
    return outsiders.select(
        "given_name", "surname_1", "surname_2", "document_type", "document",
        is_registered=pl.lit(False), true_person_id=true_id(pl.col("person")),
        traits=pl.lit([], dtype=pl.List(pl.String)),
    )  # fmt: skip


def _events(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, until: date) -> pl.DataFrame:
    """What befell people and companies from a year before the start to the last night, in the order of days."""
    ends = {"departure": "BC", "death": "BD", "expiry": "BK"}
    kinds = {
        "birth": pl.when(pl.col("entry_cause") == "AN").then("born_days"),
        "entry": pl.col("entry_day"),
        "move": pl.col("move_day"),
        "marriage": pl.col("married_day"),
        "separation": pl.col("separated_day"),
        "renewal": pl.when(pl.col("renewal_cause") == "MR").then("renewal_day"),
        "confirmation": pl.when(pl.col("renewal_cause") == "MC").then("renewal_day"),
    } | {kind: pl.when(pl.col("exit_cause") == cause).then("exit_day") for kind, cause in ends.items()}
    day = pl.lit(plan.start) + pl.duration(days="day")
    lived = city.filter("is_registered")
    frames = [lived.select("person", kind=pl.lit(kind), day=days) for kind, days in kinds.items()]
    frames.append(lived.select("person", kind="change", day="change_day"))
    frames.append(organisations.select("organisation", kind=pl.lit("transformation"), day="transformed_day"))
    return (
        pl.concat(frames, how="diagonal")
        .filter(pl.col("day").is_between(FIRST_DAY, (until - plan.start).days))
        .select(
            "kind",
            true_person_id=true_id(pl.col("person")),
            date=day,
            true_organisation_id=true_organisation_id(pl.col("organisation")),
        )
        .sort("date", "true_person_id", "true_organisation_id", "kind")
    )
