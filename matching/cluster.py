"""Persons of one night: connected components, and where a rail breaks, links taken from the strongest down.

The rails themselves are in `guard_rails`; ids that last are for `identity`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matching.guard_rails import Cluster, Facts, broken_rail

# A mention without a document that fits two people about equally belongs to neither: within 2 bits one guess in
# five would be wrong.
DISPUTE_BITS = 2.0


@dataclass(frozen=True, order=True)
class Edge:
    """A link between two mentions; a steward's has no equal in weight, and document with name outweigh birth dates."""

    weight: float
    mention_id_l: str
    mention_id_r: str
    is_steward: bool = False
    is_birth_outweighed: bool = False


@dataclass
class Partition:
    """Mentions by cluster, those that stay disputed, and the links that a rail refused."""

    clusters: list[set[str]] = field(default_factory=list)
    disputed: set[str] = field(default_factory=set)
    refused: list[tuple[str, str, str]] = field(default_factory=list)


def partition(facts: Sequence[Facts], edges: Iterable[Edge], apart: Iterable[tuple[str, str]]) -> Partition:
    """Cluster the mentions of one component under the rails; a disputed mention is taken out and the rest done anew."""
    ordered = sorted(edges, key=lambda edge: (not edge.is_steward, -edge.weight, edge.mention_id_l, edge.mention_id_r))
    forbidden = _forbidden(apart)
    by_id = {fact.mention_id: fact for fact in facts}
    result = Partition()
    while True:
        clusters, refused = _join(by_id, ordered, forbidden, result.disputed)
        # What a weaker link of more weight to the rails joined after all was not refused.
        refused = [(rail, one, other) for rail, one, other in refused if clusters[one] is not clusters[other]]
        result.refused = result.refused or refused
        fresh = _disputed(by_id, ordered, refused, clusters) - result.disputed
        if not fresh:
            break
        result.disputed |= fresh
    unique = {id(cluster): cluster.mention_ids for cluster in clusters.values()}
    result.clusters = sorted(unique.values(), key=min)
    return result


def _forbidden(apart: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    forbidden: dict[str, set[str]] = defaultdict(set)
    for one, other in apart:
        forbidden[one].add(other)
        forbidden[other].add(one)
    return forbidden


def _join(
    by_id: dict[str, Facts], ordered: Sequence[Edge], forbidden: dict[str, set[str]], disputed: set[str]
) -> tuple[dict[str, Cluster], list[tuple[str, str, str]]]:
    clusters = {mention: Cluster.of(fact) for mention, fact in by_id.items()}
    refused = []
    for edge in ordered:
        if edge.mention_id_l in disputed or edge.mention_id_r in disputed:
            continue
        one, other = clusters[edge.mention_id_l], clusters[edge.mention_id_r]
        if one is other:
            continue
        rail = _refusal(one, other, forbidden, edge)
        if rail:
            refused.append((rail, edge.mention_id_l, edge.mention_id_r))
            continue
        small, large = sorted((one, other), key=lambda cluster: len(cluster.mention_ids))
        large.absorb(small)
        for mention in small.mention_ids:
            clusters[mention] = large
    return clusters, refused


def _refusal(one: Cluster, other: Cluster, forbidden: dict[str, set[str]], edge: Edge) -> str | None:
    small, large = sorted((one, other), key=lambda cluster: len(cluster.mention_ids))
    if any(forbidden.get(mention, set()) & large.mention_ids for mention in small.mention_ids):
        return "kept_apart"
    rail = None if edge.is_steward else broken_rail(one, other)
    return None if rail == "birth_date" and edge.is_birth_outweighed else rail


def _disputed(
    by_id: dict[str, Facts],
    ordered: Sequence[Edge],
    refused: Sequence[tuple[str, str, str]],
    clusters: dict[str, Cluster],
) -> set[str]:
    """Mentions without a document and outside the register whose refused link is about as good as their best one."""
    best: dict[str, float] = {}
    weights = {}
    anchored = set()
    for edge in ordered:
        weights[edge.mention_id_l, edge.mention_id_r] = edge.weight
        for mention in (edge.mention_id_l, edge.mention_id_r):
            if edge.is_steward:
                anchored.add(mention)
            if clusters[edge.mention_id_l] is clusters[edge.mention_id_r]:
                best[mention] = max(best.get(mention, edge.weight), edge.weight)
    disputed = set()
    for rail, one, other in refused:
        for mention in (one, other):
            fact = by_id[mention]
            if fact.is_live or fact.is_document_valid or mention in anchored or rail == "kept_apart":
                continue
            if mention in best and best[mention] - weights[one, other] < DISPUTE_BITS:
                disputed.add(mention)
    return disputed
