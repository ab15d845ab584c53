"""Keeps stewards' decisions that two mentions are one person or two: appended, revocable, never overwritten.

Only the journal stores them, so that a night and a steward never wait for each other's database.
`decision_conflicts.py` finds decisions that contradict each other.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from matching.registry.decision_conflicts import VERDICTS, Claims, Judgement, Recorded, Verdict
from matching.registry.registry import Registry
from sources.base import journal

_JOURNAL = "judgements"


class JudgementError(ValueError):
    """A decision that contradicts earlier ones, or that does not exist."""


class RefusedDecisions(JudgementError):
    """Decisions that were all refused because some are not possible; `reasons` has those, by their place."""

    def __init__(self, reasons: dict[int, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True)
class Statement:
    """A steward's verdict on two mentions, the reason, and the first business date on which it applies."""

    verdict: Verdict
    mentions: tuple[str, str]
    steward: str
    reason: str
    counts_from: date | None = None  # today


def decide(registry: Registry, statements: Sequence[Statement]) -> list[Judgement]:
    """Record decisions, all of them or none; for a decision that is in force already, the earlier one is returned.

    Raises:
        RefusedDecisions: some contradict one another or those before, or name one mention twice.
    """
    with journal.exclusive(registry.directory, _JOURNAL):
        recorded = load_history(registry)
        claims = Claims(recorded)
        known = {_key(item.judgement): item.judgement for item in recorded if item.revoked_from is None}
        now = datetime.now(UTC)
        made, fresh, refused = [], [], {}
        for place, statement in enumerate(statements):
            judgement = _judgement(statement, now)
            before = known.get(_key(judgement))
            if before and before.first_day <= judgement.first_day:
                made.append(before)
            elif reason := _objection(claims, judgement):
                refused[place] = reason
            else:
                claims.add(Recorded(judgement))
                known[_key(judgement)] = judgement
                made.append(judgement)
                fresh.append(asdict(judgement))
        if refused:
            raise RefusedDecisions(refused)
        if fresh:
            # All decisions are in one line, so that a crash leaves all of them or none.
            journal.append(registry.directory, _JOURNAL, {"kind": "decided", "judgements": fresh})
    return made


def _key(judgement: Judgement) -> tuple[str, str, str]:
    return judgement.verdict, judgement.mention_id_l, judgement.mention_id_r


def _judgement(statement: Statement, now: datetime) -> Judgement:
    one, other = sorted(statement.mentions)
    day = statement.counts_from or now.date()
    values = (statement.verdict, one, other, statement.steward, statement.reason)
    return Judgement(uuid.uuid4().hex, *values, now.isoformat(timespec="seconds"), day.isoformat())


def _objection(claims: Claims, judgement: Judgement) -> str | None:
    if judgement.mention_id_l == judgement.mention_id_r:
        return "a decision needs two different mentions, found the same one twice"
    chain = claims.against(judgement)
    if not chain:
        return None
    contradicted = ", ".join(map(_description, chain))
    return (
        f"{judgement.mention_id_l} and {judgement.mention_id_r} can't be {judgement.verdict} from "
        f"{judgement.first_day} on, because that contradicts {contradicted}; first revoke one of these from that day on"
    )


def _description(recorded: Recorded) -> str:
    judgement = recorded.judgement
    until = f", in force until {recorded.revoked_from}" if recorded.revoked_from else ""
    verdict = f"{judgement.mention_id_l} and {judgement.mention_id_r} are {judgement.verdict}"
    return f"{judgement.judgement_id} ({verdict}, decided on {judgement.decided_at[:10]}{until})"


def revoke(
    registry: Registry, judgement_id: str, steward: str, reason: str, counts_from: date | None = None
) -> Judgement:
    """Cancel a decision from a business date on (default: today); return it.

    Raises:
        JudgementError: no decision in force has the id.
    """
    with journal.exclusive(registry.directory, _JOURNAL):
        in_force = {item.judgement_id: item for item in load_judgements(registry)}
        if judgement_id not in in_force:
            raise JudgementError(f"no decision in force has the id {judgement_id}; `fil review decisions` lists them")
        now = datetime.now(UTC)
        entry = {
            "judgement_id": judgement_id,
            "steward": steward,
            "reason": reason,
            "decided_at": now.isoformat(timespec="seconds"),
            "counts_from": (counts_from or now.date()).isoformat(),
        }
        journal.append(registry.directory, _JOURNAL, {"kind": "revoked", **entry})
    return in_force[judgement_id]


def load_judgements(registry: Registry, as_of: date | None = None) -> list[Judgement]:
    """Decisions in force on a business date, or those not revoked by now, in the order in which they were made.

    Raises:
        RegistryError: the journal is damaged; without a lost decision two people could become one.
    """
    return [
        recorded.judgement
        for recorded in load_history(registry)
        if (recorded.revoked_from is None if as_of is None else recorded.counts_on(as_of.isoformat()))
    ]


def revoked_unions(registry: Registry, as_of: date | None = None) -> set[tuple[str, str]]:
    """The pairs of mentions that a steward once made one person, and that no decision in force does.

    Raises:
        RegistryError: the journal is damaged.
    """
    united: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for recorded in load_history(registry):
        judgement, end = recorded.judgement, recorded.revoked_from
        if judgement.verdict == "same" and (as_of is None or judgement.first_day <= as_of.isoformat()):
            is_revoked = end is not None and (as_of is None or end <= as_of.isoformat())
            united[is_revoked].add((judgement.mention_id_l, judgement.mention_id_r))
    return united[True] - united[False]


def load_history(registry: Registry) -> list[Recorded]:
    """Every decision ever made, in order, revoked ones included.

    Raises:
        RegistryError: the journal is damaged.
    """
    recorded: dict[str, Recorded] = {}
    for number, entry in enumerate(journal.read(registry.directory, _JOURNAL), start=1):
        try:
            recorded |= {item.judgement.judgement_id: item for item in _decisions_in(entry, recorded)}
        except (KeyError, TypeError):
            raise journal.RegistryError(
                f"decision {number} in the journal is damaged: restore it from the backup"
            ) from None
    return list(recorded.values())


def _decisions_in(entry: dict[str, Any], recorded: dict[str, Recorded]) -> Iterable[Recorded]:
    """The decisions that a line of the journal makes, or the one that it revokes.

    Raises:
        KeyError, TypeError: the line is neither.
    """
    kind = {"decided": True, "revoked": False}[entry.pop("kind")]
    if kind:
        # An old line has a single decision.
        return [_decided(_checked(Judgement(**fields)), recorded) for fields in entry.get("judgements", [entry])]
    revoked = recorded[entry["judgement_id"]]
    return [Recorded(revoked.judgement, revoked.revoked_from or entry.get("counts_from") or entry["decided_at"][:10])]


def _decided(judgement: Judgement, recorded: dict[str, Recorded]) -> Recorded:
    """A decision as it was recorded; if the journal repeats it, it does not change, and stays revoked if it was.

    Raises:
        KeyError: another one has its id.
    """
    known = recorded.get(judgement.judgement_id, Recorded(judgement))
    if known.judgement != judgement:
        raise KeyError(judgement.judgement_id)
    return known


def _checked(judgement: Judgement) -> Judgement:
    if judgement.verdict not in VERDICTS:
        raise KeyError(judgement.verdict)
    return judgement


__all__ = [
    "VERDICTS",
    "Judgement",
    "JudgementError",
    "Recorded",
    "RefusedDecisions",
    "Statement",
    "Verdict",
    "decide",
    "load_history",
    "load_judgements",
    "revoke",
    "revoked_unions",
]
