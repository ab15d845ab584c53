"""The truth of a synthetic city beside a published night, as temp tables; nothing else reads it.

What is made of them is for `evaluation/night_scores.py`. Columns that an older city's truth lacks are null.
"""

from datetime import date
from pathlib import Path

import duckdb

from matching.parties import ORGANISATION, PERSON, PartyKind
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from sources.base.sql import literal

TRUTH = "city_truth"
# The simulator's mark of a truth that is not whole.
_UNFINISHED = "unfinished"
PERSONS = "city_persons"


_FILES = {PERSON: "mentions.parquet", ORGANISATION: "organisation_mentions.parquet"}

# Parts of the mentions, and of the persons, for `matching.evaluation.groups`.
BY_SOURCE = f"(select source as part, mention_id from {TRUTH})"
BY_ERROR = f"(select unnest(list_distinct(error_types)) as part, mention_id from {TRUTH})"
BY_CHANNEL = f"(select channel as part, mention_id from {TRUTH} where channel is not null)"
BY_TRAIT = f"(select unnest(list_distinct(traits)) as part, true_person_id from {PERSONS})"
IN_REVIEW = f"(select 'in review' as part, mention_id from {TRUTH} where is_in_review)"
REVIEW_BY_SOURCE = f"(select source as part, mention_id from {TRUTH} where is_in_review)"

# Bands of the age at the business date: the child, who may consent, and who may not be of age yet apart from the rest.
_AGE_BANDS = {14: "0-13", 18: "14-17", 30: "18-29", 45: "30-44", 65: "45-64", 80: "65-79"}
_OLDEST = "80+"
UNKNOWN = "unknown"
DIMENSIONS = ("document_type", "nationality_group", "sex", "age", "district")


def is_synthetic(home: Home) -> bool:
    """Whether a home holds a city that was simulated, and no real one."""
    return truth_path(home, PERSON).exists()


def truth_path(home: Home, kind: PartyKind) -> Path:
    """Who is who among the mentions of a kind of party; only a synthetic city has it."""
    return home.truth / _FILES[kind]


def read_truth(connection: duckdb.DuckDBPyConnection, home: Home, kind: PartyKind) -> None:
    """Write temp table `city_truth`, one row per mention that the published night has seen; ids are numbers.

    Later extracts are none of its business.

    Raises:
        StepFailed: the home holds no synthetic city.
    """
    told = _told(home, _FILES[kind])
    channel = "told.channel" if "channel" in _columns(connection, told) else "null"
    connection.execute(f"""
    create or replace temp table {TRUTH} as
    with told as (
        select *, hash(source, source_key) as record from {told} as told
    ),
    seen as (
        select {number("mention_id")} as mention_id, {number(f"coalesce({kind.id_column}, mention_id)")} as person_id,
            is_in_review, hash(source, source_key) as record
        from published.hub.mentions
    ),
    contacts as (
        select hash(source, source_key) as record, min(channel) as channel from published.hub.interactions group by all
    )
    select
        seen.mention_id, seen.person_id, {number(f"true_{kind.id_column}")} as true_person_id, told.source,
        told.error_types, seen.is_in_review, coalesce({channel}, contacts.channel) as channel
    from told inner join seen using (record) left join contacts using (record)
    """)


def read_persons(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date) -> None:
    """Write temp table `city_persons`, one row per true person, with the dimensions of fairness as words."""
    told = _told(home, "persons.parquet")
    found = _columns(connection, told)
    known = {name: name if name in found else "null" for name in ("nationality_group", "sex", "district")}
    traits = "traits" if "traits" in found else "[]::varchar[]"
    bands = " ".join(f"when age < {below} then '{name}'" for below, name in _AGE_BANDS.items())
    connection.execute(
        f"""
        create or replace temp table {PERSONS} as
        with told as (select *, date_sub('year', birth_date, $1::date) as age from {told})
        select
            {number("true_person_id")} as true_person_id, coalesce({traits}, []) as traits,
            coalesce(document_type, 'none') as document_type,
            case {bands} when age is not null then '{_OLDEST}' end as age,
            {", ".join(f"{column}::varchar as {name}" for name, column in known.items())}
        from told
        """,
        [business_date],
    )


def by_dimension(dimension: str) -> str:
    """The parts of one of the dimensions."""
    return f"(select coalesce({dimension}, '{UNKNOWN}') as part, true_person_id from {PERSONS})"


def dimensions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Those of which the truth tells anything."""
    counts = ", ".join(f"count({dimension})" for dimension in DIMENSIONS)
    row = connection.execute(f"select {counts} from {PERSONS}").fetchall()[0]
    return [dimension for dimension, told in zip(DIMENSIONS, row, strict=True) if told]


def number(id_: str) -> str:
    """An id as a number of 64 bits: six million are told apart by it but for one chance in a million."""
    return f"hash({id_})"


def _told(home: Home, file: str) -> str:
    path = home.truth / file
    if (home.truth / _UNFINISHED).exists():
        raise StepFailed(
            f"{home.directory} has a city whose simulation did not finish: run `fil simulate` again with the same "
            "options"
        )
    if not path.exists():
        raise StepFailed(f"{path} is missing: only a city made by `fil simulate` can be evaluated")
    return f"read_parquet({literal(str(path))})"


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    return {str(row[0]) for row in connection.execute(f"describe from {relation}").fetchall()}
