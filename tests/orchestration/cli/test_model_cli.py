"""Models from training to promotion, on a home that was linked and published for real."""

import csv
import hashlib
import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from matching.model.artefact import fingerprint
from matching.model.model_file import ModelError, promoted_model
from orchestration.cli.main import app
from orchestration.home.redaction import StepFailed
from tests.support.mentions import mention, open_work, write_mentions
from tests.support.published_home import DAY, PEOPLE, linked
from tests.support.small_city import make_city

SHIPPED = promoted_model().stem


def fil(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["model", *arguments])


@pytest.fixture(scope="module")
def trained(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home with a model trained on it, and one whose weights are all too low."""
    home = Path(shutil.copytree(made, tmp_path_factory.mktemp("trained") / "home", symlinks=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIL_HOME", str(home))
        result = fil("train", "2026-2")
    assert result.exit_code == 0, result.output
    content = json.loads(promoted_model().read_text())
    for comparison in content["model"]["comparisons"]:
        for level in comparison["comparison_levels"]:
            if "u_probability" in level:
                level["u_probability"] = max(level["u_probability"], min(level["u_probability"] * 1000, 0.9))
    (home / "models" / "person" / "low.json").write_text(json.dumps(content))
    return home


@pytest.fixture
def a_home(trained: Path, home: Path) -> Path:
    shutil.copytree(trained, home, symlinks=True, dirs_exist_ok=True)
    return home


def contents(home: Path) -> dict[str, str]:
    """Every file that linking and publishing write, by its hash."""
    places = ("work.duckdb", "registry.duckdb", "registry", "published", "exports", "backup")
    found = [path for place in places for path in [home / place, *(home / place).rglob("*")] if path.is_file()]
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def changes_of(home: Path, version: str) -> list[dict[str, str]]:
    path = home / "models" / "person" / f"{version}.changes.csv"
    assert path.stat().st_mode & 0o077 == 0
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_model_is_kept_with_what_it_was_trained_on(trained: Path) -> None:
    directory = trained / "models" / "person"
    training = json.loads((directory / "2026-2.json").read_text())["training"]
    assert training["data"]["rows"] == training["mentions"] == len(make_city(150, 5)[0]) + len(PEOPLE)
    assert training["data"]["filled"]["surname_1"] == 1.0 > training["data"]["filled"]["email"] > 0
    assert min(training["pairs_by_rule"].values()) > 0
    assert training["scores"]["against_published_night"]["precision"] > 0.99
    assert training["scores"]["against_truth"] is None
    files = [directory / f"2026-2.{ending}" for ending in ("json", "html", "frequencies.parquet")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_no_rare_name_stands_in_it_and_none_in_its_page(trained: Path) -> None:
    said = Counter(one["surname_1"] for one in [*make_city(150, 5)[0], *PEOPLE])
    files = {path.suffix: path.read_text() for path in (trained / "models" / "person").glob("2026-2.*[ln]")}
    assert set(files) == {".json", ".html"}
    assert not [name for name in said if len(name) > 5 and any(name in text for text in files.values())]
    kept = duckdb.sql(
        f"select value, frequency from '{trained}/models/person/2026-2.frequencies.parquet'"
        " where column_name = 'surname_1'"
    ).fetchall()
    total = sum(said.values())
    assert dict(kept) == {
        **{name: count / total for name, count in said.items() if count >= 5},
        None: 4 / total,
    }


def test_the_fingerprint_knows_no_order_and_every_value() -> None:
    mentions = make_city(20, 5)[0]
    with open_work() as connection:
        told = []
        for rows in (mentions, mentions[::-1], [mentions[0] | {"sex": "X"}, *mentions[1:]]):
            write_mentions(connection, rows)
            told.append(fingerprint(connection, "work.intermediate.int_person_mentions")["content_sha256"])
    assert told[0] == told[1] != told[2]


def test_a_trained_model_counts_names_as_common_as_they_were(a_home: Path) -> None:
    pair = [
        mention(f"Q{n}", given_name="QUIRZE", surname_1="MARTIA", surname_2="VILA", phone="+34600111222")
        for n in (1, 2)
    ]
    ends = sorted(one["mention_id"] for one in pair)
    weights: dict[str, list[float]] = {SHIPPED: [], "2026-2": []}
    for version, found in weights.items():
        (a_home / "models" / "person" / "PROMOTED").write_text(f"{version}\n")
        if version == SHIPPED:
            (a_home / "models" / "person" / "PROMOTED").unlink()
        for surname in ("MARTIA", "PUJET"):
            others = [mention(f"N{n}", given_name=f"Z{n}Z", surname_1=surname, surname_2="VILA") for n in range(40)]
            with linked(a_home, DAY, mentions=[*make_city(20, 5)[0], *others, *pair]) as (connection, _):
                query = (
                    "select match_weight from work.linkage.scored_pairs where (mention_id_l, mention_id_r) = ($1, $2)"
                )
                found += [row[0] for row in connection.execute(query, ends).fetchall()]
    assert weights[SHIPPED][0] < weights[SHIPPED][1] - 1
    assert weights["2026-2"][0] == weights["2026-2"][1]


def test_a_version_is_never_trained_over_and_its_frequencies_are_its_own(a_home: Path) -> None:
    again = fil("train", "2026-2")
    assert isinstance(again.exception, ModelError)
    assert "choose another version" in str(again.exception)
    (a_home / "models" / "person" / "2026-2.frequencies.parquet").write_bytes(b"other")
    assert isinstance(fil("dry-run", "2026-2").exception, ModelError)
    assert fil("compare", SHIPPED, "2026-9").exception.args == (
        f"there is no person model 2026-9; the models are 2026-1, 2026-11, {SHIPPED}, 2026-2, low",
    )


def test_two_models_side_by_side(a_home: Path) -> None:
    page = a_home / "compared.html"
    result = fil("compare", SHIPPED, "low", "--json", "--html", str(page))
    assert result.exit_code == 0, result.output
    told = json.loads(result.output.splitlines()[-1])
    assert told["difference"]["split"] > 50
    assert told["difference"]["merged"] == 0
    assert told["agreement"]["precision"] == 1.0 > told["agreement"]["recall"]
    assert told["one"]["links"] > told["other"]["links"]
    assert all(pair["bits"] >= pair["other_bits"] for pair in told["levels"])
    assert page.read_text().count("<svg") == 1


def test_what_nothing_changed_changes_nobody_and_a_dry_run_leaves_no_trace(a_home: Path) -> None:
    before = contents(a_home)
    result = fil("dry-run", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output.splitlines()[-1])["people"] == 0
    assert changes_of(a_home, SHIPPED) == []
    assert fil("dry-run", "low").exit_code == 0
    assert contents(a_home) == before
    assert not list((a_home / "work" / "rehearsal").glob("*"))


def test_a_promotion_above_the_bound_needs_its_very_figure(a_home: Path) -> None:
    in_use = a_home / "models" / "person" / "PROMOTED"
    refused = fil("promote", "low", "--yes")
    assert isinstance(refused.exception, StepFailed)
    listed = changes_of(a_home, "low")
    people = len({one for row in listed for one in [*row["ids_before"].split(), *row["ids_after"].split()]})
    assert people > 50
    assert f"--accept-changes {people}" in str(refused.exception)
    assert {row["event"] for row in listed} == {"split"}
    assert any("campaigns" in row["exports"] for row in listed)
    assert isinstance(fil("promote", "low", "--yes", "--accept-changes", str(people - 1)).exception, StepFailed)
    assert fil("promote", "low", "--accept-changes", str(people)).exit_code == 0
    assert not in_use.exists()
    assert fil("promote", "low", "--yes", "--accept-changes", str(people)).exit_code == 0
    assert in_use.read_text() == "low\n"
    # The next night does what the dry run said.
    with linked(a_home, DAY + timedelta(days=1)) as (connection, _):
        events = connection.execute(
            "select event, array_to_string(ids_before, ' '), array_to_string(ids_after, ' ')"
            " from work.linkage.person_events where business_date = ? and event = 'split'",
            [DAY + timedelta(days=1)],
        ).fetchall()
    assert sorted(events) == sorted((row["event"], row["ids_before"], row["ids_after"]) for row in listed)
    assert fil("promote", SHIPPED, "--yes", "--accept-changes", "0").exit_code == 0
    assert not in_use.exists()
