"""What spreadsheets, web pages, encodings and floating point do to values is undone; beside Python's own libraries."""

import html
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from orchestration.dbt.models_alone import render_macro

MANY = settings(max_examples=8, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
NAMES = (
    "Núria", "Peña", "Çelik", "Lluïsa", "Àngels", "Òscar", "JOSÉ", "PEÑA", "Müller", "Åström", "Călin", "Gal·la",
    "Mª Àngels", "Sørensen", "Łukasz", "O’Neill", "D'Abadal", "Roser & Fills", "Íngrid", "ÁLVARO", "Straße", "Šimić",
)  # fmt: skip


def undone(macro: str, texts: Sequence[str | None]) -> list[str | None]:
    rows = duckdb.connect(":memory:").execute(
        f"select {render_macro(macro, 'text')} from (select unnest($1::varchar[]) as text)", [list(texts)]
    )
    return [row[0] for row in rows.fetchall()]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_utf_8_that_was_read_otherwise(encoding: str) -> None:
    read = {}
    for name in NAMES:
        # Of five bytes Windows-1252 has no character: nobody reads them as one.
        with suppress(UnicodeDecodeError):
            read[name.encode().decode(encoding)] = name
    assert len(read) > 15
    assert undone("repair_text", list(read)) == list(read.values())


@pytest.mark.parametrize("escape", [html.escape, lambda name: name.encode("ascii", "xmlcharrefreplace").decode()])
def test_html_of_pages(escape: Callable[[str], str]) -> None:
    assert undone("repair_text", [escape(name) for name in NAMES]) == list(NAMES)


def test_named_characters_are_those_of_html() -> None:
    accents = ("acute", "grave", "circ", "tilde", "uml", "ring", "cedil", "caron")
    names = [f"&{letter}{accent};" for letter in "aceinosuyzACEINOSUYZ" for accent in accents]
    names += ["&amp;", "&#39;", "&apos;", "&quot;", "&middot;", "&ordf;", "&rsquo;", "&szlig;", "&AElig;", "&oslash;"]
    known = [name for name in names if html.unescape(name) != name]
    assert undone("repair_text", [f"a{name}b" for name in known]) == [f"a{html.unescape(name)}b" for name in known]
    unknown = ["&bogus;", "a & b; c", "&#0;", "&#x110000;", "&#;", "R&D"]
    assert undone("repair_text", unknown) == unknown


PLAIN = st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cs", "Cc"]), max_size=20)


@MANY
@given(st.lists(PLAIN | st.sampled_from(NAMES), min_size=100, max_size=120))
def test_a_text_that_is_as_it_should_be_stays(texts: list[str]) -> None:
    right = [text for text in texts if html.unescape(text) == text and not text.lstrip().startswith(("=", "'"))]
    right = [text for text in right if text == misread(text)]
    assert undone("repair_text", right) == right


def misread(text: str) -> str:
    """The text as it looks when its UTF-8 bytes are read as Windows-1252 or Latin-1."""
    codes = [sign.encode("cp1252", errors="ignore") or sign.encode("latin-1", errors="ignore") for sign in text]
    try:
        return b"".join(codes).decode() if all(codes) else text
    except UnicodeDecodeError:
        return text


def test_full_width_and_spreadsheets() -> None:
    wide = ["４０１０４７２９Ｃ", "Ｒｏｓｅｒ", "（＋３４）"]
    assert undone("repair_text", wide) == [unicodedata.normalize("NFKC", text) for text in wide]
    given_texts = ['="08008"', '="a ""b"""', "'08008", "'+34", "'t Hooft", "王小明", None]
    assert undone("repair_text", given_texts) == ["08008", 'a "b"', "08008", "+34", "'t Hooft", "王小明", None]


@MANY
@given(st.lists(st.integers(10, 10**15), min_size=100, max_size=100))
def test_numbers_that_went_through_floating_point(numbers: list[int]) -> None:
    assert undone("repair_number", [repr(float(number)) for number in numbers]) == [str(one) for one in numbers]
    of_many_digits = [number for number in numbers if number % 10]
    exact = [f"{number:.{len(str(number)) - 1}E}" for number in of_many_digits]
    assert undone("repair_number", exact) == [str(one) for one in of_many_digits]
    rounded = [f"{number:.2E}" for number in numbers if number > 10**5]
    assert undone("repair_number", rounded) == [None] * len(rounded)


def test_what_only_looks_like_a_float_stays() -> None:
    texts = ["104.000", "40.104.729", "93.412.34.00", "00.000.014-z", "12, 2n 1a", "1960-03-14", "C/ Sants, 12", None]
    assert undone("repair_number", texts) == texts


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1960-03-14 00:00:00+00", "1960-03-14"),
        ("1960-03-14T00:00:00Z", "1960-03-14"),
        ("1960-03-14 00:00:00.000", "1960-03-14"),
        ("1960-03-14 00:00:00.000000 +01:00", "1960-03-14"),
        ("1960-03-14 00:00", "1960-03-14"),
        ("14/03/1960 0:00", "1960-03-14"),
        ("14/3/1960", "1960-03-14"),
        ("19600314", "1960-03-14"),
        ("1960-03-14", "1960-03-14"),
        ("14.03.1960", "1960-03-14"),
        ("2001-02-30", None),
        ("1960-03-14 at noon", None),
        ("00:00:00", None),
    ],
)
def test_dates_with_a_time_and_a_zone(text: str, date: str | None) -> None:
    assert [one and str(one) for one in undone("written_date", [text])] == [date]
