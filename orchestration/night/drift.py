"""Whether the night's linkage is like those of the nights before, as a blocking asset check."""

from dagster import AssetCheckExecutionContext, AssetCheckResult, AssetCheckSpec, AssetKey, asset_check

from exports.delivery.checks import DRIFT
from orchestration.home.redaction import redacted
from orchestration.night.checks import check_result, keep_outcomes
from orchestration.night.past_figures import judge_night
from orchestration.night.resources import Night
from sources.base.journal import RegistryError

LINKAGE_METRICS = AssetKey(["linkage", "linkage_metrics"])
_SPEC = AssetCheckSpec(
    DRIFT,
    asset=LINKAGE_METRICS,
    blocking=True,
    description="Match rates, sizes of persons, weights and conflicts are those of the last nights, within bounds.",
)


@asset_check(asset=LINKAGE_METRICS, name=DRIFT, blocking=True, description=_SPEC.description)
def drift(context: AssetCheckExecutionContext, night: Night) -> AssetCheckResult:
    """What is out of its bounds stops the publication, until a person has accepted the night."""
    settings = night.settings
    with night.step(context), redacted(RegistryError), night.work_database() as connection:
        (business_date,) = connection.execute("from work.raw.run").fetchall()[0]
        outcomes = judge_night(connection, settings, business_date)
        keep_outcomes(connection, DRIFT, [".".join(LINKAGE_METRICS.path)], outcomes)
    return check_result(_SPEC, outcomes)
