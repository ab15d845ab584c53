"""The two steps of a night leave the same whichever kind of party is linked first."""

from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from matching.model.model_file import SHIPPED, promoted_model
from matching.night import identify, link_mentions
from matching.parties import KINDS, PartyKind
from matching.registry.registry import Registry
from matching.relations import Relation
from tests.support.mentions import open_work, write_mentions, write_organisations
from tests.support.small_city import make_city

LEFT = ("pair_scores", "scored_records", "pairs", "clusters", "conflicts", "cases", "links", "events")


def left_by(home: Path, kinds: Sequence[PartyKind]) -> dict[str, list[tuple[object, ...]]]:
    """Every row that the two steps leave of either kind, as the kinds are linked in this order."""
    (home / "registry").mkdir(parents=True)
    (home / "registry" / "id_secret").write_text("ab" * 32)
    with closing(open_work()) as connection:
        write_mentions(connection, make_city(60, 5)[0])
        write_organisations(connection)
        for kind in kinds:
            link_mentions(connection, kind, promoted_model(SHIPPED / kind.entity))
        identify(connection, Registry(home), date(2026, 5, 4), kinds)
        relations: dict[str, Relation] = {
            f"{kind.entity} {name}": getattr(kind, name) for kind in KINDS for name in LEFT
        }
        return {name: connection.execute(f"from {relation}").fetchall() for name, relation in relations.items()}


@pytest.fixture(scope="module")
def in_both_orders(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[tuple[object, ...]]]]:
    """What is left where persons are linked first, and where organisations are."""
    return [left_by(tmp_path_factory.mktemp("home") / "fil", kinds) for kinds in (KINDS, KINDS[::-1])]


@pytest.mark.parametrize("kind", [kind.entity for kind in KINDS])
@pytest.mark.parametrize("name", LEFT)
def test_it_is_the_same_whichever_kind_is_linked_first(
    in_both_orders: list[dict[str, list[tuple[object, ...]]]], kind: str, name: str
) -> None:
    one, other = (left[f"{kind} {name}"] for left in in_both_orders)
    assert one == other
    assert one
