"""Seals a night: makes its staged directories public. A journal announces the seal, and `recover` finishes it.

Each step can be repeated. Nothing here reads or writes a row.
"""

import filecmp
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from exports.delivery.deliver import StagedDelivery
from exports.delivery.manifest import verify
from exports.errors import DeliveryError, PublicationError
from exports.publication.intact import require_databases_intact
from exports.publication.staging import (
    CURRENT,
    StagedPublication,
    announced_commits,
    business_date_of,
    journal_path,
)
from exports.staged import MANIFEST, StagedDirectory
from sources.base.files import remove, replace_directory, sha256_of, sync, write_durably

_ROOTS = ("published", "exports", "history")
_DAMAGED = "{} is damaged: remove it, then run its night again; parts of that night may already be public"


class Move(NamedTuple):
    """A staged directory and its final place, both below a root; `token` is the sha256 of its manifest."""

    root: str
    staged: str
    final: str
    token: str


@dataclass(frozen=True)
class Commit:
    """The content of a journal: the night, and the staged directories with their final places."""

    business_date: date
    run_id: str
    keep_days: int
    moves: tuple[Move, ...]

    def to_json(self) -> str:
        """The journal's text."""
        content = {"business_date": self.business_date.isoformat(), "run_id": self.run_id, "keep_days": self.keep_days}
        return json.dumps({**content, "moves": self.moves}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Commit":
        """Read a journal.

        Raises:
            ValueError: the text is not a journal.
        """
        try:
            content = json.loads(text)
            moves = tuple(Move(*map(str, move)) for move in content["moves"])
            day, keep_days = date.fromisoformat(content["business_date"]), int(content["keep_days"])
            commit = cls(day, str(content["run_id"]), keep_days, moves)
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"not a journal of a commit: {type(error).__name__}") from None
        if keep_days < 1 or not all(map(_is_within, moves)):
            raise ValueError("not a journal of a commit: keep_days is below 1, or a path is outside its root")
        return commit


def _is_within(move: Move) -> bool:
    """Whether both paths of a move are below its root."""
    paths = (Path(move.staged), Path(move.final))
    return move.root in _ROOTS and not any(path.is_absolute() or ".." in path.parts for path in paths)


@dataclass(frozen=True)
class SealPlan:
    """Everything that a night has staged."""

    published_dir: Path
    exports_dir: Path
    publication: StagedPublication
    deliveries: Sequence[StagedDelivery] = ()
    keep_days: int = 30
    history_dir: Path | None = None
    changes: Sequence[StagedDirectory] = ()
    hidden: Sequence[StagedDirectory] = ()

    def commit(self) -> Commit:
        """The journal's content: deliveries and history, then the publication, then other nights' publications.

        Other nights come last, because readers see one of them until the publication is in place.
        """
        night = self.publication
        moves = [_move_of("exports", self.exports_dir, delivery) for delivery in self.deliveries]
        moves += [_move_of("history", changes.final.parent, changes) for changes in self.changes]
        moves += [_move_of("published", self.published_dir, publication) for publication in (night, *self.hidden)]
        return Commit(night.business_date, night.run_id, self.keep_days, tuple(moves))


def _move_of(root: str, directory: Path, staged: StagedDirectory) -> Move:
    staged_path, final_path = staged.staged.relative_to(directory), staged.final.relative_to(directory)
    return Move(root, str(staged_path), str(final_path), staged.token)


def _has(directory: Path, token: str) -> bool:
    manifest = directory / MANIFEST
    return manifest.is_file() and sha256_of(manifest) == token


def _move(staged: Path, final: Path, token: str) -> None:
    """Put a staged directory in its place; if this was done before, only remove leftovers."""
    if _has(staged, token) and not (_has(final, token) and _is_the_same(staged, final)):
        replace_directory(staged, final)
    elif _has(final, token):
        remove(staged)
    else:
        raise PublicationError(
            f"{staged} does not have the content that the commit announced; remove the journal and run the night again"
        )
    remove(final.with_name(f".old-{final.name}"))


def _is_the_same(staged: Path, final: Path) -> bool:
    """Whether all files of a staged directory are equal in the final one, which may be damaged despite its manifest."""
    names = [path.name for path in staged.iterdir()]
    same, _, _ = filecmp.cmpfiles(staged, final, names, shallow=False)
    return len(same) == len(names)


def current_date(published_dir: Path) -> date | None:
    """The business date of the current publication."""
    link = published_dir / CURRENT
    return business_date_of(link.readlink().name) if link.is_symlink() else None


def _point_current(published_dir: Path, business_date: date) -> None:
    """Swap the link `current`, unless it already has a later date."""
    shown = current_date(published_dir)
    if shown is not None and shown >= business_date and (published_dir / CURRENT).exists():
        return
    temporary = published_dir / f".{CURRENT}.tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(business_date.isoformat(), target_is_directory=True)
    os.replace(temporary, published_dir / CURRENT)  # noqa: PTH105  Path.replace on a link reads as if it followed it
    sync(published_dir)


def _prune(directory: Path, commit: Commit, newest: date) -> None:
    """Remove dates that are older than `keep_days`, except the one just sealed."""
    for path in sorted(directory.iterdir()):
        day = business_date_of(path.name)
        if day and day != commit.business_date and day <= newest - timedelta(days=commit.keep_days):
            remove(path)


def _finish(published_dir: Path, exports_dir: Path, history_dir: Path | None, commit: Commit) -> None:
    """Carry out an announced commit, or the rest of it."""
    roots = {"published": published_dir, "exports": exports_dir, "history": history_dir}
    for root, staged, final, token in commit.moves:
        directory = roots[root]
        if directory is None:
            raise PublicationError(f"the commit of {commit.business_date} has changes for the history: say where it is")
        _move(directory / staged, directory / final, token)
        if (root, final) == ("published", str(commit.business_date)):
            _point_current(published_dir, commit.business_date)
    newest = current_date(published_dir) or commit.business_date
    for directory in (published_dir, *(path for path in exports_dir.glob("[a-z]*") if path.is_dir())):
        _prune(directory, commit, newest)
    journal_path(published_dir, commit.business_date).unlink(missing_ok=True)
    sync(published_dir)


def _require_as_announced(journal: Path, commit: Commit, roots: Mapping[str, Path | None]) -> None:
    """Compare what still has to be moved with its manifests: after a kill, anything may have changed it.

    Raises:
        PublicationError: a file differs.
    """
    for root, staged, final, token in commit.moves:
        directory = roots[root]
        if directory is None or not _has(directory / staged, token):
            continue
        if _has(directory / final, token) and _is_the_same(directory / staged, directory / final):
            continue
        try:
            if root == "exports":
                verify(directory / staged)
            else:
                require_databases_intact(directory / staged)
        except (DeliveryError, PublicationError, ValueError):
            raise PublicationError(
                f"{directory / staged} has changed since the night of {commit.business_date} was announced: remove "
                f"{journal}, then run that night again; parts of it may already be public"
            ) from None


def seal(plan: SealPlan, steps: Sequence[Callable[[], None]] = ()) -> None:
    """Make a staged night public.

    When the journal is on the disk, the night is final: if the process is killed after that, `recover` finishes it.

    Args:
        plan: the staged directories.
        steps: functions to run right after the journal is written, such as the registry's pending changes. Each must be
            repeatable. If one fails, the journal is removed, and nothing becomes public, now or later.
    """
    commit = plan.commit()
    journal = journal_path(plan.published_dir, commit.business_date)
    write_durably(journal, commit.to_json())
    try:
        for step in steps:
            step()
    except Exception:  # it is raised again; KeyboardInterrupt and SystemExit are treated like a kill
        journal.unlink()
        sync(plan.published_dir)
        raise
    _finish(plan.published_dir, plan.exports_dir, plan.history_dir, commit)


def recover(
    published_dir: Path,
    exports_dir: Path,
    repeat_steps: Callable[[Commit], None] = lambda commit: None,
    history_dir: Path | None = None,
) -> list[date]:
    """Finish announced commits, and remove staged directories that were not announced; return the finished dates.

    Args:
        published_dir: of the publications.
        exports_dir: of the deliveries.
        repeat_steps: repeats the `steps` of `seal` for a commit.
        history_dir: of the history.

    Raises:
        PublicationError: a journal is damaged, or a staged file has changed since it was announced.
    """
    finished = []
    for journal in announced_commits(published_dir):
        try:
            commit = Commit.from_json(journal.read_text(encoding="utf-8"))
        except (IsADirectoryError, ValueError):
            raise PublicationError(_DAMAGED.format(journal)) from None
        # With another night's file name, the journal would not be removed, and each recovery would repeat it.
        if journal != journal_path(published_dir, commit.business_date):
            raise PublicationError(_DAMAGED.format(journal))
        roots = {"published": published_dir, "exports": exports_dir, "history": history_dir}
        _require_as_announced(journal, commit, roots)
        repeat_steps(commit)
        _finish(published_dir, exports_dir, history_dir, commit)
        finished.append(commit.business_date)
    # A temporary hub may show people who are protected now.
    history_leftovers = [*history_dir.glob(".staging-*"), *history_dir.glob(".restored*")] if history_dir else []
    for leftover in (*published_dir.glob(".staging-*"), *exports_dir.glob("*/.staging-*"), *history_leftovers):
        remove(leftover)
    # An incomplete journal has announced nothing.
    for leftover in published_dir.glob(".*.tmp"):
        remove(leftover)
    return finished
