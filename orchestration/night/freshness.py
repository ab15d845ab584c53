"""Whether each source keeps its contract's cadence, as an asset check that the step which loads the source yields.

A late source is warned of and used on; that a stale one stops the night is said where it is loaded.
"""

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey

from sources.contracts.contract import Delivery
from sources.loading.raw_tables import LoadedSource


def freshness_spec(asset: AssetKey, delivery: Delivery) -> AssetCheckSpec:
    """The check of a source's first raw table."""
    return AssetCheckSpec(
        "freshness", asset=asset, description=f"A good extract is due every {delivery.cadence_days} days."
    )


def freshness_result(spec: AssetCheckSpec, delivery: Delivery, loaded: LoadedSource) -> AssetCheckResult:
    """What a night found; a source that has not delivered yet is not fresh either."""
    days = loaded.staleness_days
    return AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=not delivery.is_late(days),
        severity=AssetCheckSeverity.WARN,
        metadata={
            "days": "no good extract yet" if days is None else days,
            "cadence": delivery.cadence_days,
            "allowed": delivery.staleness_days,
        },
    )
