"""How names are normalised: accents, abbreviations, and other alphabets."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pytest

from orchestration.dbt.models_alone import render_macro


def of_each(macro: str, texts: Sequence[str | None]) -> list[Any]:
    rows = duckdb.connect(":memory:").execute(
        f"select {render_macro(macro, 'text')} from (select unnest($1::varchar[]) as text)", [list(texts)]
    )
    return [row[0] for row in rows.fetchall()]


@pytest.mark.parametrize(
    "names",
    [
        {"Núria": "NURIA", "Gal·la": "GALLA", "O’Neill": "ONEILL", "Maria del Mar": "MARIA MAR", "de la": "DE LA"},
        {"Mª": "MA", "M.ª Àngels": "MA ANGELS", "Ángela Mª": "ANGELA MA", "Fco.": "FCO", "J. M.": "J M", "-": None},
        # Passports of these alphabets have the names as ICAO 9303 writes them.
        {"Юлия": "IULIIA", "Щербакова-Жук": "SHCHERBAKOVA ZHUK", "Олексій": "OLEKSII", "Ђорђевић": "DJORDJEVIC"},
        {"Παπαδοπούλου": "PAPADOPOULOU", "Ελένη": "ELENI", "Γιώργος": "GIORGOS", "Χρήστος": "CHRISTOS"},
        # Other alphabets stay; vowel marks of Hebrew and Arabic are often left out, those of India and Japan never.
        {"محمد": "محمد", "مُحَمَّد": "محمد"},
        {"王 小明": "王 小明", "राम": "राम", "रमा": "रमा", "ガン": "ガン", "カン": "カン"},
    ],
)
def test_a_name(names: Mapping[str, str | None]) -> None:
    assert dict(zip(names, of_each("normalise_name", list(names)), strict=True)) == names


def test_every_letter_is_transliterated() -> None:
    """Every letter of Cyrillic and Greek becomes Latin ones, except the hard and the soft sign."""
    letters = [chr(code) for first, last in ((0x410, 0x42F), (0x391, 0x3A9)) for code in range(first, last + 1)]
    letters = [letter for letter in letters if letter.isalpha()]
    latin = of_each("normalise_name", letters)
    assert {letter for letter, name in zip(letters, latin, strict=True) if name is None} == {"Ь", "Ъ"}
    assert all(name.isascii() and name.isalpha() for name in latin if name)


def test_the_letters_of_a_name_with_its_accents() -> None:
    names = {"Júlia": "JÚLIA", "julià": "JULIÀ", "Ma. Àngels": "MAÀNGELS", "Núria": "NÚRIA", "Pere": None}
    decomposed = "Nu\u0301ria"
    assert of_each("accented_letters", [*names, decomposed]) == [*names.values(), "NÚRIA"]
