"""Decisions of stewards that two mentions are one person or two: appended, revocable, never overwritten.

The journal is their only store, so that a night and a steward never wait for one another's database.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from sources import journal

Verdict = Literal["same", "different"]


class JudgementError(ValueError):
    """A decision that contradicts what stewards decided before, or one that is not there."""


@dataclass(frozen=True)
class Judgement:
    """One steward's decision about two mentions."""

    judgement_id: str
    verdict: Verdict
    mention_id_l: str
    mention_id_r: str
    steward: str
    reason: str
    decided_at: str


def decide(registry_path: Path, verdict: Verdict, mentions: tuple[str, str], steward: str, reason: str) -> Judgement:
    """Record a decision; one that contradicts those in force is refused."""
    one, other = sorted(mentions)
    if one == other:
        raise JudgementError("a decision needs two different mentions, found the same one twice")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    judgement = Judgement(uuid.uuid4().hex, verdict, one, other, steward, reason, now)
    check_consistent([*load_judgements(registry_path), judgement])
    journal.append(registry_path.parent, "judgements", {"kind": "decided", **asdict(judgement)})
    return judgement


def revoke(registry_path: Path, judgement_id: str, steward: str, reason: str) -> None:
    """Take a decision back, from now on."""
    if judgement_id not in {item.judgement_id for item in load_judgements(registry_path)}:
        raise JudgementError(f"no decision in force has id {judgement_id}; list the decisions to find it")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"judgement_id": judgement_id, "steward": steward, "reason": reason, "decided_at": now}
    journal.append(registry_path.parent, "judgements", {"kind": "revoked", **entry})


def load_judgements(registry_path: Path, as_of: date | None = None) -> list[Judgement]:
    """Decisions in force at the end of a day (UTC), or now, in the order in which they were made.

    Raises:
        RegistryError: the journal is damaged; passed over, a decision would be lost that kept two people apart.
    """
    return list(_replay(registry_path, as_of)[0].values())


def revoked_unions(registry_path: Path, as_of: date | None = None) -> set[tuple[str, str]]:
    """The pairs of mentions that a steward once made one person, and that nobody does any more.

    Raises:
        RegistryError: the journal is damaged.
    """
    in_force, revoked = _replay(registry_path, as_of)
    united = [
        {(item.mention_id_l, item.mention_id_r) for item in items if item.verdict == "same"}
        for items in (revoked, in_force.values())
    ]
    return united[0] - united[1]


def _replay(registry_path: Path, as_of: date | None) -> tuple[dict[str, Judgement], list[Judgement]]:
    """Decisions in force by id, and those that were revoked."""
    in_force: dict[str, Judgement] = {}
    revoked = []
    for number, entry in enumerate(journal.read(registry_path.parent, "judgements"), start=1):
        try:
            if as_of and entry["decided_at"][:10] > as_of.isoformat():
                continue
            kind = entry.pop("kind")
            if kind == "decided":
                in_force[entry["judgement_id"]] = Judgement(**entry)
            elif entry["judgement_id"] in in_force:
                revoked.append(in_force.pop(entry["judgement_id"]))
        except (KeyError, TypeError):
            raise journal.RegistryError(
                f"decision {number} in the journal is damaged: restore it from the backup"
            ) from None
    return in_force, revoked


def check_consistent(judgements: Sequence[Judgement]) -> None:
    """Refuse decisions of which some make one person what another keeps apart."""
    parent: dict[str, str] = {}

    def root(mention: str) -> str:
        while parent.get(mention, mention) != mention:
            mention = parent[mention]
        return mention

    for item in judgements:
        if item.verdict == "same":
            parent[root(item.mention_id_l)] = root(item.mention_id_r)
    for item in judgements:
        if item.verdict == "different" and root(item.mention_id_l) == root(item.mention_id_r):
            raise JudgementError(
                f"mentions {item.mention_id_l} and {item.mention_id_r} would be both one person and two;"
                " revoke the earlier decision first"
            )
