"""A draw that anybody repeats: by the ten lines of the documentation, and by nothing but the list and the seed."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.lottery.draw import Application, DrawError, draw, list_csv, results_csv
from exports.lottery.lists import Verified, verify

ROOT = Path(__file__).resolve().parents[3]
APPLICATIONS = [
    Application(f"E{number:05d}", f"CEM {number % 3}", str(number % 2 + 1), 7, f"***{number:04d}**")
    for number in range(300)
]


def published(tmp_path: Path, seed: str = "31415") -> Path:
    path = tmp_path / "results.csv"
    path.write_text(results_csv(draw(APPLICATIONS, seed)), encoding="utf-8")
    return path


def strangers_check(tmp_path: Path, path: Path, seed: str) -> subprocess.CompletedProcess[str]:
    """The program of the documentation, run as it is printed there, where nothing of Fil is."""
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "exports" / "README.md").read_text(), re.DOTALL)
    file = tmp_path / "check.py"
    file.write_text(program)
    command = [sys.executable, "-I", str(file), str(path), seed]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)


def test_a_stranger_repeats_the_draw(tmp_path: Path) -> None:
    path = published(tmp_path)
    right = strangers_check(tmp_path, path, "31415")
    assert right.returncode == 0, right.stderr
    assert strangers_check(tmp_path, path, "31416").returncode != 0
    assert verify(path, "31415") == Verified(300, ())


def test_each_place_and_turn_admits_as_many_as_it_has_places(tmp_path: Path) -> None:
    with published(tmp_path).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for place, turn in {(row["place"], row["turn"]) for row in rows}:
        of_turn = [row for row in rows if (row["place"], row["turn"]) == (place, turn)]
        assert [row["result"] for row in of_turn] == ["drawn"] * 7 + ["waiting"] * 43
        assert [row["place_in_turn"] for row in of_turn] == [str(number) for number in range(1, 51)]
    assert [row["draw_order"] for row in rows] == [str(number) for number in range(1, 301)]


@pytest.mark.parametrize(
    "mend",
    [
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: [one.replace(",waiting,", ",drawn,", 1) for one in lines],
        lambda lines: [one.replace(",7,", ",8,") for one in lines],
        lambda lines: [*lines[:5], *lines[6:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0].replace("draw_order", "order"), *lines[1:]],
        lambda lines: [one.replace(",7,", ",many,") for one in lines],
        lambda lines: [one.replace(",7,", ",7,7,", 1) for one in lines],
        lambda lines: [*lines[:5], lines[5].replace("CEM", '"CEM'), *lines[6:]],
        lambda lines: [*lines[:5], lines[5].replace("\n", "E00001\n"), *lines[6:]],
    ],
)  # fmt: skip
def test_a_list_that_was_touched_is_found_out(tmp_path: Path, mend: object) -> None:
    path = published(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(mend(lines)))  # type: ignore[operator] - any callable of the cases
    with pytest.raises(DrawError):
        verify(path, "31415")


def test_a_last_number_that_was_left_out_is_found_by_the_list_published_before(tmp_path: Path) -> None:
    path, listed = published(tmp_path), tmp_path / "list.csv"
    listed.write_text(list_csv(APPLICATIONS), encoding="utf-8")
    assert verify(path, "31415", listed) == Verified(300, ())
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert verify(path, "31415").applications == 299
    with pytest.raises(DrawError, match=r"does not have the applications of list\.csv"):
        verify(path, "31415", listed)


def test_no_name_and_no_whole_document_is_published(tmp_path: Path) -> None:
    listed = list_csv(APPLICATIONS).splitlines()
    assert listed[0] == "application_number,place,turn,places,document,drawn_as"
    assert listed[1] == "E00000,CEM 0,1,7,***0000**,"


@given(st.permutations(APPLICATIONS[:20]), st.text(min_size=1, max_size=9))
def test_the_order_of_the_list_never_matters(applications: list[Application], seed: str) -> None:
    assert results_csv(draw(applications, seed)) == results_csv(draw(APPLICATIONS[:20], seed))


def test_another_seed_draws_others_and_chances_are_even() -> None:
    """Over 400 seeds each of 300 numbers is first about as often: none more than ten times."""
    first = [draw(APPLICATIONS, str(seed))[0].application.number for seed in range(400)]
    assert len(set(first)) > 200
    assert max(first.count(number) for number in set(first)) <= 10


@pytest.mark.parametrize(("applications", "seed"), [([], ""), ([APPLICATIONS[0]] * 2, "1")])
def test_no_seed_and_a_number_that_stands_twice_are_refused(applications: list[Application], seed: str) -> None:
    with pytest.raises(DrawError):
        draw(applications, seed)
