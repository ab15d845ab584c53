"""What never changes who is whom in a file, nor stops `fil match`: order, absent columns, repeated rows, any text."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from matching.model.model_file import promoted_model
from matching.records.mention_file import COLUMNS
from orchestration.benchmarks.city_mentions import write_mentions
from orchestration.linking.file_matching import MatchRequest, match_file

OPTIONAL = COLUMNS[1:]
FEW = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
MORE = settings(FEW, max_examples=5)
Persons = set[frozenset[str]]


@pytest.fixture(scope="module")
def mentions(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Mentions of a village, from two registers and four counters, with every error of the simulation."""
    path = tmp_path_factory.mktemp("village") / "mentions.parquet"
    write_mentions(path, 240, 3)
    return pl.read_parquet(path)


@pytest.fixture(scope="module")
def whole(mentions: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Persons:
    found = linked(mentions, tmp_path_factory.mktemp("whole"))
    assert 80 < len(found) < 160
    return found


def linked(mentions: pl.DataFrame, home: Path, registers: Sequence[str] = (), model: Path | None = None) -> Persons:
    """The record ids of each person."""
    mentions.write_parquet(home / "in.parquet")
    match_file(MatchRequest(home / "in.parquet", home / "out.parquet", registers, model=model or promoted_model()))
    told = pl.read_parquet(home / "out.parquet")
    assert sorted(told["record_id"]) == sorted(mentions["record_id"].unique())
    return {frozenset(ids) for ids in told.group_by("person_id").agg("record_id")["record_id"]}


def among(persons: Persons, ids: Sequence[str]) -> Persons:
    """The same persons as far as they concern some records."""
    return {part for part in (person & set(ids) for person in persons) if part}


@FEW
@given(st.integers(0, 2**32 - 1))
def test_order_of_rows_and_columns(mentions: pl.DataFrame, whole: Persons, tmp_path: Path, seed: int) -> None:
    shuffled = mentions.sample(fraction=1, shuffle=True, seed=seed)
    assert linked(shuffled.select(reversed(shuffled.columns)), tmp_path) == whole


@FEW
@given(st.sets(st.sampled_from(OPTIONAL), min_size=1))
def test_an_absent_column_is_an_empty_one(mentions: pl.DataFrame, tmp_path: Path, names: set[str]) -> None:
    empty = mentions.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in names)
    blank = mentions.with_columns(pl.lit("  ").alias(name) for name in names)
    assert linked(mentions.drop(names), tmp_path) == linked(empty, tmp_path) == linked(blank, tmp_path)


def tells_enough(mentions: pl.DataFrame) -> pl.DataFrame:
    named = pl.all_horizontal(pl.col("given_name", "surname_1", "surname_2", "birth_date").is_not_null())
    return mentions.filter(named & (pl.col("source") != "padro"))


@FEW
@given(st.data())
def test_rows_told_again_are_the_same_people(
    mentions: pl.DataFrame, whole: Persons, tmp_path: Path, data: st.DataObject
) -> None:
    """Under ids of their own, once and again; or as they stand, ids and all."""
    telling = tells_enough(mentions)
    places = data.draw(st.lists(st.integers(0, telling.height - 1), min_size=1, max_size=60))
    told = telling[places].with_row_index("copy")
    copies = told.with_columns(record_id=pl.format("{}/{}", "record_id", "copy")).drop("copy")
    persons = linked(pl.concat([mentions, copies, mentions[places]]), tmp_path)
    assert among(persons, mentions["record_id"].to_list()) == whole
    person_of = {record: person for person in persons for record in person}
    assert all(copy in person_of[copy.rpartition("/")[0]] for copy in copies["record_id"])


def test_a_register_that_repeats_a_row_lists_two_people(mentions: pl.DataFrame, tmp_path: Path) -> None:
    row = mentions.filter((pl.col("source") == "padro") & pl.col("document").is_null())[:1]
    twice = pl.concat([mentions, row.with_columns(record_id=pl.lit("again"))])
    ids = [row["record_id"].item(), "again"]
    assert len(among(linked(twice, tmp_path, ["padro"]), ids)) == 2


STRANGE = (
    "\x00", "\u202eabc", "\ufeff", "\U0001f469\u200d\U0001f466" * 9, "ﷺ", "Ǆ", "ß" * 9, "İ", "e\u0301" * 3,
    "'; drop table x --", "{{ 1 }}", "9" * 40, "1" * 5000, "%s%n", "-", "0000-00-00", "2001-02-30", "NaN", "null",
    "\t\r\n", "a@b", "\U0001f600@\U0001f600.cat", "+34" + "6" * 60,
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(STRANGE)


@MORE
@given(st.lists(st.fixed_dictionaries({name: TEXT for name in OPTIONAL}), min_size=30, max_size=30))
def test_any_text_in_any_field(
    mentions: pl.DataFrame, whole: Persons, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    strange = pl.DataFrame([{"record_id": f"ñ{place}"} | row for place, row in enumerate(rows)]).select(COLUMNS)
    persons = linked(pl.concat([mentions, strange]), tmp_path)
    assert among(persons, mentions["record_id"].to_list()) == whole


@FEW
@given(st.sets(TEXT.filter(lambda text: text.strip()), min_size=2, max_size=60))
def test_any_text_as_an_id(mentions: pl.DataFrame, tmp_path: Path, ids: set[str]) -> None:
    """Blanks at its ends are no part of an id."""
    distinct = sorted({text.strip() for text in ids})
    named = mentions[: len(distinct)].with_columns(record_id=pl.Series(distinct))
    linked(named, tmp_path)
