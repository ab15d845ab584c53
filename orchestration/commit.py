"""The night's one commit across rooms: the registry's pending changes become final with their publication."""

from collections.abc import Callable
from datetime import date

from exports.commit import recover
from exports.publish import PublicationError, announced_commits
from matching.registry import RegistryError, commit_pending, pending_of
from matching.registry_backup import rebuild_registry
from orchestration.lock import NightRunning, intake_lock
from orchestration.redaction import StepFailed
from orchestration.settings import Settings
from orchestration.withheld_notice import send_notices


def registry_step(settings: Settings, business_date: date) -> Callable[[], None]:
    """The step that makes a night's ids final; repeated, or with nothing pending any more, it changes nothing."""

    def step() -> None:
        pending = pending_of(settings.registry_database, business_date)
        if pending is not None:
            commit_pending(settings.registry_database, pending)

    return step


def finish_announced_commits(settings: Settings) -> list[date]:
    """Finish what killed nights had announced, drop what they had only staged, and send the alerts that they owe.

    A registry that was lost is rebuilt from its backup and journal before anything stands on it.

    Returns:
        The dates finished.
    """
    rebuild_registry(settings.registry_database, settings.backup)
    finished = recover(
        settings.published,
        settings.exports,
        lambda commit: registry_step(settings, commit.business_date)(),
        settings.history,
    )
    send_notices(settings)
    return finished


def finish_before_reading(settings: Settings) -> None:
    """Finish what a killed night had announced, so that nobody reads what it replaced; a running night does it itself.

    Raises:
        StepFailed: it can't be finished.
    """
    if not announced_commits(settings.published):
        return
    try:
        with intake_lock(settings.home):
            finish_announced_commits(settings)
    except NightRunning:
        return
    except (PublicationError, RegistryError) as error:
        raise StepFailed(str(error)) from None
