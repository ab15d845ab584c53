"""The night's one commit across rooms: the registry's pending changes become final with their publication."""

from collections.abc import Callable
from datetime import date

from exports.commit import recover
from matching.registry import commit_pending, pending_of
from matching.registry_backup import rebuild_registry
from orchestration.settings import Settings


def registry_step(settings: Settings, business_date: date) -> Callable[[], None]:
    """The step that makes a night's ids final; repeated, or with nothing pending any more, it changes nothing."""

    def step() -> None:
        pending = pending_of(settings.registry_database, business_date)
        if pending is not None:
            commit_pending(settings.registry_database, pending)

    return step


def finish_announced_commits(settings: Settings) -> list[date]:
    """Finish what killed nights had announced, and drop what they had only staged; return the dates finished.

    A registry that was lost is rebuilt from its backup and journal before anything stands on it.
    """
    rebuild_registry(settings.registry_database, settings.backup)
    return recover(
        settings.published,
        settings.exports,
        lambda commit: registry_step(settings, commit.business_date)(),
        settings.history,
    )
