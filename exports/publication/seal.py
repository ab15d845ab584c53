"""The night's one commit: a journal announces it, every step of it can be repeated, and `recover` finishes it.

What is committed was staged elsewhere; nothing here reads or writes a row.
"""

import filecmp
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from exports.delivery.deliver import StagedDelivery
from exports.errors import PublicationError
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
    """A staged directory that goes to its place, both below one of the roots; `token` is the sha256 of its manifest."""

    root: str
    staged: str
    final: str
    token: str


@dataclass(frozen=True)
class Commit:
    """A journal: whose night, and which staged directories go where."""

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
            ValueError: it is none.
        """
        try:
            content = json.loads(text)
            moves = tuple(Move(*map(str, move)) for move in content["moves"])
            day, keep_days = date.fromisoformat(content["business_date"]), int(content["keep_days"])
            commit = cls(day, str(content["run_id"]), keep_days, moves)
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"no journal of a commit: {type(error).__name__}") from None
        if keep_days < 1 or not all(map(_is_within, moves)):
            raise ValueError("no journal of a commit: it keeps nothing, or moves what is not a night's")
        return commit


def _is_within(move: Move) -> bool:
    """Whether a directory is moved from and to a place below one of the roots."""
    places = (Path(move.staged), Path(move.final))
    return move.root in _ROOTS and not any(place.is_absolute() or ".." in place.parts for place in places)


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
        """The journal's content: deliveries and history, then the publication, then what other nights hide.

        A night that loses its database may be the one that readers see until then.
        """
        night = self.publication
        moves = [_move_of("exports", self.exports_dir, one) for one in self.deliveries]
        moves += [_move_of("history", one.final.parent, one) for one in self.changes]
        moves += [_move_of("published", self.published_dir, one) for one in (night, *self.hidden)]
        return Commit(night.business_date, night.run_id, self.keep_days, tuple(moves))


def _move_of(root: str, directory: Path, one: StagedDirectory) -> Move:
    return Move(root, str(one.staged.relative_to(directory)), str(one.final.relative_to(directory)), one.token)


def _has(directory: Path, token: str) -> bool:
    manifest = directory / MANIFEST
    return manifest.is_file() and sha256_of(manifest) == token


def _move(staged: Path, final: Path, token: str) -> None:
    """Put a staged directory in its place; done before, it only tidies up."""
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
    """Whether every file of a directory stands in another: what is in place may be damaged under its manifest."""
    names = [path.name for path in staged.iterdir()]
    same, _, _ = filecmp.cmpfiles(staged, final, names, shallow=False)
    return len(same) == len(names)


def current_date(published_dir: Path) -> date | None:
    """The business date that readers see."""
    link = published_dir / CURRENT
    return business_date_of(link.readlink().name) if link.is_symlink() else None


def _point_current(published_dir: Path, business_date: date) -> None:
    """Swap the link `current`, unless it is at a later date already."""
    shown = current_date(published_dir)
    if shown is not None and shown >= business_date and (published_dir / CURRENT).exists():
        return
    temporary = published_dir / f".{CURRENT}.tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(business_date.isoformat(), target_is_directory=True)
    os.replace(temporary, published_dir / CURRENT)  # noqa: PTH105  Path.replace on a link reads as if it followed it
    sync(published_dir)


def _prune(directory: Path, commit: Commit, newest: date) -> None:
    """Remove dates that are past their days; the one just sealed stays, however old."""
    for path in sorted(directory.iterdir()):
        found = business_date_of(path.name)
        if found and found != commit.business_date and found <= newest - timedelta(days=commit.keep_days):
            remove(path)


def _finish(published_dir: Path, exports_dir: Path, history_dir: Path | None, commit: Commit) -> None:
    """Carry out an announced commit, from wherever it stopped."""
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


def seal(plan: SealPlan, steps: Sequence[Callable[[], None]] = ()) -> None:
    """Make a staged night public, in one commit that can be repeated.

    Once the journal is on the disk the night counts: killed afterwards, `recover` finishes it. `steps` run right after
    the journal (the registry's pending changes); each must bear being run twice. If one fails, the journal is
    withdrawn: nothing is public yet, the night reports that, and nobody may publish it later.
    """
    commit = plan.commit()
    journal = journal_path(plan.published_dir, commit.business_date)
    write_durably(journal, commit.to_json())
    try:
        for step in steps:
            step()
    except Exception:  # of any kind: it goes on, and what stops the process counts as a kill
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
    """Finish the commits that were announced, drop what was staged and never announced; return the dates finished.

    `repeat_steps` runs for each commit what `seal` was given as its steps.
    """
    finished = []
    for journal in announced_commits(published_dir):
        try:
            commit = Commit.from_json(journal.read_text(encoding="utf-8"))
        except (IsADirectoryError, ValueError):
            raise PublicationError(_DAMAGED.format(journal)) from None
        # Under another night's name it would be carried out at every recovery.
        if journal != journal_path(published_dir, commit.business_date):
            raise PublicationError(_DAMAGED.format(journal))
        repeat_steps(commit)
        _finish(published_dir, exports_dir, history_dir, commit)
        finished.append(commit.business_date)
    # A hub that was computed for a moment shows people who may be protected since.
    of_history = [*history_dir.glob(".staging-*"), *history_dir.glob(".restored*")] if history_dir else []
    for leftover in (*published_dir.glob(".staging-*"), *exports_dir.glob("*/.staging-*"), *of_history):
        remove(leftover)
    # Of a journal that was not written to its end: it announced nothing.
    for leftover in published_dir.glob(".*.tmp"):
        remove(leftover)
    return finished
