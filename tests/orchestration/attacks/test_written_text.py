"""Text that breaks what it is written into: cells that spreadsheets run, quotes in SQL, marks inside values."""

import csv
import io
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from exports.delivery.writers import csv_text, write_rows
from exports.lottery.draw import Application, draw, list_csv, results_csv
from exports.lottery.lists import verify
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.parsing.parse import parse
from sources.parsing.rules import reason_sql
from tests.support.extracts import DAY, attention, attentions_file, card, header, iris_file
from tests.support.nights import ROOT, deliver

CONTRACTS = {contract.source: contract for contract in load_contracts()}
UNSEEN = ("", " ", "\u00a0", "\ufeff", "\u200b", "\u2060", "\u3000", "\u00ad", "\x07", "\u00a0\u200b ")


@pytest.mark.parametrize("before", UNSEEN, ids=ascii)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d"])
def test_no_csv_has_a_cell_that_a_spreadsheet_runs(tmp_path: Path, before: str, sign: str) -> None:
    cell = f"{before}{sign}HYPERLINK(1)"
    with duckdb.connect() as connection:
        connection.execute("create table told as select 1 as number, $1 as cell", [cell])
        write_rows(connection, "told", "rows.number", "csv", tmp_path / "told.csv")
    for text in ((tmp_path / "told.csv").read_text(encoding="utf-8"), csv_text(("number", "cell"), [(1, cell)])):
        assert list(csv.reader(io.StringIO(text, newline="")))[1] == ["1", f"'{cell}"]


# What is not for a spreadsheet: landed answers of a database, simulated extracts, and what benchmarks hand on.
WITHOUT_SPREADSHEET = ("sources/landing/extraction.py", "sources/synthetic/", "orchestration/benchmarks/")


def test_every_csv_is_written_where_its_cells_are_guarded() -> None:
    writing = re.compile(r"csv\.(Dict)?[wW]riter\(|\.(write|to)_csv\(|\bto\b[^\n]*\(format csv", re.IGNORECASE)
    rooms = ("orchestration", "matching", "quality", "exports", "sources")
    files = {str(path.relative_to(ROOT)): path.read_text() for room in rooms for path in (ROOT / room).rglob("*.py")}
    found = {name for name, text in files.items() if writing.search(text)}
    assert {name for name in found if not name.startswith(WITHOUT_SPREADSHEET)} == {"exports/delivery/writers.py"}
    assert "sources/landing/extraction.py" in found


def test_a_draw_with_a_number_like_a_formula_is_verified_from_what_is_published(tmp_path: Path) -> None:
    applications = [Application(f"{sign}{number}", "CEM", "1", 3, "=A1") for number in range(9) for sign in "=E"]
    path, listed = tmp_path / "results.csv", tmp_path / "list.csv"
    path.write_text(results_csv(draw(applications, "31415")), encoding="utf-8")
    listed.write_text(list_csv(applications), encoding="utf-8")
    assert verify(path, "31415", listed).applications == 18
    assert not any(cell.startswith("=") for row in csv.reader(io.StringIO(path.read_text())) for cell in row)


def test_a_code_with_an_apostrophe_is_a_code(tmp_path: Path) -> None:
    contract = CONTRACTS["atencions"]
    fields = tuple(
        replace(field, codes=(*field.codes, "L'HOSPITALET")) if field.name == "canal" else field
        for field in contract.fields
    )
    contract = replace(contract, fields=fields)
    rows = [attention("A", canal="L'HOSPITALET"), *(attention(f"A{number}") for number in range(40))]
    deliver(tmp_path, "atencions", "atencions_20260504.jsonl", attentions_file(*rows))
    land(tmp_path, contract, DAY)
    assert parse(tmp_path, contract, DAY)[0].rows_loaded == 41


def test_a_name_with_an_apostrophe_is_a_name() -> None:
    contract = CONTRACTS["atencions"]
    fields = tuple(
        replace(field, name="motiu d'entrada") if field.name == "motiu" else field for field in contract.fields
    )
    columns = ", ".join(f"null::varchar as {field.column}" for field in fields)
    told = f"select null::varchar as malformed, date '2026-05-04' as extract_date, {columns}"
    (reason,) = duckdb.sql(f"select {reason_sql(replace(contract, fields=fields))} from ({told})").fetchall()[0]
    assert reason.startswith("missing:")


def first_lines(home: Path, contract: Contract) -> dict[str, tuple[int, ...]]:
    assert land(home, contract, DAY).landed == (DAY,)
    (result,) = parse(home, contract, DAY)
    return result.first_lines


@pytest.mark.parametrize("mark", ["\r", "\ufeff", "a\rb", "ï»¿"], ids=ascii)
def test_half_a_lines_end_or_a_byte_order_mark_in_any_value_is_refused_with_its_line(tmp_path: Path, mark: str) -> None:
    """In a value that names nobody, too."""
    rows = [attention(f"A{number}") for number in range(40)] + [attention("B", informacio_promesa=f"DEMÀ{mark}X")]
    deliver(tmp_path, "atencions", "atencions_20260504.jsonl", attentions_file(*rows))
    assert first_lines(tmp_path, CONTRACTS["atencions"]) == {"control_character": (41,)}
    iris = CONTRACTS["iris"]
    cards = [card(iris, str(number)) for number in range(40)] + [card(iris, "B", detall=f"SOROLL{mark}X")]
    deliver(tmp_path, "iris", "iris_fitxes_20260504.csv", iris_file(header(iris), *cards), rows=41)
    assert first_lines(tmp_path, iris) == {"control_character": (42,)}


def test_whole_line_ends_in_a_quoted_value_stay(tmp_path: Path) -> None:
    iris = CONTRACTS["iris"]
    cards = [card(iris, str(number)) for number in range(40)] + [card(iris, "B", detall="SOROLL\r\nDE NIT")]
    deliver(tmp_path, "iris", "iris_fitxes_20260504.csv", iris_file(header(iris), *cards), rows=41)
    assert first_lines(tmp_path, iris) == {}


def clean(home: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-s", "clean", f"FIL_HOME={home}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_clean_removes_a_home_of_fil_and_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "it's a home"
    (home / "inbox").mkdir(parents=True)
    (home / "notes.txt").write_text("mine")
    assert "is no home of Fil" in clean(home).stderr and (home / "notes.txt").exists()
    (home / "dagster").mkdir()
    assert "notes.txt is not Fil's: move it away" in clean(home).stderr and (home / "notes.txt").exists()
    (home / "notes.txt").unlink()
    (tmp_path / "link").symlink_to(home)
    assert clean(tmp_path / "link").returncode != 0 and home.exists()
    assert clean(home).returncode == 0 and not home.exists()
    assert clean(home).returncode == 0
