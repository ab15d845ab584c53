"""Each relation that modules hand one another is what `matching/relations.py` says, and is named nowhere else."""

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from matching import relations
from matching.clustering.memory import Memory
from matching.evaluation.night_figures import COLUMNS, write_metrics
from matching.evaluation.pair_counts import evaluate_links
from matching.files import link_file
from matching.model.model_file import SHIPPED, promoted_model
from matching.night import commit, identify, link_mentions
from matching.parties import KINDS, ORGANISATION, PERSON, PartyKind
from matching.records.repeated_rows import set_twins_aside
from matching.registry.decisions import Statement, decide, load_judgements
from matching.registry.registry import Registry
from matching.relations import (
    FILE_PAIRS,
    KNOWN_MENTIONS,
    LINKAGE_METRICS,
    ORGANISATION_RECORDS,
    PERSON_RECORDS,
    RECORDS,
    Relation,
)
from tests.support.mentions import dni, mention, open_work, write_mentions, write_organisations
from tests.support.small_city import make_city

ROOT = Path(relations.__file__).parents[1]
# Records are declared of each kind of party.
DECLARED = {
    name: value for name, value in vars(relations).items() if isinstance(value, Relation) and value.name != RECORDS.name
}
DAYS = (date(2026, 5, 4), date(2026, 5, 5))
FIRST_OF_TWO = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL"}
# Two register entries that a steward joins; a form under a parent's document, which is disputed; a row told twice.
PEOPLE = [
    mention("A", "padro", **FIRST_OF_TWO, document="46123456M"),
    mention("B", "padro", **FIRST_OF_TWO, document="38765432B"),
    mention("P", "padro", given_name="ALBA", surname_1="FERROL", surname_2="MASOL", document="12345678Z"),
    mention("F", "activitats", given_name="BIEL", surname_1="CASALAT", surname_2="FERROL", document="12345678Z"),
    *(mention(f"R{number}", given_name="ONA", surname_1="PRATER", document=dni(41_000_000)) for number in range(2)),
]


@dataclass(frozen=True)
class Found:
    """What a relation turned out to be."""

    columns: tuple[str, ...]
    rows: int
    keys: int  # different values of its key


def look_at(connection: duckdb.DuckDBPyConnection, relation: Relation) -> Found | None:
    """A relation as it stands; None where nobody has made it."""
    try:
        columns = tuple(column[0] for column in connection.execute(f"from {relation} limit 0").description or ())
    except duckdb.CatalogException:
        return None
    key = ", ".join(relation.key or columns)
    ((rows, keys),) = connection.execute(
        f"select (select count(*) from {relation}), (select count(*) from (select distinct {key} from {relation}))"
    ).fetchall()
    return Found(columns, rows, keys)


Seen = Mapping[str, list[Found]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Every declared relation as two nights leave it, looked at after each step of either kind of party."""
    registry = Registry(tmp_path_factory.mktemp("home"))
    found: dict[str, list[Found]] = {}
    with closing(open_work()) as connection:

        def look(expected: Mapping[str, Relation]) -> None:
            for name, relation in expected.items():
                if one := look_at(connection, relation):
                    found.setdefault(name, []).append(one)

        write_mentions(connection, make_city(250, 5)[0])
        link_file(connection, promoted_model(), registry.directory)
        look({"FILE_PAIRS": FILE_PAIRS})
        write_mentions(connection, [*make_city(60, 5)[0], *PEOPLE])
        set_twins_aside(connection)
        write_organisations(connection)
        connection.execute(f"create temp table {KNOWN_MENTIONS} (mention_id varchar)")
        one, other = (person["mention_id"] for person in PEOPLE[:2])
        decide(registry, [Statement("same", (one, other), "steward", "seen", DAYS[0])])
        for day in DAYS:
            judgements, memory = load_judgements(registry, day), Memory(registry, day)
            for kind in KINDS:
                model = promoted_model(SHIPPED / kind.entity)
                link_mentions(connection, kind, model, judgements, memory, with_weights=True)
                look(DECLARED | of_kind(kind))
            for kind in KINDS:
                identify(connection, registry, day, [kind])
                look(DECLARED)
            commit(registry, identify(connection, registry, day))
            # On the next night one mention is not there any more.
            connection.execute(
                f"delete from {PERSON.mentions} where mention_id = (select max(mention_id) from {PERSON.mentions})"
            )
        connection.execute(f"create table {LINKAGE_METRICS} ({COLUMNS})")
        connection.execute(f"insert into {KNOWN_MENTIONS} select mention_id from {PERSON.mentions}")
        write_metrics(connection, DAYS[1])
        links = f"(select mention_id, cluster_id as person_id from {PERSON.clusters})"
        evaluate_links(connection, links, f"(select mention_id, cluster_id as true_person_id from {PERSON.clusters})")
        look(DECLARED)
        for kind in KINDS:
            look({name: relation for name, relation in of_kind(kind).items() if relation.name != RECORDS.name})
    return found


def of_kind(kind: PartyKind) -> dict[str, Relation]:
    """The relations of a kind of party."""
    return {f"{kind.prefix} {name}": value for name, value in vars(kind).items() if isinstance(value, Relation)}


EXPECTED = DECLARED | of_kind(PERSON) | of_kind(ORGANISATION)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_relation_has_the_columns_and_the_grain_that_are_declared(seen: Seen, name: str) -> None:
    relation = EXPECTED[name]
    assert name in seen
    for found in seen[name]:
        declared = len(relation.columns) if relation.more_columns else None
        assert found.columns[:declared] == relation.columns
        assert not relation.key or found.rows == found.keys


# Of these a good night has none left.
MAY_BE_EMPTY = {"UNNAMED_CLUSTERS"}


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - MAY_BE_EMPTY))
def test_the_nights_of_this_test_fill_every_relation(seen: Seen, name: str) -> None:
    assert max(found.rows for found in seen[name]) > 0


def test_what_records_of_either_kind_have_in_common() -> None:
    for records in (PERSON_RECORDS, ORGANISATION_RECORDS):
        assert set(RECORDS.columns) <= set(records.columns)
        assert records.name == RECORDS.name


def strings_of(path: Path) -> Iterator[str]:
    """The texts of a module's code; docstrings are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def test_no_module_names_a_relation_in_a_string() -> None:
    """A relation that is renamed is renamed everywhere, or a linter says where not."""
    names = {relation.name for relation in EXPECTED.values()}
    named = re.compile(rf"(?<![\w./])({'|'.join(map(re.escape, sorted(names)))})(?![\w.])")
    told = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for room in ("matching", "orchestration")
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name not in ("relations.py", "parties.py")
        for text in strings_of(path)
        for match in named.finditer(text)
    ]
    assert told == []
