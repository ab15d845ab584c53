"""The truth beside the extracts: who each mention is, what went wrong in it, who lives here and what befell them.

The pipeline never reads it; only evaluation does.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from sources.base.errors import SourceError
from sources.synthetic.base.delivery import Delivery
from sources.synthetic.base.randomness import table
from sources.synthetic.changes.as_of import as_of
from sources.synthetic.people.population import CityPlan
from sources.synthetic.truth.traits import traits

# Beside the truth while it is written: evaluation knows the name, too.
UNFINISHED = "unfinished"
_MARK, _PART = "city.json", ".part"
_KEY = ["source", "source_key"]
_KEYS = {"mentions": _KEY, "organisation_mentions": _KEY, "records": _KEY, "refused": ["extract_date", *_KEY, "line"]}


class OtherCity(SourceError):
    """A home that holds people's extracts, or another city's."""


def claim(out: Path, plan: CityPlan, nights: int) -> None:
    """Make a home this city's, so that no city is ever written over real extracts, or over another one.

    Nor is the truth of fewer nights written over that of more.

    Raises:
        OtherCity: it is somebody else's, or holds later nights.
    """
    mark = out / "truth" / _MARK
    city = {
        "population": plan.population, "seed": plan.seed, "start": plan.start.isoformat(),
        "history_days": plan.history_days,
    }  # fmt: skip
    if mark.exists():
        if _marked(mark) != city:
            raise OtherCity(f"{out} holds another synthetic city: name a directory of its own by --out, or FIL_HOME")
        held = [date.fromisoformat(name.stem.split("_")[1]) for name in _told_every_night(out)]
        if held and max(held) >= plan.start + timedelta(days=nights):
            needed = (max(held) - plan.start).days + 1
            raise OtherCity(f"{out} holds nights to {max(held)}, whose truth would be lost: ask for {needed} or more")
    elif any(path.is_file() for area in ("inbox", "landing") for path in (out / area).rglob("*")):
        raise OtherCity(f"{out} holds extracts that are not simulated: name another directory by --out, or FIL_HOME")
    mark.parent.mkdir(parents=True, exist_ok=True)
    (out / "truth" / UNFINISHED).touch()
    temporary = mark.with_name(f".{mark.name}.part")
    temporary.write_text(json.dumps(city) + "\n", encoding="utf-8")
    temporary.replace(mark)


def settle(out: Path) -> None:
    """Let the truth count, once all of it is written; whoever was stopped before writes it again."""
    for part in sorted((out / "truth").glob(f"*.parquet{_PART}")):
        part.replace(part.with_suffix(""))
    (out / "truth" / UNFINISHED).unlink(missing_ok=True)


def _marked(mark: Path) -> object:
    try:
        return json.loads(mark.read_text(encoding="utf-8"))
    except ValueError:
        return None


def _write(out: Path, name: str, frame: pl.DataFrame) -> None:
    frame.write_parquet(out / "truth" / f"{name}.parquet{_PART}")


def _told_every_night(out: Path) -> list[Path]:
    """The extracts of a source that delivers every night, landed or not."""
    return [path for area in ("inbox", "landing") for path in (out / area / "atencions").rglob("atencions_*.jsonl")]


def true_id(person: pl.Expr) -> pl.Expr:
    """The truth's name for a person."""
    return "T" + person.cast(pl.String).str.zfill(8)


def true_organisation_id(organisation: pl.Expr) -> pl.Expr:
    """The truth's name for an organisation."""
    return "E" + organisation.cast(pl.String).str.zfill(8)


def mention_rows(source: str, frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row per source record that carries any data of a person; `channel` says how they came to be written."""
    return (
        _accepted(frame, "person")
        .select(
            source=pl.lit(source),
            source_key=pl.col(key),
            true_person_id=true_id(pl.col("person")),
            error_types=pl.col("error_types").cast(pl.List(pl.String)),
            channel=pl.col("channel") if "channel" in frame.columns else pl.lit("register"),
        )
        .collect()
    )


def somebodys_rows(source: str, frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row per source record that is a person's without naming it."""
    return (
        _accepted(frame, "person")
        .select(source=pl.lit(source), source_key=pl.col(key), true_person_id=true_id(pl.col("person")))
        .collect()
    )


def organisation_rows(source: str, frame: pl.DataFrame, key: str, errors: str) -> pl.DataFrame:
    """One row per source record of a company or an entity."""
    return (
        _accepted(frame, "organisation")
        .select(
            source=pl.lit(source),
            source_key=pl.col(key),
            true_organisation_id=true_organisation_id(pl.col("organisation")),
            error_types=pl.col(errors).cast(pl.List(pl.String)),
        )
        .collect()
    )


def _accepted(frame: pl.DataFrame, whose: str) -> pl.LazyFrame:
    """The rows of somebody: what a contract refuses names nobody. Lazy, so that what is not asked for is not copied."""
    told = frame.lazy().filter(pl.col(whose).is_not_null())
    return told.filter(pl.col("refused").is_null()) if "refused" in frame.columns else told


class Truth:
    """What is true of the rows of every delivery, gathered night by night."""

    def __init__(self) -> None:
        self._told: dict[str, list[pl.DataFrame]] = {name: [] for name in _KEYS}

    def add(self, delivery: Delivery) -> None:
        """Keep what is true of a delivery's rows."""
        self._told["mentions"] += delivery.people
        self._told["organisation_mentions"] += delivery.organisations
        self._told["records"] += delivery.of_somebody
        self._told["refused"] += delivery.refused

    def write(self, out: Path) -> int:
        """Write {mentions,organisation_mentions,records,refused}.parquet, to count once the truth is settled.

        Returns how many mentions there are. A row in two snapshots is one mention; a register that hears of a change
        says it otherwise, and the last counts.
        """
        sizes = {}
        for name, key in _KEYS.items():
            # A key is its source's own, so that one source after the other is enough.
            of_source: dict[str, list[pl.DataFrame]] = {}
            for frame in self._told.pop(name):
                of_source.setdefault("".join(frame["source"].head(1)), []).append(frame)
            parts = [pl.concat(frames).unique(key, keep="last", maintain_order=True) for frames in of_source.values()]
            _write(out, name, pl.concat(parts))
            sizes[name] = sum(part.height for part in parts)
        return sizes["mentions"]


def write_people(
    out: Path, plan: CityPlan, city: pl.DataFrame, outsiders: pl.DataFrame, happened: pl.DataFrame, until: date
) -> None:
    """Write {persons,events}.parquet, to count once the truth is settled."""
    today = (until - plan.start).days
    people = pl.concat([_persons(as_of(city, today), today), _known_of(outsiders)], how="diagonal")
    _write(out, "persons", people)
    _write(out, "events", happened)


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
