"""The job `intake`: lands and parses extracts when they arrive, and sends an alert about bad ones at once.

It opens no database and publishes nothing; the next night uses its files as if it had landed them itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dagster import Config, OpExecutionContext, ResourceParam, RetryRequested, in_process_executor, job, op

from orchestration.home.alerts import send_alert
from orchestration.home.lock import NightRunning, intake_lock
from orchestration.home.process import set_up_process
from orchestration.home.redaction import StepFailed, redacted
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.night.partitions import today
from sources.base.errors import SourceError
from sources.contracts.catalogue import SOURCES, load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.loading.raw_tables import without_agreement
from sources.parsing.parse import ParseResult, parse

# A night may have begun between the sensor's check and this run; no night takes longer than all tries.
_TRIES = 240
_SECONDS_BETWEEN = 60


class Deliveries(Config):
    """The files to take from the inbox, by source."""

    files: dict[str, list[str]]


@dataclass(frozen=True)
class Taken:
    """The result for a source's extracts: how many rows of each are good, and the problems for its owner."""

    parsed: tuple[str, ...]
    problems: tuple[str, ...]


def take(settings: Settings, contract: Contract, names: Collection[str], as_of: date) -> Taken:
    """Land some files of a source's inbox and parse them; problems are returned, not raised."""
    if gap := contract.gap(as_of):
        return Taken((), (without_agreement(contract, gap),))
    try:
        landed = land(settings.home.directory, contract, as_of, only=names)
        results = parse(settings.home.directory, contract, as_of, bound=settings.parse_bound)
    except SourceError as error:
        return Taken((), (str(error),))
    rejected = [result.rejected for result in results if result.rejected]
    unusual = [warning for result in results for warning in result.warnings]
    parsed = (_summary(contract, result) for result in results if not result.rejected)
    return Taken(tuple(parsed), (*landed.warnings, *rejected, *unusual))


def _summary(contract: Contract, result: ParseResult) -> str:
    reasons = "".join(f", {reason} {count}" for reason, count in result.reasons.items())
    rows = f"{result.rows_loaded} of {result.rows_in} rows good{reasons}"
    return f"{contract.source}: the extract of {result.extract_date} has come: {rows}"


@op
def take_deliveries(context: OpExecutionContext, config: Deliveries, settings: ResourceParam[Settings]) -> None:
    """Take every source's files, then report the problems; one bad source does not stop the others."""
    set_up_process(settings.home)
    if unknown := sorted(config.files.keys() - set(SOURCES)):
        raise StepFailed(f"there is no source {', '.join(unknown)}; the sources are {', '.join(SOURCES)}")
    contracts = [contract for contract in load_contracts() if contract.source in config.files]
    try:
        with redacted(NightRunning), intake_lock(settings.home):
            taken = [take(settings, contract, config.files[contract.source], today()) for contract in contracts]
    except NightRunning:
        raise RetryRequested(_TRIES, _SECONDS_BETWEEN) from None
    for result in taken:
        for line in result.parsed:
            context.log.info(line)
        for line in result.problems:
            context.log.warning(line)
    with redacted(ConfigurationError):
        for problems in (result.problems for result in taken if result.problems):
            send_alert(settings, f"Fil: {' | '.join(problems)}")


@job(
    executor_def=in_process_executor,
    description="Extracts from the inbox into landing, raw and quarantine; an alert is sent at once about bad ones.",
)
def intake() -> None:
    """One step, outside of any partition."""
    take_deliveries()
