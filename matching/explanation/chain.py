"""The strongest chain of links between two mentions: the chain whose weakest link is the strongest.

`clustering.edges` chooses the links.
"""

from collections import defaultdict
from collections.abc import Iterable

from matching.clustering.partition import Edge, strongest_first


def strongest_chain(edges: Iterable[Edge], one: str, other: str) -> list[Edge]:
    """The links from one mention to another, in order; empty if no chain joins them."""
    tree: dict[str, list[Edge]] = defaultdict(list)
    part: dict[str, set[str]] = {}
    for edge in strongest_first(edges):
        left, right = (part.setdefault(mention, {mention}) for mention in (edge.mention_id_l, edge.mention_id_r))
        if left is right:
            continue
        left |= right
        part |= dict.fromkeys(right, left)
        tree[edge.mention_id_l].append(edge)
        tree[edge.mention_id_r].append(edge)
        if part.get(one) is not None and part.get(one) is part.get(other):
            return _walk(tree, one, other)
    return []


def _walk(tree: dict[str, list[Edge]], one: str, other: str) -> list[Edge]:
    """The only way between two mentions of a tree."""
    before: dict[str, tuple[str, Edge] | None] = {one: None}
    waiting = [one]
    while waiting and other not in before:
        mention = waiting.pop()
        for edge in tree[mention]:
            far = edge.mention_id_r if edge.mention_id_l == mention else edge.mention_id_l
            if far not in before:
                before[far] = (mention, edge)
                waiting.append(far)
    chain = []
    step = before[other]
    while step is not None:
        chain.append(step[1])
        step = before[step[0]]
    return chain[::-1]
