"""`make mutants-python`: changes the Python that decides who leaves, one thing at a time, and says what no test finds.

Cosmic Ray makes the mutants; each stands in a copy of the project, in which the module's own tests run. One that they
pass is explained in `explained_python.yaml`, by its module and name, or fails the run; so does an explanation of one
that they find, or that is there no more. With names of modules, of those alone.
"""

import difflib
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutants.run import is_unexplained

PROJECT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).with_name("explained_python.yaml")
# Of each module the fast tests that tell what it does.
TESTS: Mapping[str, tuple[str, ...]] = {
    "gate/small_cells": ("gate/test_small_cells.py",),
    "gate/leaving": ("gate/test_since.py",),
    "gate/since": ("gate/test_since.py",),
    "gate/rows": ("delivery/test_who_may_leave.py", "delivery/test_how_files_are_written.py"),
    "publication/last_delivered": ("publication/test_last_delivered.py", "delivery/test_removals.py"),
    "delivery/removals": ("delivery/test_removed_rows.py", "delivery/test_removals.py"),
    "publication/revisions": ("publication/test_revisions.py",),
}
# One other operator tells as much as every other; of comparisons the bound and the contrary. An exception of a module
# (`duckdb.Error`) is more than Cosmic Ray can replace.
_MADE = re.compile(
    r"core/(?!ReplaceBinaryOperator|ReplaceComparisonOperator|ExceptionReplacer)|"
    r"core/ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Add|Div_Mul|FloorDiv_Mul|Mod_Mul|BitOr_BitAnd|BitAnd_BitOr)$|"
    r"core/ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Lt_GtE|LtE_Gt|Gt_LtE|GtE_Lt)$|"
    r"core/ReplaceComparisonOperator_(Is_IsNot|IsNot_Is|In_NotIn|NotIn_In)$"
)
_LONGEST_SECONDS = 600


def mutants(source: str) -> dict[str, str]:
    """Every mutant of a module's text, by the line that is changed and what it becomes."""
    found: dict[str, str] = {}
    names = Counter[str]()
    for operator in filter(_MADE.match, sorted(operator_names())):
        if get_operator(operator).arguments():
            continue
        for occurrence in itertools.count():
            text = mutate_code(source, get_operator(operator)(), occurrence)
            if text is None:
                break
            if text in found.values():
                continue
            name = _name(source, text)
            names[name] += 1
            found[name if names[name] == 1 else f"{name} ({names[name]})"] = text
    return found


def _name(source: str, text: str) -> str:
    lines = difflib.ndiff(source.splitlines(), text.splitlines())
    told = {sign: [line[2:].strip() for line in group] for sign, group in _by_sign(lines)}
    return " => ".join(" ".join(told.get(sign, [])) for sign in "-+")


def _by_sign(lines: Iterator[str]) -> Iterator[tuple[str, Iterator[str]]]:
    changed = sorted((line for line in lines if line[0] in "-+"), key=lambda line: line[0])
    return itertools.groupby(changed, key=lambda line: line[0])


def survivors(project: Path, module: Path, tests: Sequence[Path], texts: Mapping[str, str]) -> Iterator[str]:
    """The names of the mutants with which a module's tests pass, in a copy of the project that may be changed.

    Raises:
        AssertionError: the tests fail without a mutant.
    """
    path = project / module
    original = path.read_text(encoding="utf-8")
    if not _passes(project, tests):
        raise AssertionError(f"the tests of {module} fail as it is")
    for name, text in texts.items():
        path.write_text(text, encoding="utf-8")
        if _passes(project, tests):
            yield name
    path.write_text(original, encoding="utf-8")


def _passes(project: Path, tests: Sequence[Path]) -> bool:
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-p", "no:cacheprovider", *map(str, tests)]
    # A module that changes twice in a second would else be read from what was compiled of it before.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=project, env=environment, timeout=_LONGEST_SECONDS, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def explained() -> Mapping[str, Mapping[str, str]]:
    """Of each module the mutants that no test can notice, each with the reason."""
    return yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}


def main(wanted: Sequence[str]) -> int:
    """Run every mutant; return 1 if one survives unexplained, or an explanation explains none."""
    is_wrong = False
    with TemporaryDirectory() as directory:
        project = Path(directory) / "project"
        left = shutil.ignore_patterns(".*", "__pycache__", "var", "*.lock")
        shutil.copytree(PROJECT, project, ignore=left)
        for name, tests in TESTS.items():
            if wanted and name not in wanted:
                continue
            began = time.monotonic()
            module = Path("exports") / f"{name}.py"
            made = mutants((project / module).read_text(encoding="utf-8"))
            alive = set(survivors(project, module, [Path("tests/exports") / test for test in tests], made))
            print(f"{name}: {len(made)} mutants, {len(alive)} unnoticed, {time.monotonic() - began:.0f} s", flush=True)
            is_wrong |= is_unexplained(made, alive, explained().get(name, {}))
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
