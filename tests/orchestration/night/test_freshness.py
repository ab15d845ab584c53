"""Whether a source keeps its cadence, as the check beside its raw asset says it."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from dagster import AssetCheckSeverity, materialize

from orchestration.home.home import Home
from orchestration.home.settings import Settings
from orchestration.night.arrivals import landing_asset, raw_asset, work_database_begun
from orchestration.night.resources import Night
from sources.contracts.catalogue import load_contracts
from tests.support.nights import DAY, attention, deliver


@pytest.mark.parametrize(
    ("days", "is_fresh", "succeeds"), [(0, True, True), (1, False, True), (8, False, False)], ids=str
)
def test_a_late_source_is_warned_of_and_a_stale_one_stops(
    home: Path, days: int, is_fresh: bool, succeeds: bool
) -> None:
    (atencions,) = (contract for contract in load_contracts() if contract.source == "atencions")
    deliver(home, "atencions", "atencions_20260504.jsonl", attention(1))
    result = materialize(
        [work_database_begun, landing_asset(atencions), raw_asset(atencions)],
        partition_key=str(date.fromisoformat(DAY) + timedelta(days=days)),
        resources={"night": Night(settings=Settings(Home(home)))},
        raise_on_error=False,
    )
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.asset_key.to_user_string()) == ("freshness", "raw/atencions__atencions")
    assert (check.passed, check.severity) == (is_fresh, AssetCheckSeverity.WARN)
    assert {name: value.value for name, value in check.metadata.items()} == {"days": days, "cadence": 1, "allowed": 7}
    assert result.success == succeeds


def test_one_that_has_never_delivered_is_not_fresh(home: Path) -> None:
    (iris,) = (contract for contract in load_contracts() if contract.source == "iris")
    assets = [work_database_begun, landing_asset(iris), raw_asset(iris)]
    result = materialize(assets, partition_key=DAY, resources={"night": Night(settings=Settings(Home(home)))})
    (check,) = result.get_asset_check_evaluations()
    assert (check.passed, check.metadata["days"].value) == (False, "no good extract yet")
