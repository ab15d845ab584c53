"""A night that would change many people's ids publishes nothing until a person has approved as many."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from matching.identity.impact import LEAST_BUDGET, Impact, ImpactRefused, approve, approved, impact, require_budget
from matching.registry.registry import Registry
from sources.base.journal import RegistryError

DAY, OTHER = date(2026, 5, 5), date(2026, 5, 6)
Changes = list[tuple[str, list[str], list[str]]]
MakeNight = Callable[[Changes], duckdb.DuckDBPyConnection]


@pytest.fixture
def night() -> MakeNight:
    """A work database whose night makes some changes of ids, of three people and one organisation."""

    def make(changes: Changes) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:")
        connection.execute(
            "attach ':memory:' as work; create schema work.linkage;"
            "create table work.linkage.mention_links as select unnest(['P1', 'P1', 'P2', 'P3']) as person_id;"
            "create table work.linkage.organisation_links as select 'O1' as organisation_id;"
            "create table work.linkage.person_events (event varchar, ids_before varchar[], ids_after varchar[],"
            " cause varchar, business_date date);"
            "create table work.linkage.organisation_events as from work.linkage.person_events"
        )
        connection.executemany(
            "insert into work.linkage.person_events values (?, ?, ?, 'link', ?)",
            [(*change, DAY) for change in changes] + [("merged", ["P8", "P9"], ["P8"], OTHER)],
        )
        return connection

    return make


def merges(count: int) -> Changes:
    return [("merged", [f"PA{number}", f"PB{number}"], [f"PA{number}"]) for number in range(count)]


def test_who_is_first_seen_or_seen_no_more_changes_nobody(night: MakeNight, tmp_path: Path) -> None:
    changes: Changes = [("minted", [], ["P1"]), ("retired", ["P2"], []), ("reassigned", ["P3"], ["P3"])]
    assert impact(night([*changes, ("split", ["P4"], ["P4", "P5"])]), DAY) == Impact(4, 0, 2, 0, 2)
    require_budget(night(changes), Registry(tmp_path), DAY)


def test_over_its_budget_a_night_needs_an_approval_of_as_many(night: MakeNight, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    require_budget(night(merges(LEAST_BUDGET // 2)), registry, DAY)
    over = night([*merges(LEAST_BUDGET // 2), ("reassigned", ["P1"], ["P2"])])
    with pytest.raises(ImpactRefused, match=f"{LEAST_BUDGET + 2} people .*fil impact approve"):
        require_budget(over, registry, DAY)
    approve(registry, OTHER, 1000, "steward", "of another night")
    approve(registry, DAY, LEAST_BUDGET + 1, "steward", "of fewer people")
    with pytest.raises(ImpactRefused, match=f"{LEAST_BUDGET + 1} are allowed"):
        require_budget(over, registry, DAY)
    approve(registry, DAY, LEAST_BUDGET + 2, "steward", "seen")
    assert require_budget(over, registry, DAY).people == LEAST_BUDGET + 2
    approve(registry, DAY, 1, "steward", "taken back")
    with pytest.raises(ImpactRefused):
        require_budget(over, registry, DAY)
    journal = tmp_path / "registry" / "journal" / "impact_approvals.jsonl"
    journal.write_bytes(journal.read_bytes() + journal.read_bytes().splitlines(keepends=True)[2])
    with pytest.raises(ImpactRefused):
        require_budget(over, registry, DAY)


@pytest.mark.parametrize("rest", ["", ', "people": null', ', "people": "x"'])
def test_an_approval_that_can_not_be_read_is_told(tmp_path: Path, rest: str) -> None:
    approve(Registry(tmp_path), DAY, 1, "steward", "seen")
    journal = tmp_path / "registry" / "journal" / "impact_approvals.jsonl"
    journal.write_text(journal.read_text() + f'{{"business_date": "{DAY}"{rest}}}\n')
    with pytest.raises(RegistryError, match="impact_approvals.jsonl is damaged: restore the file from the backup"):
        approved(Registry(tmp_path), DAY)
