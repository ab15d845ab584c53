"""Whose word came last on two mentions: a steward's over a guard rail's, a rail's over the model's.

What the model says and which links there are is for `explain`.
"""

from collections.abc import Sequence, Set

import duckdb

from matching.clustering.cases import REASONS
from matching.clustering.edges import FACTS
from matching.clustering.partition import Edge
from matching.explanation.types import LastWord, Link, Question, Side, Word
from matching.registry.decisions import Judgement
from matching.relations import LINK_CANDIDATES, RECORDS
from matching.rules.guard_rails import Cluster, Facts, broken_rail

# Rules of `person_rules.py` that make no case by themselves: families are refused by them every night.
_RULES = REASONS | {
    "given_name": "Different given names are different people, as in a family",
    "birth_date": "Different birth dates are different people",
    "one_form": "One form names both: a child, and an adult who answers for the child",
    "name": "Different names are different organisations",
}


_WORDS: dict[Word, str] = {
    "document": "Both have the same valid document",
    "model": "The match weight is enough to link them",
    "last night": "The match weight is too low for a new link, but enough to keep last night's person together",
}


def why_one(question: Question, chain: Sequence[Link]) -> LastWord:
    """The last word on two mentions of one person, joined by a chain of links."""
    for judgement in _between(question, question.one.mention_id, question.other.mention_id, "same"):
        return _decided(judgement)
    if not chain:
        text = "No chain of links joins them under the present rules, which have changed since that night"
        return LastWord("model", "unknown", text)
    weakest = min(chain, key=lambda link: (link.by == "steward", link.weight))
    ends = (weakest.one, weakest.other)
    if len(chain) == 1:
        if weakest.by == "steward":
            return _decided(_between(question, *ends, "same")[0])
        return LastWord(weakest.by, weakest.by, _WORDS[weakest.by], ends)
    steward = next((link for link in chain if link.by == "steward"), None)
    if steward is not None:
        told = _decided(_between(question, steward.one, steward.other, "same")[0])
        return LastWord("steward", told.rule, f"A chain of links joins them: {told.text}", told.pair)
    text = f"A chain of links joins them; at its weakest link: {_WORDS[weakest.by].lower()}"
    return LastWord(weakest.by, "chain", text, ends)


def why_two(
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    edges: Sequence[Edge],
    refusal: str | None,
) -> LastWord:
    """The last word on two mentions that are not of one person; a refusal is of the pair itself."""
    one, other = question.one, question.other
    for judgement in _between(question, one.mention_id, other.mention_id, "different"):
        return _decided(judgement)
    apart = _decisions(question, set(one.members), set(other.members), "different")
    if apart:
        told = _decided(apart[0])
        return LastWord("steward", told.rule, f"For other mentions of the two: {told.text}", told.pair)
    if refusal:
        return LastWord("rail", refusal, _RULES[refusal], (one.mention_id, other.mention_id))
    across = _across(edges, one, other)
    rail = _rail(connection, one, other)
    if across and rail:
        return LastWord("rail", rail, _RULES[rail], (across[0].mention_id_l, across[0].mention_id_r))
    in_review = [side for side in (one, other) if side.is_in_review]
    if in_review:
        text = (
            "A mention is disputed, so it belongs to nobody until a steward decides: it fits two people, or has a "
            "document that another person has"
        )
        return LastWord("review", "in_review", text, (one.mention_id, other.mention_id))
    if across:
        text = "One of them has a stronger link to a third mention, and a rule bars the three from being one person"
        return LastWord("rail", "stronger_link", text, (across[0].mention_id_l, across[0].mention_id_r))
    return _too_little(connection, question)


def _between(question: Question, one: str, other: str, verdict: str) -> list[Judgement]:
    return _decisions(question, {one}, {other}, verdict)


def _decisions(question: Question, ones: Set[str], others: Set[str], verdict: str) -> list[Judgement]:
    """Decisions on a mention of some and one of others."""
    return [
        item
        for item in question.judgements
        if item.verdict == verdict
        and (
            (item.mention_id_l in ones and item.mention_id_r in others)
            or (item.mention_id_l in others and item.mention_id_r in ones)
        )
    ]


def _decided(judgement: Judgement) -> LastWord:
    text = (
        f"{judgement.steward} decided on {judgement.decided_at[:10]} that they are {judgement.verdict} "
        f"({judgement.judgement_id}): {judgement.reason}"
    )
    return LastWord("steward", judgement.verdict, text, (judgement.mention_id_l, judgement.mention_id_r))


def _across(edges: Sequence[Edge], one: Side, other: Side) -> list[Edge]:
    """Links between the two sides, the strongest first."""
    left, right = set(one.members), set(other.members)
    found = [
        edge
        for edge in edges
        if (edge.mention_id_l in left and edge.mention_id_r in right)
        or (edge.mention_id_l in right and edge.mention_id_r in left)
    ]
    return sorted(found, key=lambda edge: (-edge.weight, edge.mention_id_l, edge.mention_id_r))


def _rail(connection: duckdb.DuckDBPyConnection, one: Side, other: Side) -> str | None:
    """The guard rail between two persons, whole."""
    forms = connection.execute(
        f"select count(distinct one.form_of) from {RECORDS} as one inner join {RECORDS} as other using (form_of)"
        " where list_contains($1, one.unique_id) and list_contains($2, other.unique_id)",
        [list(one.members), list(other.members)],
    ).fetchall()
    if forms[0][0]:
        return "one_form"
    clusters = [_cluster(connection, side.members) for side in (one, other)]
    return broken_rail(*clusters)


def _cluster(connection: duckdb.DuckDBPyConnection, members: Sequence[str]) -> Cluster:
    rows = connection.execute(
        f"select {FACTS} from {RECORDS} where list_contains($1, unique_id) order by unique_id", [list(members)]
    ).fetchall()
    whole = Cluster()
    for row in rows:
        whole.absorb(Cluster.of(Facts(*row)))
    return whole


def _too_little(connection: duckdb.DuckDBPyConnection, question: Question) -> LastWord:
    """Nothing forbids that the two are one, and too little speaks for it."""
    rows = connection.execute(
        f"""
        select mention_id_l, mention_id_r, match_weight, link_weight, refusal from {LINK_CANDIDATES}
        inner join {question.kind.pairs} using (mention_id_l, mention_id_r)
        where (list_contains($1, mention_id_l) and list_contains($2, mention_id_r))
            or (list_contains($2, mention_id_l) and list_contains($1, mention_id_r))
        order by refusal is not null, match_weight desc, mention_id_l, mention_id_r limit 1
        """,
        [list(question.one.members), list(question.other.members)],
    ).fetchall()
    if not rows:
        text = "No candidate pair of a mention of each has a match weight above 0"
        return LastWord("model", "never_compared", text)
    left, right, weight, needed, refusal = rows[0]
    if refusal:
        return LastWord("rail", refusal, _RULES[refusal], (left, right))
    text = f"The match weight is too low: their best pair has {weight:.2f} bits, and a link needs {float(needed):g}"
    return LastWord("model", "too_little", text, (left, right))
