"""`--json` of every command that shows data: JSON alone on stdout; and the one word for a file that is written."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.support.published_home import Fil

SIGNED = ("--who", "A. Arxivera", "--why", "ticket 12")


@pytest.mark.parametrize(
    "arguments",
    [
        ("drift", "show"),
        ("impact", "show"),
        ("review", "list"),
        ("review", "decisions"),
        ("quarantine", "list"),
        ("contract", "check"),
        ("deliveries", "list"),
        ("person", "explain", "padro:A", "padro:P", *SIGNED),
    ],
)
def test_json_is_alone_on_stdout(published: Path, fil: Fil, arguments: tuple[str, ...]) -> None:
    result = fil(*arguments, "--json")
    assert result.code == 0, result.err
    assert isinstance(json.loads(result.out), list | dict)


@pytest.mark.parametrize(
    ("command", "old"), [("simulate", "--out"), ("model dry-run", "--list"), ("bench night", "--json")]
)
def test_a_file_to_write_is_output_everywhere(command: str, old: str) -> None:
    output = CliRunner().invoke(app, [*command.split(), "--help"]).output
    assert "--output" in output and f"{old} " not in output
    # The old name is still understood: the value that is missing behind it is asked for by its new name.
    missing = CliRunner().invoke(app, [*command.split(), old])
    assert missing.exit_code == 2 and "No such option" not in missing.output
