"""The input and the result of an explanation of two mentions, in terms of mentions, persons and bits.

`explain` makes it, `decided_by.py` finds who decided in the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matching.clustering.memory import Memory
from matching.explanation.pair_evidence import PairEvidence
from matching.parties import PartyKind
from matching.registry.decisions import Judgement

Word = Literal["steward", "rail", "document", "last night", "model", "review"]


@dataclass(frozen=True)
class Side:
    """A mention as a night published it: its person or organisation, and all the mentions of that."""

    mention_id: str
    party_id: str | None
    is_in_review: bool
    members: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Two mentions of a night, with the model, the decisions and the memory that linked them."""

    kind: PartyKind
    one: Side
    other: Side
    model: Path
    judgements: Sequence[Judgement]
    memory: Memory | None

    @property
    def mention_ids(self) -> list[str]:
        """Every mention that matters."""
        return sorted({*self.one.members, *self.other.members})

    @property
    def is_one(self) -> bool:
        """Whether the night found them to be one person or organisation."""
        return self.one.party_id is not None and self.one.party_id == self.other.party_id


@dataclass(frozen=True)
class Link:
    """Two linked mentions, the bits between them, and what linked them."""

    one: str
    other: str
    weight: float
    by: Word


@dataclass(frozen=True)
class LastWord:
    """Who or what decided in the end, as a sentence; `pair` are the two mentions that were decided on."""

    by: Word
    rule: str
    text: str
    pair: tuple[str, str] | None = None


@dataclass(frozen=True)
class Explanation:
    """Why two mentions were linked or not; `needed` are the bits that a link needs, None if no rule compares them."""

    is_one: bool
    pair: PairEvidence
    needed: float | None
    refusal: str | None
    last_word: LastWord
    chain: tuple[Link, ...]

    @property
    def weakest(self) -> Link | None:
        """The weakest link of the chain that joins the two."""
        return min(self.chain, key=lambda link: (link.by == "steward", link.weight), default=None)
