"""One child, one chance; and lists that a spreadsheet saved, which are read as what they are."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.lottery.draw import Application, DrawError, draw, list_csv, results_csv
from exports.lottery.lists import Verified, verify
from tests.exports.lottery.test_draw import APPLICATIONS, strangers_check

# Every tenth number is another application for the child of the number before.
REPEATED = [
    replace(one, place=before.place, turn=before.turn, drawn_as=before.number) if place % 10 == 9 else one
    for place, (before, one) in enumerate(zip([APPLICATIONS[0], *APPLICATIONS], APPLICATIONS, strict=False))
]
OLD_COLUMNS = "draw_order,application_number,place,turn,places,place_in_turn,result,document\n"


def published(directory: Path, applications: list[Application], seed: str = "31415") -> tuple[Path, Path]:
    results, listed = directory / "results.csv", directory / "list.csv"
    results.write_text(results_csv(draw(applications, seed)), encoding="utf-8", newline="")
    listed.write_text(list_csv(applications), encoding="utf-8", newline="")
    return results, listed


@given(st.text("0123456789", min_size=1))
def test_a_child_of_two_numbers_has_one_chance_and_takes_one_place(seed: str) -> None:
    results = draw(REPEATED, seed)
    drawn = [one for one in results if not one.application.drawn_as]
    assert [replace(one, application=None) for one in draw([one for one in REPEATED if not one.drawn_as], seed)] == [
        replace(one, application=None) for one in drawn
    ]
    by_number = {one.application.number: one for one in results}
    for one in results:
        if one.application.drawn_as:
            other = by_number[one.application.drawn_as]
            assert (one.draw_order, one.place_in_turn, one.result) == (
                other.draw_order,
                other.place_in_turn,
                other.result,
            )
    taken = [one for one in drawn if one.result == "drawn"]
    assert len(taken) == 7 * len({(one.place, one.turn) for one in REPEATED})


def test_a_stranger_repeats_the_draw_of_children_with_two_numbers(tmp_path: Path) -> None:
    results, listed = published(tmp_path, REPEATED)
    assert verify(results, "31415", listed) == Verified(300, ())
    assert strangers_check(tmp_path, results, "31415").returncode == 0
    text = results.read_text()
    results.write_text(text.replace(",E00008\n", ",\n"))
    assert strangers_check(tmp_path, results, "31415").returncode != 0
    with pytest.raises(DrawError):
        verify(results, "31415")


@pytest.mark.parametrize("other", ["E99999", "E00001", "E00002"])
def test_a_number_is_drawn_as_one_that_is_drawn_itself(other: str) -> None:
    first, second = replace(APPLICATIONS[1], drawn_as="E00000"), replace(APPLICATIONS[2], drawn_as=other)
    with pytest.raises(DrawError, match="is not drawn itself"):
        draw([APPLICATIONS[0], first, second], "1")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_list_that_a_spreadsheet_saved_is_right_and_not_the_one_published(
    tmp_path: Path, delimiter: str, line_end: str, encoding: str
) -> None:
    applications = [replace(one, place=f"CEM Marítim {one.place}") for one in REPEATED]
    paths = published(tmp_path, applications)
    for path in paths:
        text = path.read_text(encoding="utf-8").replace(",", delimiter).replace("\n", line_end)
        # Blank lines, and lines of delimiters alone, stand at the end of what was a sheet.
        path.write_bytes((text + line_end + delimiter * 8 + line_end).encode(encoding))
    assert verify(paths[0], "31415", paths[1]) == Verified(300, ("results.csv", "list.csv"))


def test_every_field_in_quotation_marks_is_the_same_list(tmp_path: Path) -> None:
    results, _ = published(tmp_path, REPEATED)
    lines = results.read_text().splitlines()
    results.write_text("".join(f'"{line}"\r\n'.replace(",", '";"') for line in lines), encoding="utf-8-sig", newline="")
    assert verify(results, "31415") == Verified(300, ("results.csv",))


def test_a_value_that_a_spreadsheet_changed_is_found_with_what_to_ask_for(tmp_path: Path) -> None:
    results, _ = published(tmp_path, REPEATED)
    text = results.read_text().replace(",", ";").replace("CEM 0", "CEM 00", 1)
    results.write_text(text, encoding="utf-8-sig")
    with pytest.raises(DrawError, match="for the original file: another program saved this one"):
        verify(results, "31415")


def test_what_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_bytes(b"draw_order\x81")
    with pytest.raises(DrawError, match=r"results\.csv is not text"):
        verify(path, "1")
    path.write_bytes(b"")
    with pytest.raises(DrawError, match=r"results\.csv is not a list of a draw"):
        verify(path, "1")


def test_a_list_of_before_numbers_could_be_drawn_as_another_is_still_right(tmp_path: Path) -> None:
    results, _ = published(tmp_path, APPLICATIONS)
    lines = [line.rpartition(",")[0] + "\n" for line in results.read_text().splitlines()]
    assert lines[0] == OLD_COLUMNS
    results.write_text("".join(lines), newline="")
    assert verify(results, "31415") == Verified(300, ())
