"""Two mentions that were one person before need less weight to stay one, so scores that wobble move no id."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from matching.clustering.memory import Memory
from matching.model.model_file import promoted_model
from matching.model.thresholds import HOLD_BITS, LINK_WEIGHT
from matching.night import commit, identify, link_mentions
from matching.parties import PERSON
from matching.registry.decisions import Statement, decide, load_judgements, revoke
from matching.registry.registry import Registry
from tests.support.mentions import Mention, Values, mention, open_work, write_mentions
from tests.support.small_city import make_city

# Later than any decision that a test makes.
FIRST, DAY = date(2199, 5, 4), timedelta(days=1)
CROWD = make_city(40, 5)[0]
DOOR: Values = {"street": "CARRER7", "street_number": "12", "postcode": "08012"}
# Two mentions of each surname. The model decides which pair is just above the weight that links.
PAIRS: dict[str, Values] = {
    "ESTRAMPS": {"postcode": "08012"},
    "OBRADORS": DOOR,
    "UIXERA": {"phone": "+34600111222"},
    "QUINTANS": {"email": "q@example.org"},
    "ABELLAR": DOOR | {"phone": "+34600111333", "email": "a@example.org"},
}


@dataclass(frozen=True)
class Pair:
    """The weight of a pair, if it was scored, and the person ids of its two mentions."""

    weight: float | None
    one: str
    other: str

    @property
    def persons(self) -> tuple[str, str]:
        """Both ids."""
        return self.one, self.other

    @property
    def is_one(self) -> bool:
        """Whether the two mentions are one person."""
        return self.one == self.other


def mentions_of_pair(surname: str) -> list[Mention]:
    return [mention(f"{surname}{n}", given_name="QUIRZE", surname_1=surname, **PAIRS[surname]) for n in (1, 2)]


def keys_of_pair(surname: str) -> tuple[str, str]:
    one, other = sorted(row["mention_id"] for row in mentions_of_pair(surname))
    return one, other


def namesakes_of(surname: str, count: int) -> list[Mention]:
    """So many others with the surname, and as many with the given name of the pair."""
    return [
        row
        for n in range(count)
        for row in (
            mention(f"{surname}-{n}", given_name=f"Z{n}Z", surname_1=surname),
            mention(f"Q-{surname}-{n}", given_name="QUIRZE", surname_1=f"Z{n}Z"),
        )
    ]


@dataclass(frozen=True)
class Town:
    """Nights of a town in which more or fewer people have a surname, so that it weighs less or more in a pair."""

    connection: duckdb.DuckDBPyConnection
    registry: Registry

    def night(self, namesakes: dict[str, int], day: date = FIRST, is_committed: bool = True) -> dict[str, Pair]:
        """Link, identify and commit; each pair, by surname."""
        pairs = [row for surname in PAIRS for row in mentions_of_pair(surname)]
        others = [row for surname, count in namesakes.items() for row in namesakes_of(surname, count)]
        write_mentions(self.connection, [*CROWD, *others, *pairs])
        judgements = load_judgements(self.registry, day)
        link_mentions(self.connection, PERSON, promoted_model(), judgements, Memory(self.registry, day))
        pending = identify(self.connection, self.registry, day, [PERSON])
        if is_committed:
            commit(self.registry, pending)
        return {surname: self._found(keys_of_pair(surname)) for surname in PAIRS}

    def _found(self, keys: tuple[str, str]) -> Pair:
        weights = self.connection.execute(
            "select match_weight from work.linkage.scored_pairs where mention_id_l = ? and mention_id_r = ?", keys
        ).fetchall()
        query = "select mention_id, person_id from work.linkage.mention_links where mention_id in ?"
        ids = dict(self.connection.execute(query, [keys]).fetchall())
        return Pair(weights[0][0] if weights else None, *(ids[key] for key in keys))

    def events(self, person: str, day: date) -> list[str]:
        """What happened to an id on a day."""
        query = "select event from work.linkage.person_events where business_date = ? and list_contains(ids_before, ?)"
        return [event for (event,) in self.connection.execute(query, [day, person]).fetchall()]


@dataclass(frozen=True)
class Wobble:
    """A surname whose pair links, and how many namesakes bring its weight below what links, and below what holds."""

    surname: str
    within: dict[str, int]
    beyond: dict[str, int]


@pytest.fixture(scope="module")
def work() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(open_work()) as connection:
        yield connection


@pytest.fixture
def town(work: duckdb.DuckDBPyConnection, tmp_path: Path) -> Town:
    return Town(work, Registry(tmp_path))


@pytest.fixture(scope="module")
def wobble(work: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Wobble:
    town = Town(work, Registry(tmp_path_factory.mktemp("wobble")))
    alone = {surname: pair.weight or 0.0 for surname, pair in town.night({}, is_committed=False).items()}
    surname = min((surname for surname, weight in alone.items() if weight >= LINK_WEIGHT), key=lambda s: alone[s])
    weights = {count: town.night({surname: count}, is_committed=False)[surname].weight or 0.0 for count in (0, 48, 512)}
    within = next(count for count, weight in weights.items() if weight < LINK_WEIGHT)
    beyond = next(count for count, weight in weights.items() if weight < LINK_WEIGHT - HOLD_BITS)
    assert weights[within] >= LINK_WEIGHT - HOLD_BITS
    return Wobble(surname, {surname: within}, {surname: beyond})


def test_a_score_that_wobbles_about_the_threshold_moves_no_id(town: Town, wobble: Wobble) -> None:
    surname, within, beyond = wobble.surname, wobble.within, wobble.beyond
    first = town.night(within, FIRST)[surname]
    assert not first.is_one  # a new link needs the whole weight
    joined = town.night({}, FIRST + DAY)[surname]
    assert joined.is_one and joined.one in first.persons
    for number, namesakes in enumerate((within, {}, within), start=2):
        assert town.night(namesakes, FIRST + number * DAY)[surname].persons == joined.persons
        assert town.events(joined.one, FIRST + number * DAY) == []
    # A day that is run again remembers what it remembered then: the nights before it.
    assert not town.night(within, FIRST + DAY, is_committed=False)[surname].is_one
    assert town.night(within, FIRST + 4 * DAY, is_committed=False)[surname].persons == joined.persons
    parted = town.night(beyond, FIRST + 5 * DAY)[surname]
    assert not parted.is_one
    assert town.night(within, FIRST + 6 * DAY)[surname].persons == parted.persons


def test_a_rebuild_from_nothing_has_no_memory(town: Town, wobble: Wobble) -> None:
    town.night({}, FIRST)
    assert town.night(wobble.within, FIRST + DAY, is_committed=False)[wobble.surname].is_one
    town.registry.database.unlink()
    assert not town.night(wobble.within, FIRST + DAY, is_committed=False)[wobble.surname].is_one


def test_a_decision_to_join_wins_over_memory_and_leaves_none_when_it_is_revoked(town: Town, wobble: Wobble) -> None:
    surname, within = wobble.surname, wobble.within
    assert not town.night(within, FIRST)[surname].is_one
    same = Statement("same", keys_of_pair(surname), "S1", "the same telephone bill")
    joined = decide(town.registry, [same])[0]
    assert town.night(within, FIRST + DAY)[surname].is_one
    revoke(town.registry, joined.judgement_id, "S1", "the bill was another's")
    assert not town.night(within, FIRST + 2 * DAY)[surname].is_one


def test_a_decision_to_part_wins_over_memory_and_leaves_none_when_it_is_revoked(town: Town, wobble: Wobble) -> None:
    surname, within = wobble.surname, wobble.within
    assert town.night({}, FIRST)[surname].is_one
    different = Statement("different", keys_of_pair(surname), "S1", "they came together")
    parted = decide(town.registry, [different])[0]
    assert not town.night({}, FIRST + DAY)[surname].is_one
    revoke(town.registry, parted.judgement_id, "S1", "that was somebody else")
    assert not town.night(within, FIRST + 2 * DAY)[surname].is_one
