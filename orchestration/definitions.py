"""Assembles everything that Dagster loads; the only place where assets, job, schedule and resources meet."""

from dagster import Definitions

from orchestration.settings import Settings


def build_definitions(settings: Settings | None = None) -> Definitions:
    """The code location; settings are overridden in tests, and dbt is imported here as it takes seconds."""
    from sources.registry import CONTRACTS

    from orchestration.assets.arrivals import landing_asset, raw_asset, work_database_begun
    from orchestration.assets.checks import arrival_checks, departure_checks
    from orchestration.assets.delivery import publication
    from orchestration.assets.linkage import linkage
    from orchestration.dbt import build_models, dbt_resource, prepare_manifest
    from orchestration.jobs import nightly
    from orchestration.resources import Night
    from orchestration.schedules import nightly_schedule
    from orchestration.sensors import alert_on_failure, alert_on_missing_night

    settings = settings or Settings.from_environment()
    settings.prepare()
    manifest = prepare_manifest(settings)
    contracts = [load() for load in CONTRACTS] if callable(CONTRACTS) else list(CONTRACTS)
    return Definitions(
        assets=[
            work_database_begun,
            *(build(contract) for contract in contracts for build in (landing_asset, raw_asset)),
            arrival_checks,
            build_models(manifest, "prelink"),
            linkage,
            build_models(manifest, "postlink"),
            departure_checks,
            publication,
        ],
        jobs=[nightly],
        schedules=[nightly_schedule],
        sensors=[alert_on_failure, alert_on_missing_night],
        resources={"dbt": dbt_resource(), "night": Night()},
    )
