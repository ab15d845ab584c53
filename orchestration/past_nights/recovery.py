"""The night's commit across rooms: the registry's pending changes become final together with the publication."""

import json
import time
from collections.abc import Callable
from datetime import date

from exports.errors import PublicationError
from exports.publication.seal import Commit, recover
from exports.publication.staging import announced_commits, journal_path
from exports.staged import MANIFEST
from matching.registry.backup import rebuild_registry
from matching.registry.ids import RegistryError, commit_pending, pending_of
from matching.registry.registry import Registry
from orchestration.home.alerts import PUBLISHED_NOTHING
from orchestration.home.home import Home
from orchestration.home.lock import NightRunning, intake_lock, is_night_running
from orchestration.home.redaction import StepFailed
from orchestration.home.settings import Settings
from orchestration.past_nights.withheld_notice import send_notices
from sources.base.scratch import remove_dead

_LONGEST_WAIT, _SECONDS_BETWEEN = 60.0, 0.05


def registry_step(registry: Registry, business_date: date) -> Callable[[], None]:
    """The step that makes a night's ids final; if it is repeated or nothing is pending, it changes nothing."""

    def step() -> None:
        pending = pending_of(registry, business_date)
        if pending is not None:
            commit_pending(registry, pending)

    return step


def what_is_public(home: Home, business_date: date, run_id: str) -> str:
    """What a failed run of a night made public, as text for its report and its alert."""
    try:
        announced = Commit.from_json(journal_path(home.published, business_date).read_text(encoding="utf-8"))
        if announced.run_id == run_id:
            return "while it published; `fil recover` or the next night finishes the publication"
    except (OSError, ValueError):
        pass
    try:
        manifest = json.loads((home.published / str(business_date) / MANIFEST).read_text(encoding="utf-8"))
        if manifest["run_id"] == run_id:
            return "after it was published: its data are public"
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return PUBLISHED_NOTHING


def finish_announced_commits(settings: Settings) -> list[date]:
    """Finish the announced commits of killed nights, delete what they only staged, and send their alerts.

    A lost registry is first rebuilt from its backup and journal.

    Returns:
        The dates finished.
    """
    home = settings.home
    rebuild_registry(home.registry, home.backup)
    # Files of a killed command may show people who are protected since.
    for scratch in ("again", "rehearsal"):
        remove_dead(home.work / scratch)
    finished = recover(
        home.published,
        home.exports,
        lambda commit: registry_step(home.registry, commit.business_date)(),
        home.history,
    )
    send_notices(settings)
    return finished


def recover_home(settings: Settings) -> list[date]:
    """Finish the announced commits of killed nights, outside of a night; return their dates. Nights wait meanwhile.

    Raises:
        StepFailed: a night is running, or it can't be finished.
    """
    try:
        with intake_lock(settings.home):
            return finish_announced_commits(settings)
    except NightRunning as error:
        raise StepFailed(f"{error}: wait for it to end") from None
    except (PublicationError, RegistryError) as error:
        raise StepFailed(str(error)) from None


def require_finished(home: Home) -> None:
    """Check that no publication is announced: it may hide a person whom the last one shows.

    A running night finishes its publication within seconds, so this waits for it.

    Raises:
        StepFailed: a killed night announced its publication, or a running one does not end.
    """
    until = time.monotonic() + _LONGEST_WAIT
    while announced := announced_commits(home.published):
        names = ", ".join(path.name for path in announced)
        if not is_night_running(home):
            # The night may have ended meanwhile.
            if not announced_commits(home.published):
                return
            raise StepFailed(f"a night was killed while it published ({names}): run `fil recover`, then try again")
        if time.monotonic() > until:
            raise StepFailed(f"a night is publishing ({names}): try again when it has ended")
        time.sleep(_SECONDS_BETWEEN)
