"""Assembles everything that Dagster loads; the only place where assets, checks, job, schedule and resources meet."""

from dagster import Definitions, definitions

from orchestration.assets.arrivals import landing_asset, raw_asset, work_database_begun
from orchestration.assets.checks import suite_checks
from orchestration.jobs import nightly
from orchestration.resources import Night
from orchestration.schedules import nightly_schedule
from orchestration.sensors import alert_on_failure, alert_on_missing_night
from orchestration.settings import Settings
from sources.registry import load_contracts


def build_definitions(settings: Settings | None = None) -> Definitions:
    """The code location; settings are overridden in tests."""
    (settings or Settings.from_environment()).prepare()
    return Definitions(
        assets=[
            work_database_begun,
            *(build(contract) for contract in load_contracts() for build in (landing_asset, raw_asset)),
        ],
        asset_checks=[suite_checks("arrivals")],
        jobs=[nightly],
        schedules=[nightly_schedule],
        sensors=[alert_on_failure, alert_on_missing_night],
        resources={"night": Night()},
    )


@definitions
def defs() -> Definitions:
    """What `dagster dev -m orchestration.definitions` loads; nothing is built before it asks."""
    return build_definitions()
