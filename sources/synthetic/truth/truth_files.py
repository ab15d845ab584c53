"""Writes the truth beside the extracts: who each mention is and its errors, the people, and their events.

Only evaluation reads it, never the pipeline.
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

# A file beside the truth while it is written; evaluation has the same name.
UNFINISHED = "unfinished"
_MARK, _PART = "city.json", ".part"
_KEY = ["source", "source_key"]
_KEYS = {"mentions": _KEY, "organisation_mentions": _KEY, "records": _KEY, "refused": ["extract_date", *_KEY, "line"]}


class OtherCity(SourceError):
    """A home contains real extracts, or extracts of another city."""


def claim(out: Path, plan: CityPlan, nights: int) -> None:
    """Mark a home as this city's, so that a city never overwrites real extracts, another city, or later nights.

    Raises:
        OtherCity: the home has other extracts, or later nights of this city.
    """
    mark = out / "truth" / _MARK
    city = {
        "population": plan.population, "seed": plan.seed, "start": plan.start.isoformat(),
        "history_days": plan.history_days,
    }  # fmt: skip
    if mark.exists():
        if _marked(mark) != city:
            raise OtherCity(f"{out} holds another synthetic city: name a directory of its own by --out, or FIL_HOME")
        held = [date.fromisoformat(name.stem.split("_")[1]) for name in _nightly_extracts(out)]
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
    """Give the written truth its final names; if a run is stopped before this, it must write the truth again."""
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


def _nightly_extracts(out: Path) -> list[Path]:
    """The extracts of a source that delivers every night, landed or not."""
    return [path for area in ("inbox", "landing") for path in (out / area / "atencions").rglob("atencions_*.jsonl")]


def true_id(person: pl.Expr) -> pl.Expr:
    """The id of a person in the truth."""
    return "T" + person.cast(pl.String).str.zfill(8)


def true_organisation_id(organisation: pl.Expr) -> pl.Expr:
    """The id of an organisation in the truth."""
    return "E" + organisation.cast(pl.String).str.zfill(8)


def mention_rows(source: str, frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row per source record with data of a person; `channel` is how the record was made."""
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
    """One row per source record of a person who is not named in it."""
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


def _accepted(frame: pl.DataFrame, id_column: str) -> pl.LazyFrame:
    """The rows with an id that the contract does not quarantine; lazy, so that only needed columns are copied."""
    rows = frame.lazy().filter(pl.col(id_column).is_not_null())
    return rows.filter(pl.col("refused").is_null()) if "refused" in frame.columns else rows


class Truth:
    """The truth of the rows of all extracts, collected night by night."""

    def __init__(self) -> None:
        self._frames: dict[str, list[pl.DataFrame]] = {name: [] for name in _KEYS}

    def add(self, delivery: Delivery) -> None:
        """Keep the truth of an extract's rows."""
        self._frames["mentions"] += delivery.people
        self._frames["organisation_mentions"] += delivery.organisations
        self._frames["records"] += delivery.of_somebody
        self._frames["refused"] += delivery.refused

    def write(self, out: Path) -> int:
        """Write {mentions,organisation_mentions,records,refused}.parquet under temporary names (see `settle`).

        Returns the number of mentions. A row in several snapshots is one mention, with the truth of the last one.
        """
        sizes = {}
        for name, key in _KEYS.items():
            # Keys are unique in a source, so one source at a time is enough.
            by_source: dict[str, list[pl.DataFrame]] = {}
            for frame in self._frames.pop(name):
                by_source.setdefault("".join(frame["source"].head(1)), []).append(frame)
            parts = [pl.concat(frames).unique(key, keep="last", maintain_order=True) for frames in by_source.values()]
            _write(out, name, pl.concat(parts))
            sizes[name] = sum(part.height for part in parts)
        return sizes["mentions"]


def write_people(
    out: Path, plan: CityPlan, city: pl.DataFrame, outsiders: pl.DataFrame, events: pl.DataFrame, until: date
) -> None:
    """Write {persons,events}.parquet under temporary names (see `settle`).

    Args:
        out: a `$FIL_HOME`.
        plan: of the city.
        city: its people.
        outsiders: taxpayers who live elsewhere.
        events: one row per event.
        until: the last night.
    """
    today = (until - plan.start).days
    people = pl.concat([_persons(as_of(city, today), today), _outsiders(outsiders)], how="diagonal")
    _write(out, "persons", people)
    _write(out, "events", events)


def _persons(city: pl.DataFrame, today: int) -> pl.DataFrame:
    """The people on the last day, with their document and name before the last change."""
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
        parents=pl.concat_list(true_id(pl.col("mother")), true_id(pl.col("father"))).list.drop_nulls(),
    )  # fmt: skip


def _outsiders(outsiders: pl.DataFrame) -> pl.DataFrame:
    """People who live elsewhere, only with the values in the register of taxpayers."""
    return outsiders.select(
        "given_name", "surname_1", "surname_2", "document_type", "document",
        is_registered=pl.lit(False), true_person_id=true_id(pl.col("person")),
        traits=pl.lit([], dtype=pl.List(pl.String)), parents=pl.lit([], dtype=pl.List(pl.String)),
    )  # fmt: skip
