"""`fil match` on files as people have them: an answer, or one clear line about what is wrong; never a traceback."""

import csv
import json
import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.support import forked

HEADER = "record_id,source,document,given_name,surname_1,surname_2,birth_date,street,street_number,postcode,email,phone"
ROWS = [
    "1,padro,00000014Z,Núria,Puig,Soler,1980-02-03,Carrer de Balmes,12,08007,,",
    "2,iris,00.000.014-z,Nuria,PUIG,,03/02/1980,,,,nuria@example.org,934123456",
    "3,padro,01234567L,Josep,Mas,Roca,1975-07-09,C/ Aragó,3,08015,,",
    "4,iris,,Pep,Mas,Roca,19750709,Aragó,3,08015,,",
    "5,iris,,Ona,Vila,Serra,2001-13-45,,,,,",
    "6,iris,,,,,,,,,,",
]


def fil_match(*arguments: object) -> subprocess.CompletedProcess[str]:
    return forked.run(["match", *map(str, arguments)], os.environ, Path.cwd())


def written(path: Path, *lines: str, end: str = "\n", encoding: str = "utf-8") -> Path:
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


def persons(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["record_id"]: row["person_id"] for row in csv.DictReader(handle)}


def assert_linked(path: Path) -> None:
    found = persons(path)
    assert sorted(found) == ["1", "2", "3", "4", "5", "6"]
    assert found["1"] == found["2"]
    assert found["3"] == found["4"]
    assert len(set(found.values())) == 4


@pytest.mark.parametrize(
    ("header", "rows", "end", "encoding"),
    [
        (HEADER, ROWS, "\n", "utf-8"),
        (HEADER, ROWS, "\r\n", "utf-8-sig"),
        (HEADER.replace(",", ";"), [row.replace(",", ";") for row in ROWS], "\n", "utf-8"),
        (HEADER.upper() + ",note", [f'{row},"a, ""quoted""\nnote"' for row in ROWS], "\n", "utf-8"),
    ],
    ids=["plain", "windows", "semicolons", "quoted"],
)
def test_a_csv_as_people_save_it(tmp_path: Path, header: str, rows: list[str], end: str, encoding: str) -> None:
    mentions = written(tmp_path / "in.csv", header, *rows, end=end, encoding=encoding)
    result = fil_match(mentions, "--output", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    assert_linked(tmp_path / "out.csv")
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["mentions"], last["persons"]) == (6, 4)
    assert "Birth dates that could not be read, used as unknown: 1" in result.stderr
    assert not {"Puig", "00000014Z", "nuria@example.org"} & set(result.stderr.split())


def test_parquet_in_and_out_with_truth_and_links(tmp_path: Path) -> None:
    written(tmp_path / "in.csv", HEADER, *ROWS)
    duckdb.sql(f"copy (from read_csv('{tmp_path}/in.csv')) to '{tmp_path}/in.parquet'")
    truth = written(tmp_path / "truth.csv", "record_id,truth_id", "1,a", "2,a", "3,b", "4,b", "5,c", "6,d")
    result = fil_match(
        tmp_path / "in.parquet", "--output", tmp_path / "out.parquet", "--truth", truth, "--links", tmp_path / "l.csv",
        "--register", "padro",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["precision"], last["recall"], last["f1"], last["b3_f1"]) == (1, 1, 1, 1)
    assert duckdb.sql(f"select count(*) from '{tmp_path}/out.parquet'").fetchall() == [(6,)]
    links = duckdb.sql(f"from '{tmp_path}/l.csv' where record_id_l = 3 or record_id_r = 3")
    (row,) = [dict(zip(links.columns, values, strict=True)) for values in links.fetchall()]
    assert row["is_one_person"]
    assert row["birth_date"] > 5
    parts = [row[name] for name in ("document", "given_name", "surnames", "birth_date", "contact", "address", "sex")]
    assert sum(parts) > row["match_weight"]


def test_two_entries_of_a_register_are_two_people(tmp_path: Path) -> None:
    twice = [ROWS[0], ROWS[0].replace("1,padro,00000014Z", "7,padro,")]
    mentions = written(tmp_path / "in.csv", HEADER, *twice)
    for arguments, count in (((), 1), (("--register", "padro"), 2)):
        result = fil_match(mentions, "--output", tmp_path / "out.csv", *arguments)
        assert result.returncode == 0, result.stderr
        assert len(set(persons(tmp_path / "out.csv").values())) == count


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows(tmp_path: Path, count: int) -> None:
    mentions = written(tmp_path / "in.csv", HEADER, *ROWS[:count])
    result = fil_match(mentions, "--output", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    assert len(persons(tmp_path / "out.csv")) == count


def test_only_ids(tmp_path: Path) -> None:
    mentions = written(tmp_path / "in.csv", "record_id", "x", "y")
    result = fil_match(mentions, "--output", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    assert len(set(persons(tmp_path / "out.csv").values())) == 2


def test_names_of_any_alphabet_are_kept_apart_or_together(tmp_path: Path) -> None:
    rows = [
        "1,,Наталья,Иванова,,1980-02-03,,,,,,",
        "2,,Наталья,Иванова,,1980-02-03,,,,,,",
        "3,,王,小明,,1990-05-06,,,,,,",
        "4,,محمد,علي,,1991-05-06,,,,,,",
    ]
    mentions = written(tmp_path / "in.csv", HEADER, *rows)
    result = fil_match(mentions, "--output", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    assert len(set(persons(tmp_path / "out.csv").values())) >= 3


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["id,given_name", "1,Pau"], "no column record_id"),
        (["record_id,given_name", "1,Pau", "1,Pere"], "2 rows have 1 different"),
        (["record_id,given_name", "1,Pau", ",Pere"], "1 of 2 rows have no record_id"),
        (["record_id,given_name,Given_Name", "1,Pau,Pere"], "a column twice"),
        (["record_id,given_name", "1,Pau,Secret"], "line 2 has 3 columns where the header has 2"),
        ([""], "empty"),
    ],
)
def test_what_is_wrong_is_said_without_values(tmp_path: Path, lines: list[str], said: str) -> None:
    mentions = written(tmp_path / "in.csv", *lines)
    (tmp_path / "out.csv").write_text("as it was")
    result = fil_match(mentions, "--output", tmp_path / "out.csv")
    assert result.returncode == 1
    assert said in result.stderr
    assert "Secret" not in result.stderr
    assert "Traceback" not in result.stderr
    assert (tmp_path / "out.csv").read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_another_encoding_a_wrong_parquet_and_a_wrong_model(tmp_path: Path) -> None:
    latin = written(tmp_path / "latin.csv", HEADER, *ROWS, encoding="latin-1")
    parquet = written(tmp_path / "no.parquet", HEADER)
    good = written(tmp_path / "in.csv", HEADER, *ROWS)
    for arguments in ((latin,), (parquet,), (good, "--model", parquet), (good, "--truth", good)):
        result = fil_match(*arguments, "--output", tmp_path / "out.csv")
        assert result.returncode == 1, result.stderr
        assert "Traceback" not in result.stderr
        assert result.stderr.startswith("fil: ")


def test_bad_usage(tmp_path: Path) -> None:
    good = written(tmp_path / "in.csv", HEADER, *ROWS)
    for arguments in (
        (tmp_path / "none.csv", "--output", tmp_path / "o.csv"),
        (good, "--output", tmp_path / "none" / "o.csv"),
        (good, "--output", good),
        (good, "--output", tmp_path / "o.csv", "--engine", "abacus"),
    ):
        assert fil_match(*arguments).returncode == 2


def test_records_that_are_all_there_twice(tmp_path: Path) -> None:
    once = [
        f"{n},,{n:08d}R,name{n % 50},surname{n % 70},,19{n % 90 + 10}-0{n % 9 + 1}-1{n % 9},s,{n},,,"
        for n in range(300)
    ]
    mentions = written(tmp_path / "in.csv", HEADER, *once, *(f"b{row}" for row in once))
    result = fil_match(mentions, "--output", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    found = persons(tmp_path / "out.csv")
    assert all(found[str(number)] == found[f"b{number}"] for number in range(300))
