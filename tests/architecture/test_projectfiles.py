"""What the project promises of its own files: no index address in a lock, small folders that say what they are for."""

import ast
import re
import statistics
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGEST_FOLDER = 12
ROOMS = ("orchestration", "matching", "quality", "sources", "exports")


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "requirements-bench.lock", "requirements-spark.lock"]
)
def test_locks_have_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert requirements
    assert all("==" in line for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)


def python_folders() -> dict[Path, int]:
    """Each folder of the rooms with Python in it, and how many modules lie in it."""
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "target" not in path.parts]
    folders = {path.parent for path in paths}
    return {one: sum(path.parent == one and path.name != "__init__.py" for path in paths) for one in folders}


def test_every_folder_is_a_package_that_says_what_it_is_for() -> None:
    for folder in python_folders():
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), folder
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    assert declared["include"] == [f"{room}*" for room in ROOMS]


def test_folders_are_small() -> None:
    """One module a source, and one a command: these two folders grow with what Fil reads and what it is told to do."""
    sizes = {folder.relative_to(ROOT).as_posix(): size for folder, size in python_folders().items()}
    large = {folder for folder, size in sizes.items() if size > LARGEST_FOLDER}
    assert large == {"orchestration/cli", "sources/synthetic/extracts"}
    assert statistics.median(size for size in sizes.values() if size) <= 6


@pytest.mark.parametrize("data", ["matching/model/shipped/person/PROMOTED", "sources/synthetic/base/data/surnames.csv"])
def test_data_beside_modules_is_installed_with_them(data: str) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert any(
        (ROOT / data) in (ROOT / package.replace(".", "/")).glob(pattern)
        for package, patterns in declared.items()
        for pattern in patterns
    )


def test_every_module_that_a_text_names_is_there() -> None:
    """Texts name modules as `module.py` or `room/module.py`; whoever follows one must find it."""
    modules = ["/" + path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if ".venv" not in path.parts]
    texts = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".md")]
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in [ROOT / "README.md", *texts]
        for name in re.findall(r"`([\w/]+\.py)`", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 100
    assert {(path, name) for path, name in named if not any(one.endswith(f"/{name}") for one in modules)} == set()
