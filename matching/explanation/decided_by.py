"""Who decided on two mentions in the end: a steward wins over a guard rail, a rail over the model.

`explain` has the weight of the model and the links.
"""

from collections.abc import Sequence, Set

import duckdb

from matching.clustering.partition import Edge
from matching.explanation.types import LastWord, Link, Question, Side
from matching.registry.decisions import Judgement
from matching.relations import LINK_CANDIDATES, RECORDS
from matching.rules.guard_rails import FACTS, Cluster, Facts, Rail, broken_rail
from matching.rules.rule_texts import EXPLANATION_TEXTS, RULE_TEXTS


def why_one(question: Question, chain: Sequence[Link]) -> LastWord:
    """Who decided that two mentions are one person, joined by a chain of links."""
    for judgement in _between(question, question.one.mention_id, question.other.mention_id, "same"):
        return _decided(judgement)
    if not chain:
        return LastWord("model", "unknown", EXPLANATION_TEXTS["unknown"])
    weakest = min(chain, key=lambda link: (link.by == "steward", link.weight))
    ends = (weakest.one, weakest.other)
    if len(chain) == 1:
        if weakest.by == "steward":
            return _decided(_between(question, *ends, "same")[0])
        return LastWord(weakest.by, weakest.by, EXPLANATION_TEXTS[weakest.by], ends)
    steward = next((link for link in chain if link.by == "steward"), None)
    if steward is not None:
        decision = _decided(_between(question, steward.one, steward.other, "same")[0])
        return LastWord("steward", decision.rule, f"{EXPLANATION_TEXTS['chain']}: {decision.text}", decision.pair)
    text = f"{EXPLANATION_TEXTS['chain']}; at its weakest link: {EXPLANATION_TEXTS[weakest.by].lower()}"
    return LastWord(weakest.by, "chain", text, ends)


def why_two(
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    edges: Sequence[Edge],
    refusal: str | None,
) -> LastWord:
    """Who decided that two mentions are not one person; `refusal` is the rule that bars the pair itself."""
    one, other = question.one, question.other
    for judgement in _between(question, one.mention_id, other.mention_id, "different"):
        return _decided(judgement)
    apart = _decisions(question, set(one.members), set(other.members), "different")
    if apart:
        decision = _decided(apart[0])
        return LastWord("steward", decision.rule, f"For other mentions of the two: {decision.text}", decision.pair)
    if refusal:
        return LastWord("rail", refusal, RULE_TEXTS[refusal], (one.mention_id, other.mention_id))
    across = _across(edges, one, other)
    rail = _rail(connection, one, other)
    if across and rail:
        return LastWord("rail", rail.code, rail.sentence, (across[0].mention_id_l, across[0].mention_id_r))
    in_review = [side for side in (one, other) if side.is_in_review]
    if in_review:
        return LastWord("review", "in_review", EXPLANATION_TEXTS["in_review"], (one.mention_id, other.mention_id))
    if across:
        ends = (across[0].mention_id_l, across[0].mention_id_r)
        return LastWord("rail", "stronger_link", EXPLANATION_TEXTS["stronger_link"], ends)
    return _too_little(connection, question)


def _between(question: Question, one: str, other: str, verdict: str) -> list[Judgement]:
    return _decisions(question, {one}, {other}, verdict)


def _decisions(question: Question, ones: Set[str], others: Set[str], verdict: str) -> list[Judgement]:
    """Decisions between a mention in `ones` and a mention in `others`."""
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
    between = [
        edge
        for edge in edges
        if (edge.mention_id_l in left and edge.mention_id_r in right)
        or (edge.mention_id_l in right and edge.mention_id_r in left)
    ]
    return sorted(between, key=lambda edge: (-edge.weight, edge.mention_id_l, edge.mention_id_r))


def _rail(connection: duckdb.DuckDBPyConnection, one: Side, other: Side) -> Rail | None:
    """The guard rail that keeps two whole persons apart, or None."""
    return broken_rail(*(_cluster(connection, side.members) for side in (one, other)))


def _cluster(connection: duckdb.DuckDBPyConnection, members: Sequence[str]) -> Cluster:
    rows = connection.execute(
        f"select {FACTS} from {RECORDS} where list_contains($1, unique_id) order by unique_id", [list(members)]
    ).fetchall()
    whole = Cluster()
    for row in rows:
        whole.absorb(Cluster.of(Facts(*row)))
    return whole


def _too_little(connection: duckdb.DuckDBPyConnection, question: Question) -> LastWord:
    """No rail keeps the two apart: their best pair is too weak, barred by a rule, or was never compared."""
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
        return LastWord("model", "never_compared", EXPLANATION_TEXTS["never_compared"])
    left, right, weight, needed, refusal = rows[0]
    if refusal:
        return LastWord("rail", refusal, RULE_TEXTS[refusal], (left, right))
    text = (
        f"{EXPLANATION_TEXTS['too_little']}: their best pair has {weight:.2f} bits, and a link needs {float(needed):g}"
    )
    return LastWord("model", "too_little", text, (left, right))
