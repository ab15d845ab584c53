"""What a failed check withholds: that alone, with counts in its place, and never a name."""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.contracts.contract import load_contract
from exports.delivery import audiences
from exports.delivery import deliver as delivery
from exports.delivery.checks import (
    RULES,
    CheckOutcome,
    Reach,
    forget_after,
    reach_of,
    record_outcomes,
    require_checked,
    require_night,
)
from exports.delivery.deliver import deliver, save_candidates, seal_delivery, stage_delivery
from exports.delivery.manifest import verify
from exports.delivery.withheld import withheld_again, withheld_by_checks
from exports.delivery.writers import write_rows
from exports.errors import PublicationError
from exports.publication.ledger import compare_with_ledger, record_deliveries, withheld_of
from tests.exports.conftest import BUSINESS_DATE as DAY
from tests.exports.conftest import staged

CAMPAIGNS = load_contract("campaigns")
OBRES = "audience.obres.a_b-c14cddc0"
REPEATED = "insert into work.hub.segment_members from work.hub.segment_members where person_id = 'PB'"
_IDS = ("PA", "PB", "PC", "PD", "PNONE", "PDEAD", "OX")


def names(directory: Path) -> set[str]:
    return {entry.name for entry in verify(directory).files}


def counts(directory: Path, name: str) -> dict[str, float]:
    """The counts that are written instead of a withheld file."""
    text = (directory / name).read_text(encoding="utf-8")
    told = json.loads(text)
    assert not [one for one in _IDS if f'"{one}"' in text]
    assert "fil nightly" in told["remedy"] and told["business_date"] == str(DAY)
    return {one["check"]: one["observed"] for one in told["reasons"]}


def with_line(file: str, line: str) -> Callable[..., None]:
    """Writes files as usual, and one forbidden line in a file."""

    def write(connection: duckdb.DuckDBPyConnection, relation: str, order: str, file_format: str, path: Path) -> None:
        write_rows(connection, relation, order, file_format, path)
        if path.name == file:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(line)

    return write


def test_an_audience_that_repeats_somebody_is_withheld_alone(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    whole = deliver(hub, tmp_path / "whole", CAMPAIGNS, DAY, "r").directory
    hub.execute(REPEATED)
    held = deliver(hub, tmp_path / "held", CAMPAIGNS, DAY, "r").directory
    gone = {"audience.butlletins.05.csv", "audience.butlletins.05.funnel.csv"}
    assert names(held) == names(whole) - gone | {"audience.butlletins.05.withheld.json"}
    for name in names(held) & names(whole):
        assert (held / name).read_bytes() == (whole / name).read_bytes()
    assert counts(held, "audience.butlletins.05.withheld.json") == {
        "rows": 4, "rows of recipients who may not be told": 0, "rows that repeat a recipient": 1,
    }  # fmt: skip


def test_an_audience_whose_file_names_somebody_dead_is_withheld_alone(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = names(deliver(hub, tmp_path / "whole", CAMPAIGNS, DAY, "r").directory)
    line = (
        '"F1","obres","a/b","2026-05-04","PDEAD","public_task","why","GENERAL",,"email",,"person","N","x@example.org"'
        + "," * 11
        + "\n"
    )
    monkeypatch.setattr(audiences, "write_rows", with_line(f"{OBRES}.csv", line))
    held = deliver(hub, tmp_path / "held", CAMPAIGNS, DAY, "r").directory
    assert names(held) == whole - {f"{OBRES}.csv", f"{OBRES}.funnel.csv"} | {f"{OBRES}.withheld.json"}
    assert counts(held, f"{OBRES}.withheld.json")["rows of recipients who may not be told"] == 1


def test_a_targets_own_file_is_withheld_and_its_audiences_go(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    whole = names(deliver(hub, tmp_path / "whole", CAMPAIGNS, DAY, "r").directory)
    # In no row twice, but for what is written.
    save_candidates(hub, CAMPAIGNS, DAY)
    hub.execute("insert into work.exports.campaigns from work.exports.campaigns where person_id = 'PA'")
    held = seal_delivery(stage_delivery(hub, tmp_path / "held", CAMPAIGNS, DAY, "r"))
    assert names(held.directory) == whole - {"campaigns.csv"} | {"withheld.json"} and held.rows == 0
    assert counts(held.directory, "withheld.json")["rows that repeat a person"] == 1


def test_no_format_of_a_file_stays_when_another_fails(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_short(*_arguments: object) -> int:
        return 3

    # Of two formats the second is found wanting.
    checked = iter([delivery.check_written, one_short])
    monkeypatch.setattr(delivery, "check_written", lambda *arguments: next(checked)(*arguments))
    directory = deliver(hub, tmp_path, load_contract("attention"), DAY, "r").directory
    assert names(directory) == {"withheld.json"}
    assert counts(directory, "withheld.json") == {"rows read back": 3, "rows to be written": 4}


def test_what_is_checked_is_what_is_written(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    save_candidates(hub, CAMPAIGNS, DAY)
    hub.execute("update work.hub.persons set surname_1 = 'ALTRE'")
    directory = stage_delivery(hub, tmp_path, CAMPAIGNS, DAY, "r").staged
    with (directory / "campaigns.csv").open(encoding="utf-8", newline="") as stream:
        told = [row["name"] for row in csv.DictReader(stream)]
    assert told == ["'=HYPERLINK(1) PUIG", "BERTA SOLER VILA"]


@pytest.mark.parametrize(
    ("outcome", "stems"),
    [
        (("document_type_code", "exports.campaigns", "delivery", None, None), ["campaigns"]),
        (("document_type_code", "exports.attention", "delivery", None, None), []),
        (("segment_escola", "intermediate.segment_escola", "segment", "escola", None), ["audience.escola"]),
        (("funnel", "hub.segment_funnel", "audience", "obres", "a/b"), [OBRES]),
        (
            ("complete", "hub.segment_members", "audiences", None, None),
            ["audience.butlletins", "audience.enquesta", "audience.escola", "audience.obres"],
        ),
        (("is_plausibly_old", "hub.persons", "nothing", None, None), []),
    ],
)
def test_a_failed_check_withholds_as_far_as_it_reaches(
    hub: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    outcome: tuple[str, str, Reach, str | None, str | None],
    stems: list[str],
) -> None:
    whole = names(deliver(hub, tmp_path / "whole", CAMPAIGNS, DAY, "r").directory)
    rule, relation, reach, segment, topic = outcome
    found = CheckOutcome(rule, relation, False, 7, "0 rows against it", reach, segment, topic)
    record_outcomes(hub, "check", [relation], [found])
    withheld = withheld_by_checks(hub, CAMPAIGNS)
    assert [one.stem for one in withheld] == stems
    held = stage_delivery(hub, tmp_path / "held", CAMPAIGNS, DAY, "r", withheld=withheld)
    left = {name for name in whole if not name.startswith(tuple(f"{stem}." for stem in stems))}
    assert names(held.staged) == left | {one.file_name for one in withheld}
    for one in withheld:
        assert counts(held.staged, one.file_name) == {f"{rule} of {relation}": 7}


def test_the_ledger_knows_what_was_withheld(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    hub.execute(REPEATED)
    one = staged(hub, tmp_path, "campaigns")
    record_deliveries(hub, [(one.manifest, one.staged)])
    told = hub.execute("select target, file from work.hub.deliveries where recipient_id is null").fetchall()
    assert told == [("campaigns", "audience.butlletins.05.withheld")]
    assert withheld_of(hub, "campaigns", "work.hub.deliveries") == ["audience.butlletins.05"]
    assert compare_with_ledger(hub, one.manifest, one.staged, "work.hub.deliveries") == 0
    again = withheld_again("campaigns", "audience.butlletins.05", one.staged)
    assert [again] == list(one.withheld)
    assert withheld_again("campaigns", "audience.butlletins.05", tmp_path).reasons[0].counted is None


def test_no_work_database_is_published_that_was_not_checked(hub: duckdb.DuckDBPyConnection) -> None:
    required = [("departures", "hub.persons"), ("drift", "linkage.linkage_metrics")]
    record_outcomes(hub, "departures", ["hub.persons"], [])
    with pytest.raises(PublicationError, match="no outcome of drift of linkage.linkage_metrics;"):
        require_checked(hub, required)
    record_outcomes(hub, "drift", ["linkage.linkage_metrics"], [])
    require_checked(hub, required)
    twice = CheckOutcome("person_id_unique", "hub.persons", False, 2, "0 rows that repeat it", "base")
    record_outcomes(hub, "departures", ["hub.persons"], [twice])
    with pytest.raises(PublicationError, match="person_id_unique of hub.persons \\(observed 2"):
        require_checked(hub, required)


def test_what_is_written_anew_has_to_be_checked_anew(hub: duckdb.DuckDBPyConnection) -> None:
    record_outcomes(hub, "departures", ["exports.campaigns"], [])
    save_candidates(hub, CAMPAIGNS, DAY)
    with pytest.raises(PublicationError, match="no outcome of departures of exports.campaigns"):
        require_checked(hub, [("departures", "exports.campaigns")])


@pytest.mark.parametrize(
    ("check", "relation", "reach"),
    [
        ("dbt", "hub.persons", "base"),
        ("dbt", "hub.segments", "base"),
        ("dbt", "hub.segment_members", "audiences"),
        ("dbt", "intermediate.int_segment_reach", "audiences"),
        ("dbt", "intermediate.segment_escola", "segment"),
        ("dbt", "intermediate.int_padro_entries", "segment"),
        ("departures", "hub.persons", "base"),
        ("departures", "exports.attention", "delivery"),
        ("something new", "hub.persons", "base"),
    ],
)
def test_how_far_a_check_reaches(check: str, relation: str, reach: str) -> None:
    assert reach_of(check, relation) == reach


def test_the_readme_shows_every_rule() -> None:
    text = (Path(__file__).parents[3] / "exports" / "README.md").read_text(encoding="utf-8")
    cells = [line.split(" | ") for line in text.splitlines() if line.startswith("| `") and line.count(" | ") == 2]
    shown = [
        (check.strip("| `"), relation.strip(" `"), costs.split(":")[0].strip(" |`").split("`")[0])
        for check, relations, costs in cells
        for relation in relations.split(", ")
    ]
    assert shown == [(rule.check, rule.relation, rule.reach) for rule in RULES]


@pytest.mark.parametrize(
    ("step", "kept"),
    [
        ("raw", {"loaded"}),
        ("prelink", {"loaded", "arrivals"}),
        ("linkage", {"loaded", "arrivals", "dbt of prelink"}),
        ("postlink", {"loaded", "arrivals", "dbt of prelink", "drift"}),
    ],
)
def test_what_is_made_anew_has_to_be_checked_again(hub: duckdb.DuckDBPyConnection, step: str, kept: set[str]) -> None:
    """Every relation that is made of it has to be checked again, too."""
    made = {
        "loaded": ("loaded", "raw.padro__habitants"),
        "arrivals": ("arrivals", "raw.padro__habitants"),
        "dbt of prelink": ("dbt", "prelink"),
        "drift": ("drift", "linkage.linkage_metrics"),
        "dbt of postlink": ("dbt", "postlink"),
        "departures": ("departures", "hub.persons"),
        "departures of exports": ("departures", "exports.campaigns"),
    }
    for check, relation in made.values():
        record_outcomes(hub, check, [relation], [])
    forget_after(hub, step)
    for name, required in made.items():
        if name in kept:
            require_checked(hub, [required])
        else:
            with pytest.raises(PublicationError, match="was not checked"):
                require_checked(hub, [required])


def test_the_hub_of_one_night_is_not_published_as_another(hub: duckdb.DuckDBPyConnection) -> None:
    hub.execute("create schema if not exists work.raw; create or replace table work.raw.run as"
                " select date '2026-05-04' as business_date")  # fmt: skip
    require_night(hub, date(2026, 5, 4))
    with pytest.raises(PublicationError, match="is of the night 2026-05-04, not of 2026-05-05"):
        require_night(hub, date(2026, 5, 5))
