"""How documents are read, beside python-stdnum: what is valid, what a repair gives back, and that nothing stops it."""

import re
import unicodedata
from collections.abc import Iterable

import duckdb
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from stdnum.es import cif, dni, nie, nif

from orchestration.dbt.models_alone import render_models
from orchestration.home.settings import DBT_PROJECT_DIR

RELATIONS = {name: name for name in ("int_source_mentions", "placeholder_documents", "int_documents")}
MANY = settings(max_examples=8, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
Reading = tuple[str | None, str | None, bool, bool]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    # For a few rows, long statements take longer to optimise than to run.
    connection.execute("pragma disable_optimizer")
    path = DBT_PROJECT_DIR / "seeds" / "placeholder_documents.csv"
    connection.execute("create table placeholder_documents as from read_csv($1, all_varchar = true)", [str(path)])
    return connection


def read(database: duckdb.DuckDBPyConnection, texts: Iterable[str], declared: str | None = None) -> dict[str, Reading]:
    """Type, number, validity and repair of each text; a text that can't be read as a document is left out."""
    given_texts = sorted(set(texts))
    database.register("told", pa.table({"document_raw": pa.array(given_texts, pa.string())}))
    database.execute(
        "create or replace table int_source_mentions as"
        " select document_raw, $1::varchar as document_declared_type from told",
        [declared],
    )
    (statement,) = render_models(["int_documents"], RELATIONS)
    database.execute(statement)
    rows = database.execute(
        "select document_raw, document_type, document, is_document_valid, is_document_repaired from int_documents"
    ).fetchall()
    assert len(rows) == len({row[0] for row in rows})
    return dict.fromkeys(given_texts, (None, None, False, False)) | {row[0]: row[1:] for row in rows}


def fillers() -> set[str]:
    """DNIs and NIEs of one or two repeated digits or of consecutive digits, with and without their letters."""
    of_row = ["23456789012345"[place : place + 8] for place in range(7)]
    falling = ["9876543210987654"[place : place + 8] for place in range(9)]
    digits = [*(f"{pair:02d}" * 4 for pair in range(100)), *of_row, *falling]
    whole = {number + dni.calc_check_digit(number) for number in digits if len(number) == 8}
    whole |= {
        initial + one[:7] + dni.calc_check_digit(str("XYZ".index(initial)) + one[:7])
        for initial in "XYZ"
        for one in digits
    }
    whole |= {
        initial + one[1:8] + dni.calc_check_digit(str("XYZ".index(initial)) + one[1:8])
        for initial in "XYZ"
        for one in digits
    }
    return whole | {number[:8] for number in whole}


FILLERS = fillers()


def placeholders(database: duckdb.DuckDBPyConnection) -> set[str]:
    listed = {row[0] for row in database.execute("select placeholder from placeholder_documents").fetchall()}
    return listed | FILLERS


def expected(text: str) -> tuple[str, str] | None:
    """Type and number of a valid document by python-stdnum, without separators, country and the zero of an old NIE."""
    plain = "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
    number = re.sub("[^A-Z0-9]", "", plain.upper())
    bare = re.fullmatch("(?:ES)?([0-9]{8}[A-Z]|[XYZKLM][0-9]{7,8}[A-Z])(?:ESP|ES)?", number)
    number = re.sub("^([XYZ])0([0-9]{7}[A-Z])$", r"\1\2", bare[1] if bare else number)
    if len(number) != 9:
        return None
    if dni.is_valid(number):
        return "DNI", number
    if nie.is_valid(number):
        return "NIE", number
    if number[0] in "KLM" and nif.is_valid(number):
        return f"NIF_{number[0]}", number
    return ("CIF", number) if cif.is_valid(number) else None


def with_letter(number: int, prefix: str = "") -> str:
    digits = f"{number:0{8 - len(prefix)}d}"
    return prefix + digits + (nie if prefix and prefix in "XYZ" else dni).calc_check_digit(prefix + digits)


DNIS = st.integers(100_000, 99_999_999).map(with_letter)
NIES = st.tuples(st.integers(1, 9_999_999), st.sampled_from("XYZ")).map(lambda told: with_letter(*told))
OTHERS = st.tuples(st.integers(1, 9_999_999), st.sampled_from("KLM")).map(
    lambda told: f"{told[1]}{told[0]:07d}{dni.calc_check_digit(f'{told[0]:07d}')}"
)
CIFS = st.tuples(st.sampled_from("ABCDEFGHJNPQRSUVW"), st.integers(1, 9_999_999), st.integers(0, 1)).map(
    lambda told: f"{told[0]}{told[1]:07d}{cif.calc_check_digits(f'{told[0]}{told[1]:07d}')[told[2]]}"
)
NUMBERS = DNIS | NIES | OTHERS | CIFS
LETTERED = st.from_regex("[A-Z]?[0-9]{5,9}[A-Z]?", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def marred(number: str, place: int, mark: str) -> str:
    place %= len(number)
    return number[:place] + mark + number[place + 1 :]


MARRED = st.builds(marred, NUMBERS, st.integers(0, 8), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. ñ"))
DRESSED = st.builds(
    lambda number, dress: dress.format(number, number[0], number[1:-1], number[-1]),
    NUMBERS,
    st.sampled_from(
        ["{0}", " {0} ", "{1}-{2}-{3}", "{1}{2} {3}", "{1}.{2}/{3}", "ES{0}", "ES-{0}", "{0} ESP", "{0}-ES"]
    ),
)


@MANY
@given(st.lists(DRESSED | DRESSED.map(str.lower) | MARRED | LETTERED | TEXT, min_size=150, max_size=200))
def test_valid_is_what_stdnum_says_of_the_letter_that_stood_there(
    database: duckdb.DuckDBPyConnection, texts: list[str]
) -> None:
    known = placeholders(database)
    for text, (kind, number, is_valid, is_repaired) in read(database, texts).items():
        right = expected(text)
        # A company's number keeps its country: it is read as it stands.
        right = None if right and right[1] in known else right
        assert is_valid == (right is not None), (text, right)
        assert not (is_valid and is_repaired)
        assert not is_valid or (kind, number) == right
        # Lost zeros come back before a letter that stays as it was written, right or wrong.
        assert (
            not is_repaired or nif.is_valid(number) or re.sub("[^0-9]", "", text).lstrip("0") == number[:8].lstrip("0")
        )


@MANY
@given(st.lists(DNIS, min_size=40, max_size=40, unique=True), st.lists(NIES, min_size=40, max_size=40, unique=True))
def test_a_repair_gives_the_number_back_and_says_so(
    database: duckdb.DuckDBPyConnection, of_dni: list[str], of_nie: list[str]
) -> None:
    known = placeholders(database)
    repairs: dict[str, str] = {}
    for number in (one for one in of_dni if one not in known and one[:8] not in known):
        repairs |= {number[:8]: number, number[:8].replace("0", "O") + number[8]: number}
        repairs |= {number[:8].translate(str.maketrans("158", "ISB")) + number[8]: number}
        repairs |= {number.lstrip("0"): number}
    for number in (one for one in of_nie if one not in known):
        repairs |= {number[:8]: number, number[0] + number[1:8].replace("0", "O") + number[8]: number}
    found = read(database, repairs)
    for text, (kind, number, is_valid, is_repaired) in found.items():
        was_whole = text == repairs[text]
        assert (number, is_valid, is_repaired) == (repairs[text], was_whole, not was_whole), (text, kind)


@MANY
@given(st.lists(NIES, min_size=40, max_size=40, unique=True))
def test_an_old_nie_and_one_without_its_initial(database: duckdb.DuckDBPyConnection, numbers: list[str]) -> None:
    known = placeholders(database)
    numbers = [number for number in numbers if number not in known]
    old = read(database, [f"{number[0]}-0{number[1:8]}-{number[8]}" for number in numbers])
    assert all(kind == "NIE" and is_valid for kind, _, is_valid, _ in old.values())
    without = read(database, [number[1:] for number in numbers], "NIE")
    for text, (kind, number, is_valid, is_repaired) in without.items():
        # Three initials have three letters, so that one of them at most is right.
        assert (kind, number[1:] if number else None, is_valid, is_repaired) == ("NIE", text, False, True)


PASSPORTS = {
    "ES": "AAB123456", "IT": "YA1234567", "FR": "12AB34567", "CO": "AB123456", "PK": "AB1234567", "CN": "EA1234567",
    "HN": "A123456", "MA": "AB1234567", "PH": "P1234567A", "IN": "A1234567", "BD": "A12345678", "UA": "AB123456",
    "EC": "A12345678", "AR": "AAA123456", "BR": "AB123456", "US": "A12345678",
}  # fmt: skip
DIGITS_ALONE = {"PE": "123456789", "RU": "123456789", "GB": "123456789", "EC": "1234567890"}


def test_passports_of_each_countrys_pattern(database: duckdb.DuckDBPyConnection) -> None:
    """Digits alone may be a DNI without its letter, or a telephone, unless the row declares a passport."""
    undeclared = read(database, PASSPORTS.values())
    declared = read(database, [*PASSPORTS.values(), *DIGITS_ALONE.values()], "PASSPORT")
    for text, reading in undeclared.items():
        assert reading == declared[text] == ("PASSPORT", text, False, False)
    assert all(declared[text] == ("PASSPORT", text, False, False) for text in DIGITS_ALONE.values())


WORDS = (
    "DNI {0}", "DNI{0}", "dni: {0}", "D.N.I. {0}", "D.N.I.{0}", "NIF {0}", "NIF{0}", "N.I.F. {0}", "{0} (DNI)",
    "{0} DNI", "{0}-NIF", "NIE {0}", "{0} (NIE)", "N.I.E.: {0}", "TIE {0}", "DNI núm. {0}", "núm. {0}", "Nº {0}",
    "nº{0}", "DNI/NIF {0}", "DNIe {0}", "Document {0}", "doc. {0}", "Document d'identitat núm. {0}",
    "Documento de identidad {0}",
)  # fmt: skip


@MANY
@given(st.lists(st.tuples(DNIS | NIES | OTHERS, st.sampled_from(WORDS)), min_size=120, max_size=150))
def test_words_for_a_document_are_no_part_of_its_number(
    database: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str]]
) -> None:
    known = placeholders(database)
    worded = {words.format(number): number for number, words in pairs if number not in known}
    for text, (_, number, is_valid, _) in read(database, worded).items():
        assert (number, is_valid) == (worded[text], True), text


def test_words_say_of_what_kind_a_number_is(database: duckdb.DuckDBPyConnection) -> None:
    for words in ("Passport no. {0}", "Passaport {0}", "Pasaporte nº {0}", "PASSPORT: {0}", "{0} (passaport)"):
        for passport in (*PASSPORTS.values(), "123456780"):
            text = words.format(passport)
            assert read(database, [text])[text] == ("PASSPORT", passport, False, False), text
    assert read(database, ["NIE 1234568C"])["NIE 1234568C"] == ("NIE", "X1234568C", False, True)
    # What nothing but a declared kind says otherwise stays as it was declared.
    assert read(database, ["DNI 01234567L"], "PASSPORT")["DNI 01234567L"] == ("DNI", "01234567L", True, False)


@MANY
@given(st.lists(DNIS, min_size=40, max_size=40, unique=True))
def test_a_number_that_went_through_floating_point(database: duckdb.DuckDBPyConnection, numbers: list[str]) -> None:
    known = placeholders(database)
    long = [one for one in numbers if one >= "01" and one[:8] not in known]
    texts = {f"{words}{int(one[:8])}.0": one for one in long for words in ("", "DNI ")}
    for text, reading in read(database, texts).items():
        assert reading == ("DNI", texts[text], False, True)
    rounded = ["4.01E+07", "4.0105E+07", "4,01047E+07"]
    assert set(read(database, rounded).values()) == {(None, None, False, False)}


def test_numbers_of_forms_examples_are_nobodys(database: duckdb.DuckDBPyConnection) -> None:
    written = ["X1234567L", "x-1234567-l", "NIE X1234567L", "Y1234567X", "Z1234567R", "12345678Z", "12121212M"]
    assert set(read(database, written).values()) == {(None, None, False, False)}
