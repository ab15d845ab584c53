"""Explains why a night linked two mentions or not, with that night's own model, rails and decisions.

It decides nothing: it finds which rule or decision made the night's links.
"""

from collections.abc import Sequence

import duckdb

from matching.clustering.edges import create_edges
from matching.clustering.memory import recall
from matching.clustering.partition import Edge
from matching.explanation.chain import strongest_chain
from matching.explanation.decided_by import why_one, why_two
from matching.explanation.pair_evidence import PairScores
from matching.explanation.types import Explanation, Link, Question, Word
from matching.records.party_records import create_records
from matching.relations import LINK_CANDIDATES, LINK_EDGES
from matching.rules.candidates import create_candidates


def explain(connection: duckdb.DuckDBPyConnection, question: Question) -> Explanation:
    """Explain two mentions.

    Reads: the kind's mentions in `work.intermediate`, as the night had them; the registry's memberships.
    Writes: `RECORDS`, `LINK_CANDIDATES`, `LINK_MEMORY`, `LINK_DECISIONS`, `LINK_EDGES` and the kind's pair scores, as
    the night had them for these mentions.
    """
    create_records(connection, question.kind)
    scores = PairScores(connection, question.kind, question.model, question.mention_ids)
    create_candidates(connection, question.kind)
    recall(connection, question.memory, question.kind)
    create_edges(connection, question.judgements)
    pair = scores.of(question.one.mention_id, question.other.mention_id)
    needed, refusal = _candidate(connection, question)
    edges = _edges(connection, question)
    chain = _links(connection, question, edges) if question.is_one else ()
    word = why_one(question, chain) if question.is_one else why_two(connection, question, edges, refusal)
    return Explanation(question.is_one, pair, needed, refusal, word, chain)


def _candidate(connection: duckdb.DuckDBPyConnection, question: Question) -> tuple[float | None, str | None]:
    """The weight at which the two link, and the rule that bars the pair by itself."""
    ends = sorted((question.one.mention_id, question.other.mention_id))
    rows = connection.execute(
        f"select link_weight, refusal from {LINK_CANDIDATES} where mention_id_l = $1 and mention_id_r = $2", ends
    ).fetchall()
    return (float(rows[0][0]), rows[0][1]) if rows else (None, None)


def _edges(connection: duckdb.DuckDBPyConnection, question: Question) -> list[Edge]:
    """The links among the mentions of both sides."""
    rows = connection.execute(
        f"""
        with wanted as (select unnest($1::varchar[]) as mention_id)
        select weight, mention_id_l, mention_id_r, is_steward, is_birth_outweighed from {LINK_EDGES}
        semi join wanted as l on mention_id_l = l.mention_id
        semi join wanted as r on mention_id_r = r.mention_id
        order by all
        """,
        [question.mention_ids],
    ).fetchall()
    return [Edge(*row) for row in rows]


def _links(connection: duckdb.DuckDBPyConnection, question: Question, edges: Sequence[Edge]) -> tuple[Link, ...]:
    """The strongest chain between the two, from one to the other, within their person."""
    within = set(question.one.members)
    inner = [edge for edge in edges if edge.mention_id_l in within and edge.mention_id_r in within]
    links = []
    at = question.one.mention_id
    for edge in strongest_chain(inner, at, question.other.mention_id):
        far = edge.mention_id_r if edge.mention_id_l == at else edge.mention_id_l
        links.append(Link(at, far, edge.weight, _who_links(connection, edge)))
        at = far
    return tuple(links)


def _who_links(connection: duckdb.DuckDBPyConnection, edge: Edge) -> Word:
    if edge.is_steward:
        return "steward"
    ((is_document, is_strong),) = connection.execute(
        f"select is_same_valid_document, is_strong from {LINK_CANDIDATES}"
        " where mention_id_l = $1 and mention_id_r = $2",
        [edge.mention_id_l, edge.mention_id_r],
    ).fetchall()
    if is_document:
        return "document"
    return "model" if is_strong else "last night"
