"""Decisions of stewards that two mentions are one person or two: appended, revocable, never overwritten.

The journal is their only store, so that a night and a steward never wait for one another's database; which decisions
contradict one another is for `decision_conflicts.py`.
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
    """A decision that contradicts what stewards decided before, or one that is not there."""


class RefusedDecisions(JudgementError):
    """Decisions of which none was written, since some can't stand; `reasons` has each one's place among them."""

    def __init__(self, reasons: dict[int, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True)
class Statement:
    """What a steward says of two mentions, why, and the first business date on which it counts."""

    verdict: Verdict
    mentions: tuple[str, str]
    steward: str
    reason: str
    counts_from: date | None = None  # today


def decide(registry: Registry, statements: Sequence[Statement]) -> list[Judgement]:
    """Record decisions, all of them or none; one that is in force already is returned as it was made.

    Raises:
        RefusedDecisions: some contradict one another or those before, or name one mention twice.
    """
    with journal.exclusive(registry.directory, _JOURNAL):
        recorded = load_history(registry)
        claims = Claims(recorded)
        known = {_key(one.judgement): one.judgement for one in recorded if one.revoked_from is None}
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
            # One line, so that a crash leaves all of them or none.
            journal.append(registry.directory, _JOURNAL, {"kind": "decided", "judgements": fresh})
    return made


def _key(judgement: Judgement) -> tuple[str, str, str]:
    return judgement.verdict, judgement.mention_id_l, judgement.mention_id_r


def _judgement(statement: Statement, now: datetime) -> Judgement:
    one, other = sorted(statement.mentions)
    day = statement.counts_from or now.date()
    told = (statement.verdict, one, other, statement.steward, statement.reason)
    return Judgement(uuid.uuid4().hex, *told, now.isoformat(timespec="seconds"), day.isoformat())


def _objection(claims: Claims, judgement: Judgement) -> str | None:
    if judgement.mention_id_l == judgement.mention_id_r:
        return "a decision needs two different mentions, found the same one twice"
    chain = claims.against(judgement)
    if not chain:
        return None
    told = ", ".join(map(_told_of, chain))
    return (
        f"{judgement.mention_id_l} and {judgement.mention_id_r} can't be {judgement.verdict} from "
        f"{judgement.first_day} on, because that contradicts {told}; first revoke one of these from that day on"
    )


def _told_of(recorded: Recorded) -> str:
    one = recorded.judgement
    until = f", in force until {recorded.revoked_from}" if recorded.revoked_from else ""
    told = f"{one.mention_id_l} and {one.mention_id_r} are {one.verdict}, decided on {one.decided_at[:10]}{until}"
    return f"{one.judgement_id} ({told})"


def revoke(
    registry: Registry, judgement_id: str, steward: str, reason: str, counts_from: date | None = None
) -> Judgement:
    """Take a decision back from a business date on, today unless said; return it.

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
        RegistryError: the journal is damaged; passed over, a decision would be lost that kept two people apart.
    """
    return [
        one.judgement
        for one in load_history(registry)
        if (one.revoked_from is None if as_of is None else one.counts_on(as_of.isoformat()))
    ]


def revoked_unions(registry: Registry, as_of: date | None = None) -> set[tuple[str, str]]:
    """The pairs of mentions that a steward once made one person, and that nobody does any more.

    Raises:
        RegistryError: the journal is damaged.
    """
    united: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for one in load_history(registry):
        told = one.judgement
        if told.verdict == "same" and (as_of is None or told.first_day <= as_of.isoformat()):
            is_revoked = one.revoked_from is not None and (as_of is None or one.revoked_from <= as_of.isoformat())
            united[is_revoked].add((told.mention_id_l, told.mention_id_r))
    return united[True] - united[False]


def load_history(registry: Registry) -> list[Recorded]:
    """Every decision that was ever made, in order, with those revoked.

    Raises:
        RegistryError: the journal is damaged.
    """
    recorded: dict[str, Recorded] = {}
    for number, entry in enumerate(journal.read(registry.directory, _JOURNAL), start=1):
        try:
            recorded |= {one.judgement.judgement_id: one for one in _told(entry, recorded)}
        except (KeyError, TypeError):
            raise journal.RegistryError(
                f"decision {number} in the journal is damaged: restore it from the backup"
            ) from None
    return list(recorded.values())


def _told(entry: dict[str, Any], recorded: dict[str, Recorded]) -> Iterable[Recorded]:
    """What a line of the journal says: decisions made, or one that is revoked.

    Raises:
        KeyError, TypeError: it says neither.
    """
    kind = {"decided": True, "revoked": False}[entry.pop("kind")]
    if kind:
        # A line of one decision is from before several could be made at once.
        return [_decided(_checked(Judgement(**told)), recorded) for told in entry.get("judgements", [entry])]
    told = recorded[entry["judgement_id"]]
    return [Recorded(told.judgement, told.revoked_from or entry.get("counts_from") or entry["decided_at"][:10])]


def _decided(judgement: Judgement, recorded: dict[str, Recorded]) -> Recorded:
    """A decision as it is made; one that stands in the journal again stays as it is, and revoked where it was.

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
