"""The old names of options in `fil review`: they still work, with a warning, and no help text shows them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.home.access_log import accesses
from orchestration.home.home import Home
from tests.support.published_home import Fil

SIGNED = ("--who", "A. Arxivera", "--why", "ticket 12")


def test_old_names_sign_as_the_new_ones_do(published: Path, fil: Fil) -> None:
    case = fil("review", "list", "--json").json[0]["case_id"]
    shown = fil("review", "show", case, "--steward", "A. Arxivera", "--reason=ticket 12")
    assert (shown.code, shown.out) == (0, fil("review", "show", case, *SIGNED).out)
    assert "warning: --steward is now --who" in shown.err and "warning: --reason is now --why" in shown.err
    assert [(entry["who"], entry["why"]) for entry in accesses(Home(published))] == [("A. Arxivera", "ticket 12")] * 2


def test_the_old_name_of_the_kind_of_case_lists_the_same_cases(published: Path, fil: Fil) -> None:
    old = fil("review", "list", "--reason", "borderline")
    assert (old.code, old.out) == (0, fil("review", "list", "--kind", "borderline").out)
    assert "warning: --reason is now --kind" in old.err


@pytest.mark.parametrize("command", ["list", "show", "decide", "import", "revoke"])
def test_help_shows_the_new_names_alone(command: str) -> None:
    result = CliRunner().invoke(app, ["review", command, "--help"])
    assert result.exit_code == 0 and ("--kind" if command == "list" else "--who") in result.output
    assert "--steward" not in result.output and "--reason" not in result.output
