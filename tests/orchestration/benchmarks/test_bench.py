"""The benchmark's sets: FEBRL's rows in the columns of `fil match`, with the original's letter on a mistyped number."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.benchmarks.febrl import write_set
from orchestration.benchmarks.match import measure_matchers
from orchestration.benchmarks.parse import measure_parsing
from orchestration.home.settings import ConfigurationError

HEADER = (
    "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, "
    "date_of_birth, soc_sec_id"
)
ROWS = (
    "rec-7-org, mitchell, green, 7, wallaby place, delmar, cleveland, 2119, sa, 19560409, 1804974",
    "rec-7-dup-0, mitchell, , 7, wallaby place, delmar, cleveland, 2119, sa, 19560409, 1804947",
)


def test_a_mistyped_number_keeps_the_letter_of_its_original(tmp_path: Path) -> None:
    (tmp_path / "dataset3.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    mentions, truth = write_set("febrl3", tmp_path, tmp_path)
    rows = list(csv.DictReader(mentions.read_text().splitlines()))
    assert [row["document"] for row in rows] == ["01804974A", "01804947A"]
    assert [row["surname_1"] for row in rows] == ["green", ""]
    assert list(csv.DictReader(truth.read_text().splitlines())) == [
        {"record_id": "rec-7-org", "truth_id": "7"},
        {"record_id": "rec-7-dup-0", "truth_id": "7"},
    ]


def test_without_its_environment_the_benchmark_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.benchmarks.match._RIVALS", tmp_path)
    with pytest.raises(ConfigurationError, match="make setup-bench"):
        next(measure_matchers())


def row(number: int, *, is_copy: bool) -> str:
    """A record, or its copy, in which some values differ."""
    given = f"name{number % 50}" + ("x" if is_copy and number % 5 == 0 else "")
    born = f"19{number % 90 + 10}0{number % 9 + 1}1{number % 9 if not is_copy or number % 7 else 9}"
    postcode = number % 40 + (1 if is_copy and number % 4 == 0 else 0)
    document = f"0{1000000 + number * 37}{'X' if not is_copy or number % 6 else 'Y'}"
    key = f"{'b' if is_copy else ''}{number}"
    return f"{key},{document},{given},surname{number % 70},{born},street,{number % 90},{postcode}"


def test_plain_splink_finds_most_copies(tmp_path: Path) -> None:
    header = "record_id,document,given_name,surname_1,birth_date,street,street_number,postcode"
    rows = [row(number, is_copy=is_copy) for is_copy in (False, True) for number in range(300)]
    (tmp_path / "in.csv").write_text("\n".join([header, *rows]) + "\n")
    command = [
        sys.executable,
        "-m",
        "matching.benchmarks.plain_splink",
        str(tmp_path / "in.csv"),
        str(tmp_path / "out.csv"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    written = csv.DictReader((tmp_path / "out.csv").read_text().splitlines())
    found = {one["record_id"]: one["person_id"] for one in written}
    assert len(found) == 600
    assert sum(found[str(number)] == found[f"b{number}"] for number in range(300)) > 270


@pytest.mark.long
def test_each_format_is_measured_beside_a_bare_reader_of_the_same_file() -> None:
    found = list(measure_parsing(1_000, 1, ("tramits", "activitats_estiu", "atencions")))
    assert {(one.format, one.bare_reader) for one in found} == {
        ("json_lines", "DuckDB read_json"),
        ("xml", "lxml.iterparse, counting"),
        ("delimited", "zipfile, DuckDB read_csv"),
    }
    for one in found:
        assert one.rows > 0 and one.bytes > 0 and one.ratio > 0
        assert all(cost.cpu_seconds > 0 and cost.peak_mb > 0 for cost in (one.bare, one.reader, one.fil))
