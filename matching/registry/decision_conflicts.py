"""What a steward's decision is, and which of them contradict one another: same and different persons at once.

Where decisions are kept is for `decisions.py`.
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
    counts_from: str = ""  # of decisions from before they told it, the day on which they were made

    @property
    def first_day(self) -> str:
        """First business date on which it counts."""
        return self.counts_from or self.decided_at[:10]


@dataclass(frozen=True)
class Recorded:
    """A decision with what became of it: the first business date on which it counts no more, if it was revoked."""

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
    """Decisions by mention, to see whether another one may stand beside them."""

    def __init__(self, told: Iterable[Recorded] = ()) -> None:
        self._ties: dict[str, _Ties] = {"same": defaultdict(list), "different": defaultdict(list)}
        for one in told:
            self.add(one)

    def add(self, told: Recorded) -> None:
        """Take a decision in."""
        ties = self._ties[told.judgement.verdict]
        one, other = told.judgement.mention_id_l, told.judgement.mention_id_r
        ties[one].append((other, told))
        ties[other].append((one, told))

    def against(self, judgement: Judgement) -> list[Recorded]:
        """The decisions that contradict one on a day on which it counts, as a chain; none where it may stand."""
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
        """Mentions that decisions make one with a mention, each with the shortest chain of them."""
        found: dict[str, list[Recorded]] = {start: []}
        edge = [start]
        while edge:
            following = []
            for mention in edge:
                for far, same in self._ties["same"].get(mention, []):
                    if far not in found and same.counts_after(day):
                        found[far] = [*found[mention], same]
                        following.append(far)
            edge = following
        return found
