"""Assembles everything that Dagster loads: assets, checks, jobs, schedule, sensors and resources."""

import json

from dagster import Definitions, definitions, in_process_executor

from orchestration.home.process import set_up_process
from orchestration.home.settings import Settings
from orchestration.night.arrivals import landing_asset, raw_asset, work_database_begun
from orchestration.night.checks import drift_check, segment_checks, suite_checks
from orchestration.night.delivery import candidates_asset, publication_asset
from orchestration.night.jobs import nightly
from orchestration.night.linkage import linkage
from orchestration.night.resources import Night
from orchestration.outgoing.segments import declared_segments
from orchestration.triggers.intake import intake
from orchestration.triggers.schedules import nightly_schedule
from orchestration.triggers.sensors import alert_on_failure, alert_on_missing_night, new_deliveries
from sources.contracts.catalogue import load_contracts


def build_definitions(settings: Settings | None = None) -> Definitions:
    """The code location. Tests give other settings; modules with dbt are imported here, because that takes seconds."""
    from orchestration.dbt.project import prepared_project
    from orchestration.night.dbt_process import Dbt
    from orchestration.night.models import build_models

    settings = settings or Settings.from_environment()
    set_up_process(settings.home)
    project = prepared_project(settings.memory)
    manifest = json.loads((project / "target" / "manifest.json").read_text(encoding="utf-8"))
    marts = build_models(manifest, "postlink")
    return Definitions(
        assets=[
            work_database_begun,
            *(build(contract) for contract in load_contracts() for build in (landing_asset, raw_asset)),
            build_models(manifest, "prelink"),
            linkage,
            marts,
            candidates_asset(marts.keys),
            publication_asset(marts.keys),
        ],
        asset_checks=[
            suite_checks("arrivals", "raw"),
            drift_check,
            suite_checks("departures", "hub"),
            suite_checks("departures", "exports"),
            segment_checks(sorted(declared.name for declared in declared_segments(project))),
        ],
        # Also for assets that are materialised by hand: only one process may write the work database.
        executor=in_process_executor,
        jobs=[nightly, intake],
        schedules=[nightly_schedule],
        sensors=[new_deliveries, alert_on_failure, alert_on_missing_night],
        resources={
            "settings": settings,
            "dbt": Dbt(project=str(project), settings=settings),
            "night": Night(settings=settings),
        },
    )


@definitions
def defs() -> Definitions:
    """The definitions that Dagster loads from this module, built on demand."""
    return build_definitions()
