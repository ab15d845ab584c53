"""Drift over nights that were linked and published for real: growth and quiet pass, what broke a source does not."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from matching.model.model_file import promoted_model
from orchestration.cli.main import app
from orchestration.home.home import Home
from orchestration.night.past_figures import judge_night
from tests.support.published_home import linked, publish
from tests.support.small_city import make_city

DAY = date(2026, 5, 8)
CITY = make_city(200, 5)[0]


def known_by(day: date) -> list[dict[str, object]]:
    """The city's mentions of a day: a hundredth of the visits is new each night."""
    unseen = max((DAY - day).days, 0)
    return [one for number, one in enumerate(CITY) if one["source"] == "padro" or number % 100 >= unseen]


def shifted(one: dict[str, object]) -> dict[str, object]:
    return {"given_name": one["surname_1"], "surname_1": one["surname_2"], "surname_2": one["street"]}


BROKEN = {
    "names shifted": ("atencions", shifted),
    "names emptied": ("padro", lambda _: {"given_name": None, "surname_1": None, "surname_2": None}),
    "documents emptied": ("padro", lambda _: {"document": None, "document_type": None, "is_document_valid": False}),
    "birth dates emptied": ("atencions", lambda _: {"birth_date": None}),
    "one birth date": ("padro", lambda _: {"birth_date": date(1900, 1, 1)}),
}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of about a thousand people with three nights published."""
    home = tmp_path_factory.mktemp("nights")
    for ago in (3, 2, 1):
        publish(home, DAY - timedelta(days=ago), mentions=known_by(DAY - timedelta(days=ago)))
    return home


def out_of_bounds(home: Path, mentions: list[dict[str, object]], day: date = DAY) -> list[str]:
    with linked(home, day, mentions=mentions) as (connection, _):
        outcomes = judge_night(connection, Home(home), day)
    assert len(outcomes) > 10
    return [one.name for one in outcomes if not one.passed]


def test_growth_and_a_quiet_night_are_no_drift(nights: Path) -> None:
    assert out_of_bounds(nights, known_by(DAY)) == []
    assert out_of_bounds(nights, known_by(DAY - timedelta(days=1))) == []


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_source_is(nights: Path, what: str) -> None:
    source, breaks = BROKEN[what]
    assert out_of_bounds(nights, [one | breaks(one) if one["source"] == source else one for one in known_by(DAY)])


def test_so_is_a_model_whose_weights_are_off(nights: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(nights, tmp_path / "home", symlinks=True))
    model = json.loads(promoted_model().read_text())
    for comparison in model["model"]["comparisons"]:
        for level in comparison["comparison_levels"]:
            if "u_probability" in level:
                level["u_probability"] *= 0.2
    models = home / "models" / "person"
    models.mkdir(parents=True)
    (models / "off.json").write_text(json.dumps(model))
    (models / "PROMOTED").write_text("off\n")
    assert "person_weight_share" in out_of_bounds(home, known_by(DAY))


def test_a_person_sees_the_drift_and_lets_one_night_pass(nights: Path, home: Path) -> None:
    shutil.copytree(nights, home, symlinks=True, dirs_exist_ok=True)
    source, breaks = BROKEN["one birth date"]
    mentions = [one | breaks(one) if one["source"] == source else one for one in known_by(DAY)]
    assert out_of_bounds(home, mentions)
    command = CliRunner()
    told = command.invoke(app, ["drift", "show"])
    assert told.exit_code == 0
    assert "OUT" in told.output.splitlines()[2]
    assert command.invoke(app, ["drift", "accept", "--date", str(DAY), "--who", "S", "--why", " "]).exception
    accepted = command.invoke(app, ["drift", "accept", "--date", str(DAY), "--who", "S", "--why", "a census of 1900"])
    assert accepted.exit_code == 0, accepted.output
    refused = command.invoke(
        app, ["drift", "accept", "--date", "2030-01-01", "--who", "S", "--why", "a census of 1900"]
    )
    assert f"the last night is that of {DAY}" in str(refused.exception)
    with linked(home, DAY, mentions=mentions) as (connection, _):
        outcomes = judge_night(connection, Home(home), DAY)
    assert {one.severity for one in outcomes} == {"warn"}
    assert out_of_bounds(home, mentions, DAY + timedelta(days=1))
