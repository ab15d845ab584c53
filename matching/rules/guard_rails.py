"""What no person may hold, whatever the scores say: the state of a cluster and what it refuses to take in.

How edges are tried in turn is for `partition.py`; pairs that never become edges are for `person_rules.py`.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date

# Kinds of numbers of which nobody holds two valid ones.
ONE_EACH = ("DNI", "NIE", "ORGANISATION")

# Parents are older than their children by at least so much.
PARENT_YEARS = 14


@dataclass(frozen=True)
class Facts:
    """What the rails need to know of one mention."""

    mention_id: str
    document_type: str | None = None
    document: str | None = None
    is_document_valid: bool = False
    is_live: bool = False
    birth_date: date | None = None
    entry_of: str | None = None
    born_from: date | None = None
    born_until: date | None = None


@dataclass
class Cluster:
    """Mentions held together so far, with what each rail looks at."""

    mention_ids: set[str] = field(default_factory=set)
    documents: dict[str, set[str]] = field(default_factory=dict)
    entries: dict[str, list[str | None]] = field(default_factory=dict)
    birth_dates: set[date] = field(default_factory=set)
    born_from: date = date.min
    born_until: date = date.max

    @classmethod
    def of(cls, facts: Facts) -> "Cluster":
        """The cluster of one mention."""
        valid = facts.document if facts.is_document_valid and facts.document_type in ONE_EACH else None
        return cls(
            mention_ids={facts.mention_id},
            documents={facts.document_type or "": {valid}} if valid else {},
            entries={facts.entry_of: [facts.document if facts.is_document_valid else None]} if facts.entry_of else {},
            birth_dates={facts.birth_date} if facts.birth_date else set(),
            born_from=facts.born_from or date.min,
            born_until=facts.born_until or date.max,
        )

    def absorb(self, other: "Cluster") -> None:
        """Take in all of another cluster."""
        self.mention_ids |= other.mention_ids
        for document_type, numbers in other.documents.items():
            self.documents.setdefault(document_type, set()).update(numbers)
        for register, documents in other.entries.items():
            self.entries[register] = self.entries.get(register, []) + documents
        self.birth_dates |= other.birth_dates
        self.born_from = max(self.born_from, other.born_from)
        self.born_until = min(self.born_until, other.born_until)


def broken_rail(one: Cluster, other: Cluster) -> str | None:
    """The rail that joining two clusters would break, or None.

    A DNI and a NIE may be one person, who was naturalised; two of one kind may not. What a steward joined over a rail
    refuses nobody who was with either side before: only what neither held is new.
    """
    for document_type, numbers in one.documents.items():
        if _is_new(numbers, other.documents.get(document_type, numbers)):
            return "two_valid_documents"
    for register in one.entries.keys() & other.entries.keys():
        # A register lists each person once, or at least under one document.
        documents = set(one.entries[register]), set(other.entries[register])
        if None in documents[0] | documents[1] or _is_new(*documents):
            return "two_register_entries"
    if _is_impossible(one, other) or _is_impossible(other, one):
        return "impossible"
    return "birth_date" if _birth_dates_clash(one, other) else None


def _is_new(one: Set[str | None], other: Set[str | None]) -> bool:
    """Whether each holds a number that the other does not."""
    return not (one <= other or other <= one)


def _is_impossible(one: Cluster, other: Cluster) -> bool:
    """Whether one was born after the other was seen, or long before a child's form that is the other's."""
    if one is not other and (_is_impossible(one, one) or _is_impossible(other, other)):
        return False  # A steward said that it is possible.
    return one.born_from > other.born_until or any(
        not other.born_from <= birth_date <= other.born_until for birth_date in one.birth_dates
    )


def _birth_dates_clash(one: Cluster, other: Cluster) -> bool:
    """Whether no one was born on the dates of both.

    Where a document holds two such dates in one person already, fitting one of them is enough.
    """
    clashes = [contradict(a, b) for a in one.birth_dates for b in other.birth_dates]
    is_either_of_two = _is_of_two_dates(one) or _is_of_two_dates(other)
    return bool(clashes) and (all(clashes) if is_either_of_two else any(clashes))


def _is_of_two_dates(cluster: Cluster) -> bool:
    return any(contradict(a, b) for a in cluster.birth_dates for b in cluster.birth_dates)


def contradict(one: date, other: date) -> bool:
    """Whether two birth dates have too little in common: nothing, or a generation apart one part alone."""
    parts_same = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    return parts_same == 0 or (parts_same == 1 and abs(one.year - other.year) >= PARENT_YEARS)
