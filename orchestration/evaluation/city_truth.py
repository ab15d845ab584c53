"""Reads the truth of a synthetic city and a published night into temporary tables; no other module reads the truth.

`night_scores.py` uses the tables. Columns that an older city's truth lacks are null.
"""

from datetime import date
from pathlib import Path

import duckdb

from matching.parties import ORGANISATION, PERSON, PartyKind
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from sources.base.sql import literal

TRUTH = "city_truth"
# The simulator's mark of an incomplete truth.
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

# Bands of the age at the business date; children under 14 and minors from 14, who may consent, have bands of their own.
_AGE_BANDS = {14: "0-13", 18: "14-17", 30: "18-29", 45: "30-44", 65: "45-64", 80: "65-79"}
_OLDEST = "80+"
UNKNOWN = "unknown"
DIMENSIONS = ("document_type", "nationality_group", "sex", "age", "district")


def is_synthetic(home: Home) -> bool:
    """Whether a home has a simulated city."""
    return truth_path(home, PERSON).exists()


def truth_path(home: Home, kind: PartyKind) -> Path:
    """The file with the true person of each mention of a kind; only a synthetic city has it."""
    return home.truth / _FILES[kind]


def read_truth(connection: duckdb.DuckDBPyConnection, home: Home, kind: PartyKind) -> None:
    """Read the truth of the mentions of a published night.

    Reads: the truth's file of the kind; the published mentions and interactions.
    Writes: `city_truth`, one row per mention that the night has; ids are numbers.

    Raises:
        StepFailed: the home has no synthetic city.
    """
    truth_sql = _truth_file(home, _FILES[kind])
    channel = "true_mentions.channel" if "channel" in _columns(connection, truth_sql) else "null"
    connection.execute(f"""
    create or replace temp table {TRUTH} as
    with true_mentions as (
        select *, hash(source, source_key) as record from {truth_sql}
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
        seen.mention_id, seen.person_id, {number(f"true_{kind.id_column}")} as true_person_id,
        true_mentions.source, true_mentions.error_types, seen.is_in_review,
        coalesce({channel}, contacts.channel) as channel
    from true_mentions inner join seen using (record) left join contacts using (record)
    """)


def read_persons(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date) -> None:
    """Read the true persons, with the dimensions of fairness as text and the ids of the parents.

    Reads: the truth's file of persons.
    Writes: `city_persons`, one row per true person.
    """
    truth_sql = _truth_file(home, "persons.parquet")
    columns = _columns(connection, truth_sql)
    known = {name: name if name in columns else "null" for name in ("nationality_group", "sex", "district")}
    traits = "traits" if "traits" in columns else "[]::varchar[]"
    # A group of nationality only if the parents are known, too.
    is_spanish = "nationality = 'ES'" if {"nationality", "parents"} <= columns else "null::boolean"
    parents = "parents" if "parents" in columns else "[]::varchar[]"
    bands = " ".join(f"when age < {below} then '{name}'" for below, name in _AGE_BANDS.items())
    connection.execute(
        f"""
        create or replace temp table {PERSONS} as
        with people as (select *, date_sub('year', birth_date, $1::date) as age from {truth_sql})
        select
            {number("true_person_id")} as true_person_id, coalesce({traits}, []) as traits,
            coalesce(document_type, 'none') as document_type,
            {is_spanish} as is_spanish, list_transform(coalesce({parents}, []), lambda one: {number("one")}) as parents,
            case {bands} when age is not null then '{_OLDEST}' end as age,
            {", ".join(f"{column}::varchar as {name}" for name, column in known.items())}
        from people
        """,
        [business_date],
    )


def by_dimension(dimension: str) -> str:
    """The parts of one of the dimensions."""
    return f"(select coalesce({dimension}, '{UNKNOWN}') as part, true_person_id from {PERSONS})"


def dimensions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The dimensions for which the truth has values."""
    counts = ", ".join(f"count({dimension})" for dimension in DIMENSIONS)
    row = connection.execute(f"select {counts} from {PERSONS}").fetchall()[0]
    return [dimension for dimension, count in zip(DIMENSIONS, row, strict=True) if count]


def number(id_: str) -> str:
    """An id as a number of 64 bits; with six million ids the chance of two equal numbers is one in a million."""
    return f"hash({id_})"


def _truth_file(home: Home, file: str) -> str:
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
