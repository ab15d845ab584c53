"""Telephones and postcodes as people and tools write them: one, none, or another country's."""

import pytest
from stdnum.es import postal_code

from tests.dbt_project.mentions.test_written_values import undone


def written(national: str) -> list[str]:
    """A number of nine digits in each format in which forms and tools write it."""
    spaced = f"{national[:2]} {national[2:5]} {national[5:7]} {national[7:]}"
    dashed = f"{national[:3]}-{national[3:6]}-{national[6:]}"
    wide = national.translate({48 + digit: 0xFF10 + digit for digit in range(10)})
    return [
        national, spaced, dashed, f"+34{national}", f"+34 {spaced}", f"0034{national}", f"0034 {dashed}",
        f"34{national}", f"(+34) {national}", f"tel. {dashed}", f"Tel: {spaced} (matins)", f"{national}.0",
        f"34{national}.0", f'="{national}"', f"'{national}", f"'+34{national}", wide,
    ]  # fmt: skip


@pytest.mark.parametrize("national", ["934123457", "612345671", "712345670", "834123457"])
def test_a_telephone_of_spain(national: str) -> None:
    assert set(undone("normalise_phone", written(national))) == {f"+34{national}"}
    assert set(undone("comparable_phone", written(national))) == {f"+34{national}"}


@pytest.mark.parametrize("between", [" / ", ";", ", ", " o ", " i ", "\n", " ", "", " - "])
def test_of_several_telephones_the_first_that_can_be_used(between: str) -> None:
    several = [f"934123457{between}612345671", f"999999999{between}934123457", f"934123457{between}999999999"]
    assert undone("normalise_phone", several) == ["+34934123457"] * 3
    assert undone("normalise_phone", ["93 412 34 57 ext. 123", "93 412 34 57 ext 9"]) == ["+34934123457"] * 2


NONE = (
    "999999999", "666666666", "600000000", "+34 666 666 666", "000000000", "000", "123456789", "12345678", "1234567",
    "112", "010", "900123123", "no en té", "a@b12345678.cat", "48779529W", "6.17559E+08", "", "-", None,
)  # fmt: skip


def test_what_stands_for_no_telephone() -> None:
    assert undone("normalise_phone", NONE) == [None] * len(NONE)
    assert undone("comparable_phone", NONE) == [None] * len(NONE)


def test_another_countrys_telephone() -> None:
    """Without a plus sign nobody can call it, but it may be compared."""
    bare = ["020 7946 0958", "(555) 010-1234", "5550199", "0412 345 678", "020-79460958 (work)", "2025550143.0"]
    assert undone("normalise_phone", bare) == [None] * len(bare)
    assert undone("comparable_phone", bare) == [
        "02079460958", "5550101234", "5550199", "0412345678", "02079460958", "2025550143",
    ]  # fmt: skip
    dialled = ["+44 20 7946 0958", "0044 20 7946 0958", "tel. +44-20-7946-0958"]
    assert undone("comparable_phone", dialled) == ["+442079460958"] * 3


REPEATED = {"11111", "22222", "33333", "44444"}


def test_every_postcode_of_spain_is_stdnums() -> None:
    codes = [f"{number:05d}" for number in range(100_000)]
    right = [code if postal_code.is_valid(code) and code not in REPEATED else None for code in codes]
    assert undone("normalise_postcode", codes) == right
    floats = [f"{number}.0" for number in range(1000, 10_000, 7)]
    assert undone("normalise_postcode", floats) == [
        f"0{text[:4]}" if postal_code.is_valid(f"0{text[:4]}") and text != "9999.0" else None for text in floats
    ]


@pytest.mark.parametrize(
    "text",
    [
        "08008", "8008", "08008.0", "8008.0", " 8008 ", "E-08008", "ES 08008", "CP 08008", "C.P. 08008", "08 008",
        "08.008", "08008 Barcelona", "08008-Barcelona", '="08008"', "'08008", "０８００８",
    ],
)  # fmt: skip
def test_a_postcode_of_spain_as_it_is_written(text: str) -> None:
    assert undone("normalise_postcode", [text]) == undone("comparable_postcode", [text]) == ["08008"]


def test_another_countrys_postcode() -> None:
    """Blanks and capital letters make no difference."""
    for spellings, code in (
        (("ts19 0sh", "TS19 0SH", "TS190SH", " Ts19  0sh "), "TS190SH"),
        (("1234 AB", "1234ab"), "1234AB"),
        (("90210", "90210-1234", "90210.0"), "90210"),
        (("12345-678", "12345678"), "12345678"),
        (("AD500", "ad 500"), "AD500"),
    ):
        assert set(undone("comparable_postcode", spellings)) == {code}
        assert set(undone("normalise_postcode", spellings)) == {None}
    none = ["00000", "99999", "77777", "11111", "9999", "0000", "99 999", "desconegut", "x1", "-", "", None]
    assert undone("comparable_postcode", none) == [None] * len(none)
