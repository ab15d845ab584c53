"""The simulator and the pipeline know nothing of each other but the contracts: neither reads the other's tables."""

import ast
import csv
from pathlib import Path

import pytest

from sources.synthetic.base.text import folded

ROOT = Path(__file__).parents[2]
SIMULATOR = ROOT / "sources/synthetic"
PIPELINE = ("matching", "dbt_project", "quality", "exports")
CODE = (".py", ".sql", ".yml", ".yaml")


def code(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in CODE and "target" not in path.parts]


@pytest.mark.parametrize("room", PIPELINE)
def test_the_pipeline_reads_no_table_of_the_simulator(room: str) -> None:
    tables = [path.name for path in (SIMULATOR / "base" / "data").glob("*.csv")] + ["rates.yaml"]
    own = {path.name for path in (ROOT / room).rglob("*.csv")}
    for path in code(ROOT / room):
        text = path.read_text(encoding="utf-8")
        assert "synthetic" not in text.replace("ynthetic city", "").replace("ynthetic cities", ""), path
        assert not [name for name in tables if name in text and name not in own], path


def test_the_simulator_reads_no_table_of_the_pipeline() -> None:
    tables = {path.name for room in PIPELINE for path in (ROOT / room).rglob("*.csv")}
    for path in code(SIMULATOR):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in tables if name in text], path
        assert not [room for room in PIPELINE if f"{room}/" in text], path


def test_the_simulator_imports_nothing_of_the_pipeline_but_its_kind_of_error() -> None:
    modules = {
        name
        for path in SIMULATOR.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    rooms = {name for name in modules if name.split(".")[0] in ("sources", "orchestration", *PIPELINE)}
    assert {name for name in rooms if not name.startswith("sources.synthetic")} == {"sources.base.errors"}


def test_most_short_names_of_the_city_are_not_in_the_matchers_table() -> None:
    """Both tell facts of the same language, and neither is a copy of the other."""
    import polars as pl

    with (ROOT / "matching/records/given_name_forms.csv").open(encoding="utf-8") as known:
        forms = {row["form"] for row in csv.DictReader(known)}
    told = pl.read_csv(SIMULATOR / "base/data/given_name_forms.csv", infer_schema=False)
    shorts = told.select(folded(pl.col("short").str.split(";").explode()).str.to_uppercase()).to_series()
    shorts = shorts.filter(shorts.fill_null("") != "").unique()
    unknown = [short for short in shorts if short not in forms]
    assert len(shorts) > 200
    assert len(unknown) / len(shorts) > 0.5
