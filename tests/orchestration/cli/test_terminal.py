"""What all commands have in common: groups, help, version, completion, progress, and a fast start."""

import subprocess
import sys
from datetime import date

import pytest
from typer.testing import CliRunner

from orchestration.cli import progress
from orchestration.cli.main import app
from orchestration.run_night import Step

RUN = CliRunner()
# Each takes longer to load than a command may take to print its help.
HEAVY = ("dagster", "dbt", "splink", "great_expectations", "altair", "pyspark", "pandas", "rich.console")


def test_help_has_four_groups_in_order() -> None:
    output = RUN.invoke(app, ["-h"]).output
    places = [output.index(f"─ {group} ─") for group in ("Run", "Look", "Decide", "Measure")]
    assert places == sorted(places) and "─ Commands ─" not in output
    assert RUN.invoke(app, ["drift", "show", "-h"]).exit_code == 0


def test_the_version_is_that_of_the_package() -> None:
    result = RUN.invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, "fil 0.1.0\n")


def test_a_mistyped_command_is_bad_usage_and_names_a_likely_one() -> None:
    result = RUN.invoke(app, ["drif"])
    assert (result.exit_code, "Did you mean 'drift'?" in result.stderr) == (2, True)


def test_the_shell_completes_commands() -> None:
    words = {"_FIL_COMPLETE": "complete_bash", "COMP_WORDS": "fil dr", "COMP_CWORD": "1"}
    assert RUN.invoke(app, [], env=words, prog_name="fil").output.split() == ["drift", "draw"]


def test_no_heavy_package_is_loaded_to_start() -> None:
    code = "import sys, orchestration.cli.main; print([name for name in sys.argv[1:] if name in sys.modules])"
    loaded = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_a_step_has_a_line_with_counts_and_seconds() -> None:
    assert progress.line_of(Step("raw_padro", 1.25, 2, 1200)).split() == [
        "done", "raw_padro", "2", "tables,", "1,200", "rows", "1.2", "s"
    ]  # fmt: skip
    assert progress.line_of(Step("link", 0.0, is_failed=True)).startswith("failed link")


def test_steps_are_shown_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.steps_of_night(date(2026, 5, 4)) as watch, progress.working("Linking"):
        assert watch is None
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.steps_of_night(date(2026, 5, 4)) as watch:
        assert watch is not None
        watch(Step("raw_padro"))
        watch(Step("raw_padro", 1.25, rows=1))
    shown = capsys.readouterr()
    assert shown.out == "" and "done   raw_padro" in shown.err and "1 row " in shown.err
