"""Clusters one component of links again, strongest link first, because a rail breaks in it.

`guard_rails` has the rails; `identity/` gives the ids that last.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from matching.rules.guard_rails import BIRTH_DATE, ONE_FORM, Cluster, Facts, broken_rail

# A mention without a document that fits two people about equally belongs to neither: within 2 bits one guess in
# five would be wrong.
DISPUTE_BITS = 2.0


@dataclass(frozen=True, order=True)
class Edge:
    """A link between two mentions; `is_birth_outweighed` if document and name outweigh different birth dates."""

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


# Refusals that do not make a mention disputed, because they are no sign that it fits the other cluster as well: by a
# steward, of a pair that can't be one person, or of two on one form.
_KEPT_APART, _IMPOSSIBLE_PAIR = "kept_apart", "impossible_pair"
# The rule on pairs that holds for a whole person, too: a third mention that fits both belongs to neither.
TWO_PASSPORTS = "two_passports"
NO_DISPUTE = (_KEPT_APART, _IMPOSSIBLE_PAIR, ONE_FORM.code)


@dataclass(frozen=True)
class Apart:
    """Pairs that a steward keeps apart; and impossible pairs and pairs of passports, which a steward may join."""

    by_steward: Sequence[tuple[str, str]] = ()
    impossible: Sequence[tuple[str, str]] = ()
    passports: Sequence[tuple[str, str]] = ()


def partition(facts: Sequence[Facts], edges: Iterable[Edge], apart: Apart) -> Partition:
    """Cluster the mentions of one component under the rails; disputed mentions are taken out and the rest repeated."""
    ordered = strongest_first(edges)
    neighbours = _Apart(*map(_neighbours, (apart.by_steward, apart.impossible, apart.passports)))
    by_id = {fact.mention_id: fact for fact in facts}
    result = Partition()
    while True:
        clusters, refused = _join(by_id, ordered, neighbours, result.disputed)
        # A refused link does not count if a later link joined its clusters after all.
        refused = [(rail, one, other) for rail, one, other in refused if clusters[one] is not clusters[other]]
        result.refused = result.refused or refused
        fresh = _disputed(by_id, ordered, refused, clusters) - result.disputed
        if not fresh:
            break
        result.disputed |= fresh
    unique = {id(cluster): cluster.mention_ids for cluster in clusters.values()}
    result.clusters = sorted(unique.values(), key=min)
    return result


def strongest_first(edges: Iterable[Edge]) -> list[Edge]:
    """Links in the order in which they are tried: a steward's before all others."""
    return sorted(edges, key=lambda edge: (not edge.is_steward, -edge.weight, edge.mention_id_l, edge.mention_id_r))


_Neighbours = dict[str, set[str]]


class _Apart(NamedTuple):
    by_steward: _Neighbours
    impossible: _Neighbours
    passports: _Neighbours


def _neighbours(pairs: Iterable[tuple[str, str]]) -> _Neighbours:
    neighbours: _Neighbours = defaultdict(set)
    for one, other in pairs:
        neighbours[one].add(other)
        neighbours[other].add(one)
    return neighbours


def _join(
    by_id: dict[str, Facts], ordered: Sequence[Edge], apart: _Apart, disputed: set[str]
) -> tuple[dict[str, Cluster], list[tuple[str, str, str]]]:
    clusters = {mention: Cluster.of(fact) for mention, fact in by_id.items()}
    refused = []
    for edge in ordered:
        if edge.mention_id_l in disputed or edge.mention_id_r in disputed:
            continue
        one, other = clusters[edge.mention_id_l], clusters[edge.mention_id_r]
        if one is other:
            continue
        rail = _refusal(one, other, apart, edge)
        if rail:
            refused.append((rail, edge.mention_id_l, edge.mention_id_r))
            continue
        small, large = sorted((one, other), key=lambda cluster: len(cluster.mention_ids))
        large.absorb(small)
        for mention in small.mention_ids:
            clusters[mention] = large
    return clusters, refused


def _refusal(one: Cluster, other: Cluster, apart: _Apart, edge: Edge) -> str | None:
    if _is_apart(one, other, apart.by_steward):
        return _KEPT_APART
    if edge.is_steward:
        return None
    if _is_apart(one, other, apart.impossible):
        return _IMPOSSIBLE_PAIR
    if _is_apart(one, other, apart.passports):
        return TWO_PASSPORTS
    rail = broken_rail(one, other)
    return None if rail is None or (rail is BIRTH_DATE and edge.is_birth_outweighed) else rail.code


def _is_apart(one: Cluster, other: Cluster, neighbours: _Neighbours) -> bool:
    small, large = sorted((one, other), key=lambda cluster: len(cluster.mention_ids))
    return any(neighbours.get(mention, set()) & large.mention_ids for mention in small.mention_ids)


def _disputed(
    by_id: dict[str, Facts],
    ordered: Sequence[Edge],
    refused: Sequence[tuple[str, str, str]],
    clusters: dict[str, Cluster],
) -> set[str]:
    """Mentions without a document, outside of registers, whose refused link is about as strong as their best link."""
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
            if fact.is_live or fact.is_document_valid or mention in anchored or rail in NO_DISPUTE:
                continue
            if mention in best and best[mention] - weights[one, other] < DISPUTE_BITS:
                disputed.add(mention)
    return disputed
