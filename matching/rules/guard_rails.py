"""The rails: rules that no person may break, whatever the weights; each in Python on clusters, and in SQL.

The Python decides while a component is clustered again. The SQL finds the components that need it, and the pairs that
are never linked; it may find too many, and never misses one that the Python breaks
(`tests/matching/rules/test_guard_rails.py`). `partition.py` tries the links in turn; `person_rules.py` has the rules on
pairs alone.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from matching.rules.rule_texts import RULE_TEXTS

# Types of documents of which nobody has two valid numbers.
ONE_EACH = ("DNI", "NIE", "ORGANISATION")

# Parents are older than their children by at least so much.
PARENT_YEARS = 14


@dataclass(frozen=True)
class Facts:
    """The columns of one mention that the rails need."""

    mention_id: str
    document_type: str | None = None
    document: str | None = None
    is_document_valid: bool = False
    is_live: bool = False
    birth_date: date | None = None
    entry_of: str | None = None
    form_of: str | None = None
    born_from: date | None = None
    born_until: date | None = None


# A mention's facts from `RECORDS`, in the order above. A company that changes its legal form keeps all of its NIF but
# the letter.
FACTS = """unique_id, document_type, if(document_type = 'ORGANISATION', substr(document, 2), document),
    is_document_valid, is_live, birth_date, entry_of, form_of, born_from, born_until"""


@dataclass
class Cluster:
    """Mentions linked so far, with the values that the rails check."""

    mention_ids: set[str] = field(default_factory=set)
    documents: dict[str, set[str]] = field(default_factory=dict)
    entries: dict[str, list[str | None]] = field(default_factory=dict)
    forms: set[str] = field(default_factory=set)
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
            forms={facts.form_of} if facts.form_of else set(),
            birth_dates={facts.birth_date} if facts.birth_date else set(),
            born_from=facts.born_from or date.min,
            born_until=facts.born_until or date.max,
        )

    def absorb(self, other: "Cluster") -> None:
        """Add all of another cluster."""
        self.mention_ids |= other.mention_ids
        for document_type, numbers in other.documents.items():
            self.documents.setdefault(document_type, set()).update(numbers)
        for register, documents in other.entries.items():
            self.entries[register] = self.entries.get(register, []) + documents
        self.forms |= other.forms
        self.birth_dates |= other.birth_dates
        self.born_from = max(self.born_from, other.born_from)
        self.born_until = min(self.born_until, other.born_until)


@dataclass(frozen=True)
class Rail:
    """A rule that no person may break.

    Args:
        code: its name in tables and for people.
        is_broken: whether joining two clusters breaks it.
        component_sql: an aggregate over the records of a component, true if the rail may break in it.
        each: the column by which the records of a component are grouped first, if any.
        pair_sql: a condition over two records l and r, true if they alone break it; empty if a rule on pairs has it.
    """

    code: str
    is_broken: Callable[[Cluster, Cluster], bool]
    component_sql: str
    each: str | None = None
    pair_sql: str = ""

    @property
    def sentence(self) -> str:
        """The sentence that people read if it bars a union."""
        return RULE_TEXTS[self.code]


def _has_two(value: str, among: str = "true") -> str:
    """Whether a group has two different values; minimum and maximum are enough to know."""
    return f"coalesce(min({value}) filter ({among}) < max({value}) filter ({among}), false)"


def _is_new(one: Set[str | None], other: Set[str | None]) -> bool:
    """Whether each has a number that the other does not have.

    If a steward joined two sides over a rail, a mention that fits one of them still joins.
    """
    return not (one <= other or other <= one)


def _is_one_form(one: Cluster, other: Cluster) -> bool:
    return not one.forms.isdisjoint(other.forms)


ONE_FORM = Rail(
    "one_form",
    _is_one_form,
    component_sql="count(*) > 1",
    each="form_of",
    pair_sql="coalesce(l.form_of = r.form_of, false)",
)


def _has_two_documents(one: Cluster, other: Cluster) -> bool:
    """Whether they have two numbers of one type. A DNI and a NIE may be one person, who was naturalised."""
    return any(_is_new(numbers, other.documents.get(kind, numbers)) for kind, numbers in one.documents.items())


# `organisation_rules.py` has the rule on pairs of organisations: the letter of a NIF may differ.
TWO_VALID_DOCUMENTS = Rail(
    "two_valid_documents",
    _has_two_documents,
    component_sql=f"""{_has_two("document", "is_document_valid and document_type = 'DNI'")}
        or {_has_two("document", "is_document_valid and document_type = 'NIE'")}
        or {_has_two("substr(document, 2)", "is_document_valid and document_type = 'ORGANISATION'")}""",
    pair_sql="l.is_document_valid and r.is_document_valid and l.document_type = r.document_type"
    " and l.document_type in ('DNI', 'NIE') and l.document <> r.document",
)


def _is_listed_twice(one: Cluster, other: Cluster) -> bool:
    """Whether a register lists both, and not under one document."""
    for register in one.entries.keys() & other.entries.keys():
        documents = set(one.entries[register]), set(other.entries[register])
        if None in documents[0] | documents[1] or _is_new(*documents):
            return True
    return False


TWO_REGISTER_ENTRIES = Rail(
    "two_register_entries",
    _is_listed_twice,
    component_sql=f"""count(*) > 1 and (count(*) filter (document is null or not is_document_valid) > 0
        or {_has_two("document")})""",
    each="entry_of",
    pair_sql="coalesce(l.entry_of = r.entry_of, false)"
    " and not (coalesce(l.document = r.document, false) and l.is_document_valid and r.is_document_valid)",
)


def _is_impossible(one: Cluster, other: Cluster) -> bool:
    return _is_out_of_time(one, other) or _is_out_of_time(other, one)


def _is_out_of_time(one: Cluster, other: Cluster) -> bool:
    """Whether one was born after the other was seen, or long before a child's form that is the other's."""
    if one is not other and (_is_out_of_time(one, one) or _is_out_of_time(other, other)):
        return False  # A steward decided that it is possible.
    return one.born_from > other.born_until or any(
        not other.born_from <= birth_date <= other.born_until for birth_date in one.birth_dates
    )


IMPOSSIBLE = Rail(
    "impossible",
    _is_impossible,
    component_sql="max(greatest(birth_date, born_from)) > min(born_until) or min(birth_date) < max(born_from)",
    pair_sql="""coalesce(l.birth_date > r.born_until, false) or coalesce(r.birth_date > l.born_until, false)
            or coalesce(l.birth_date < r.born_from, false) or coalesce(r.birth_date < l.born_from, false)
            or coalesce(l.born_from > r.born_until, false) or coalesce(r.born_from > l.born_until, false)""",
)


def _birth_dates_clash(one: Cluster, other: Cluster) -> bool:
    """Whether the birth dates of the two contradict each other.

    If a document already joined two such dates in one person, agreeing with one of them is enough.
    """
    clashes = [contradict(a, b) for a in one.birth_dates for b in other.birth_dates]
    is_either_of_two = _is_of_two_dates(one) or _is_of_two_dates(other)
    return bool(clashes) and (all(clashes) if is_either_of_two else any(clashes))


def _is_of_two_dates(cluster: Cluster) -> bool:
    return any(contradict(a, b) for a in cluster.birth_dates for b in cluster.birth_dates)


def contradict(one: date, other: date) -> bool:
    """Whether two birth dates have too little in common: no part, or one part and a generation between them."""
    parts_same = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    return parts_same == 0 or (parts_same == 1 and abs(one.year - other.year) >= PARENT_YEARS)


# For two mentions alone the rule of this code in `person_rules.py` applies: it requires more in common, unless they
# share a document.
BIRTH_DATE = Rail(
    "birth_date",
    _birth_dates_clash,
    component_sql=f"""({_has_two("year(birth_date)")} and {_has_two("month(birth_date)")}
            and {_has_two("day(birth_date)")})
        or max(year(birth_date)) - min(year(birth_date)) >= {PARENT_YEARS}""",
)

# If several break, the first one is the reason.
RAILS = (ONE_FORM, TWO_VALID_DOCUMENTS, TWO_REGISTER_ENTRIES, IMPOSSIBLE, BIRTH_DATE)


def broken_rail(one: Cluster, other: Cluster) -> Rail | None:
    """The rail that joining two clusters would break, or None."""
    return next((rail for rail in RAILS if rail.is_broken(one, other)), None)


def broken_components(facts: str, rails: Sequence[Rail] = RAILS) -> str:
    """A query of the components in which a rail may break.

    Args:
        facts: a relation with `component_number` and the columns of `RECORDS`, of components of several mentions.
        rails: the rails to check.
    """
    by_column: dict[str | None, list[str]] = {}
    for rail in rails:
        by_column.setdefault(rail.each, []).append(rail.component_sql)
    return " union ".join(
        f"select component_number from {facts} {f'where {column} is not null' if column else ''}"
        f" group by component_number{f', {column}' if column else ''}"
        f" having {' or '.join(f'({condition})' for condition in conditions)}"
        for column, conditions in by_column.items()
    )
