"""Decisions of stewards, and which of them contradict each other: two mentions are the same person and different ones.

`decisions.py` keeps the decisions.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["same", "different"]
VERDICTS: tuple[Verdict, ...] = ("same", "different")


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
    counts_from: str = ""  # empty in old decisions: they apply from the day on which they were made

    @property
    def first_day(self) -> str:
        """The first business date on which it applies."""
        return self.counts_from or self.decided_at[:10]


@dataclass(frozen=True)
class Recorded:
    """A decision, and the first business date on which it no longer applies, if it was revoked."""

    judgement: Judgement
    revoked_from: str | None = None

    def counts_on(self, day: str) -> bool:
        """Whether it is in force on a business date."""
        return self.judgement.first_day <= day and self.counts_after(day)

    def counts_after(self, day: str) -> bool:
        """Whether it is in force on a day, or on any later one."""
        return self.revoked_from is None or self.revoked_from > day


_Ties = dict[str, list[tuple[str, Recorded]]]


class Claims:
    """Decisions by mention, to check whether another one contradicts them."""

    def __init__(self, decisions: Iterable[Recorded] = ()) -> None:
        self._ties: dict[str, _Ties] = {"same": defaultdict(list), "different": defaultdict(list)}
        for decision in decisions:
            self.add(decision)

    def add(self, decision: Recorded) -> None:
        """Add a decision."""
        ties = self._ties[decision.judgement.verdict]
        one, other = decision.judgement.mention_id_l, decision.judgement.mention_id_r
        ties[one].append((other, decision))
        ties[other].append((one, decision))

    def against(self, judgement: Judgement) -> list[Recorded]:
        """The chain of decisions that contradict this one on a day on which it applies; empty if there is none."""
        one, other, day = judgement.mention_id_l, judgement.mention_id_r, judgement.first_day
        with_one = self._joined(one, day)
        if judgement.verdict == "different":
            return with_one.get(other, [])
        with_other = self._joined(other, day)
        for mention, chain in with_one.items():
            for far, apart in self._ties["different"].get(mention, []):
                if far in with_other and apart.counts_after(day):
                    return [*chain, apart, *with_other[far]]
        return []

    def _joined(self, start: str, day: str) -> dict[str, list[Recorded]]:
        """The mentions that decisions join with a mention, each with the shortest chain of decisions."""
        chains: dict[str, list[Recorded]] = {start: []}
        edge = [start]
        while edge:
            following = []
            for mention in edge:
                for far, same in self._ties["same"].get(mention, []):
                    if far not in chains and same.counts_after(day):
                        chains[far] = [*chains[mention], same]
                        following.append(far)
            edge = following
        return chains
