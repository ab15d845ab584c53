"""The cases in `cases/*.yaml`, one file per family of rules: who is one, and which rule bars a pair.

Each case is linked as a night links, amid the mentions of a small city.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from matching.model.model_file import promoted_model
from matching.night import link_mentions
from matching.parties import PERSON
from matching.relations import LINK_CANDIDATES
from matching.rules.rule_texts import RULE_TEXTS
from tests.support.mentions import COLUMNS, Mention, Values, mention, open_work, write_mentions
from tests.support.small_city import make_city

CASES = Path(__file__).parent / "cases"
PEOPLE = "people.yaml"


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def cases() -> Iterator[object]:
    """Each case with the people that its mentions may be like."""
    everybody = read(CASES / PEOPLE)
    for path in sorted(CASES.glob("*.yaml")):
        if path.name != PEOPLE:
            file = read(path)
            assert set(file) <= {"people", "cases"}, path.name
            for name, case in file["cases"].items():
                yield pytest.param(everybody | file.get("people", {}), case, id=f"{path.stem}: {name}")


@pytest.fixture(scope="module")
def city() -> list[Mention]:
    return make_city(60, 5)[0]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(open_work()) as opened:
        opened.execute("set threads = 1")  # With so few mentions, a second thread costs more than it brings.
        yield opened


@pytest.mark.parametrize(("people", "case"), list(cases()))
def test_case(
    connection: duckdb.DuckDBPyConnection, city: list[Mention], people: dict[str, Values], case: dict[str, Any]
) -> None:
    assert set(case) <= {"why", "mentions", "persons", "in_review", "refusal"} and case["why"].endswith(".")
    mentions = [of_case(people, name, values) for name, values in case["mentions"].items()]
    write_mentions(connection, [*city, *mentions])
    link_mentions(connection, PERSON, promoted_model())
    names = {one["mention_id"]: one["source_key"] for one in mentions}
    assert len(names) == len(mentions)
    rows = connection.execute(
        f"""
        select list(mention_id), is_in_review from {PERSON.clusters}
        group by is_in_review, if(is_in_review, mention_id, cluster_id) having list_has_any(list(mention_id), $1)
        """,
        [list(names)],
    ).fetchall()
    # A mention of the city in a person of the case would be there as None.
    groups = [({names.get(one) for one in ids}, is_in_review) for ids, is_in_review in rows]
    assert by_name(group for group, is_in_review in groups if not is_in_review) == by_name(case["persons"])
    assert by_name(group for group, is_in_review in groups if is_in_review) == sorted(
        [one] for one in case.get("in_review", [])
    )
    if "refusal" in case:
        between = sorted(one for one, name in names.items() if name in case["refusal"]["between"])
        refusal = connection.execute(
            f"select refusal from {LINK_CANDIDATES} where [mention_id_l, mention_id_r] = $1", [between]
        ).fetchall()
        assert case["refusal"]["code"] in RULE_TEXTS
        assert refusal == [(case["refusal"]["code"],)]


def of_case(people: dict[str, Values], name: str, values: Values) -> Mention:
    """A mention with the values of the people that it is like, and then its own."""
    values = dict(values)
    merged: Values = {}
    for like in values.pop("like", []):
        merged |= people[like]
    merged |= values
    assert set(merged) <= set(COLUMNS), name
    return mention(name, **merged)


def by_name(groups: Iterable[Iterable[str | None]]) -> list[list[str | None]]:
    return sorted(sorted(group, key=str) for group in groups)
