"""A person is as surely one as the weakest link of its strongest spanning tree, held against Kruskal's algorithm."""

import random

import pyarrow as pa

from matching.confidence import CONFIDENCE, create_confidence


def write(connection, table, **columns):
    connection.register("given", pa.table(columns))
    connection.execute(f"create or replace temp table {table} as from given")
    connection.unregister("given")


def weakest_link(mentions, links):
    """Probability of the weakest link that a person needs; links are (probability, one, other)."""
    if len(mentions) == 1:
        return 1.0
    parts = {mention: {mention} for mention in mentions}
    weakest = 1.0
    for probability, one, other in sorted(links, reverse=True):
        if parts.get(one) and parts.get(other) and parts[one] is not parts[other]:
            weakest = min(weakest, probability)
            parts[one] |= parts[other]
            for mention in parts[other]:
                parts[mention] = parts[one]
    return weakest if len({id(part) for part in parts.values()}) == 1 else 0.0


def test_the_weakest_link_that_holds_a_person(connection):
    draws = random.Random(3)  # noqa: S311 - a test's draws, no secret
    members, links, disputed, expected = [], [], [], {}
    for number in range(400):
        mentions = [f"{number:03d}-{place:02d}" for place in range(draws.randrange(1, 14))]
        held = []
        for place, mention in enumerate(mentions[1:], start=1):
            # A chain or a bush, with few probabilities, so that many are alike; then links that hold nothing.
            others = {draws.choice(mentions[:place]), *draws.sample(mentions[:place], draws.randrange(min(place, 3)))}
            held += [(draws.choice((0.9, 0.97, 0.99, 0.999)), *sorted((mention, other))) for other in sorted(others)]
        nobodys = {mention for mention in mentions if draws.random() < 0.05}
        members += [(mention, mentions[0]) for mention in mentions]
        links += held
        disputed += sorted(nobodys)
        if settled := [mention for mention in mentions if mention not in nobodys]:
            expected[mentions[0]] = weakest_link(settled, held)
    probability, one, other = zip(*links, strict=True)
    write(connection, "link_clusters", mention_id=[m for m, _ in members], cluster_id=[c for _, c in members])
    write(connection, "link_in_dispute", mention_id=disputed)
    no = [False] * len(links)
    write(
        connection, "link_edges", mention_id_l=one, mention_id_r=other, match_probability=probability, is_steward=no,
        is_same_valid_document=no,
    )  # fmt: skip
    create_confidence(connection)
    found = dict(connection.execute(f"select cluster_id, confidence from {CONFIDENCE}").fetchall())
    assert found == expected
    assert len(set(expected.values())) == 6  # of nothing, of four links, and of whoever is alone


def test_a_stewards_word_is_sure_and_a_document_never_scored_is_not(connection):
    write(connection, "link_clusters", mention_id=["a", "b", "c", "d"], cluster_id=["a", "a", "c", "c"])
    connection.execute("create or replace temp table link_in_dispute (mention_id varchar)")
    write(
        connection, "link_edges", mention_id_l=["a", "c"], mention_id_r=["b", "d"], match_probability=[0.5, None],
        is_steward=[True, False], is_same_valid_document=[False, True],
    )  # fmt: skip
    create_confidence(connection)
    assert connection.execute(f"select cluster_id, confidence from {CONFIDENCE} order by 1").fetchall() == [
        ("a", 1.0),
        ("c", 0.999),
    ]
