"""What no person may hold, whatever the scores say: each rail with its Python on clusters and its SQL.

The Python decides where a component is clustered again. The SQL finds the components for which that is needed, and the
pairs that are never linked; it may find too many, and never misses what the Python breaks
(`tests/matching/rules/test_guard_rails.py`). How links are tried in turn is for `partition.py`; rules on pairs alone
are in `person_rules.py`.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from matching.rules.rule_texts import RULE_TEXTS

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
    form_of: str | None = None
    born_from: date | None = None
    born_until: date | None = None


# A mention's facts from `RECORDS`, in the order above; a company that becomes one of another kind keeps all but the
# letter of its NIF.
FACTS = """unique_id, document_type, if(document_type = 'ORGANISATION', substr(document, 2), document),
    is_document_valid, is_live, birth_date, entry_of, form_of, born_from, born_until"""


@dataclass
class Cluster:
    """Mentions held together so far, with what each rail looks at."""

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
        """Take in all of another cluster."""
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
        code: by which people and tables name it.
        is_broken: whether joining two clusters breaks it.
        component_sql: an aggregate over the records of a component, true if the rail may break in it.
        each: the column by whose values the records of a component are taken apart first, if any.
        pair_sql: a condition over two records l and r, true if they alone break it; empty where a rule on pairs says
            it.
    """

    code: str
    is_broken: Callable[[Cluster, Cluster], bool]
    component_sql: str
    each: str | None = None
    pair_sql: str = ""

    @property
    def sentence(self) -> str:
        """What people read where it bars a union."""
        return RULE_TEXTS[self.code]


def _has_two(value: str, among: str = "true") -> str:
    """Whether a group has two different values: the least and the greatest tell it without keeping all of them."""
    return f"coalesce(min({value}) filter ({among}) < max({value}) filter ({among}), false)"


def _is_new(one: Set[str | None], other: Set[str | None]) -> bool:
    """Whether each holds a number that the other does not.

    What a steward joined over a rail refuses nobody who was with either side before: only what neither held is new.
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
    """Whether they hold two numbers of one kind. A DNI and a NIE may be one person, who was naturalised."""
    return any(_is_new(numbers, other.documents.get(kind, numbers)) for kind, numbers in one.documents.items())


# Pairs of organisations are for `organisation_rules.py`: of a NIF the letter may differ.
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
        return False  # A steward said that it is possible.
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


# Two mentions alone are judged by the rule of that code in `person_rules.py`: it asks for more, unless they share a
# document.
BIRTH_DATE = Rail(
    "birth_date",
    _birth_dates_clash,
    component_sql=f"""({_has_two("year(birth_date)")} and {_has_two("month(birth_date)")}
            and {_has_two("day(birth_date)")})
        or max(year(birth_date)) - min(year(birth_date)) >= {PARENT_YEARS}""",
)

# Of several that break, the first one is given as the reason.
RAILS = (ONE_FORM, TWO_VALID_DOCUMENTS, TWO_REGISTER_ENTRIES, IMPOSSIBLE, BIRTH_DATE)


def broken_rail(one: Cluster, other: Cluster) -> Rail | None:
    """The rail that joining two clusters would break, or None."""
    return next((rail for rail in RAILS if rail.is_broken(one, other)), None)


def broken_components(facts: str, rails: Sequence[Rail] = RAILS) -> str:
    """A query of the components in which a rail may break.

    Args:
        facts: a relation with `component_number` and the columns of `RECORDS`, of components of several mentions.
        rails: those that are asked for.
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
