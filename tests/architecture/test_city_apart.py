"""The synthetic city and the pipeline share no code, so that one mistake can't hide the other."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("orchestration", "matching", "quality", "sources", "exports")
CITY = "sources.synthetic"
# How an error is told to whoever runs a command; nothing of what data mean.
SHARED = {"sources.base.errors"}
# Who writes a city, or measures the pipeline on one.
USERS = (ROOT / "orchestration" / "cli" / "city.py", ROOT / "orchestration" / "benchmarks")


def modules(in_city: bool) -> Iterator[Path]:
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        if path.is_relative_to(ROOT / "sources" / "synthetic") == in_city:
            yield path


def imported(path: Path) -> set[str]:
    """Every module that a file names, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names if node.module in ROOMS)}
    return {name for name in names if name.split(".")[0] in ROOMS} - set(ROOMS)


def test_the_city_imports_nothing_of_the_pipeline() -> None:
    found = {name for path in modules(in_city=True) for name in imported(path)}
    assert {name for name in found if not name.startswith(CITY)} == SHARED


def test_the_pipeline_imports_nothing_of_the_city() -> None:
    users = {path for path in modules(in_city=False) if any(name.startswith(CITY) for name in imported(path))}
    assert users
    assert all(any(path.is_relative_to(one) for one in USERS) for path in users)


def test_neither_reads_a_table_of_the_other() -> None:
    tables = {path.name for path in (ROOT / "sources" / "synthetic").rglob("*") if path.suffix in (".csv", ".yaml")}
    assert {"rates.yaml", "surname_variants.csv"} <= tables
    texts = {path: path.read_text(encoding="utf-8") for path in modules(in_city=False)}
    assert not [path for path, text in texts.items() if "synthetic/" in text and path.parent.name != "cli"]
    city = [path.read_text(encoding="utf-8") for path in modules(in_city=True)]
    assert not [text for text in city if "parents[" in text or "importlib.resources" in text]
