"""Whose word wins: candidates of one person as the rules rank them, each case readable by whoever wrote the rules."""

import duckdb
import pytest

from orchestration.dbt.models_alone import render_models
from orchestration.home.settings import DBT_PROJECT_DIR

SEED = DBT_PROJECT_DIR / "seeds" / "survivorship_rules.csv"
Candidate = tuple[str, str, str, int, int, str | None]  # source, value, date, invalidity, missing parts, objection
NAMES = ("int_attribute_candidates", "int_person_links", "survivorship_rules", "int_ranked_attributes")


def ranked(
    attribute: str, *candidates: Candidate, rules: str = f"read_csv('{SEED}', all_varchar = true)"
) -> list[tuple[str, int | None, str]]:
    """Value, rank and rule of each value, best first."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"create table survivorship_rules as from {rules}")
        connection.execute(
            "create table int_attribute_candidates (mention_id varchar, attribute varchar, value varchar,"
            " invalidity integer, missing_parts integer, objection varchar, source varchar, standing varchar,"
            " observed_at timestamp)"
        )
        connection.executemany(
            "insert into int_attribute_candidates values ($1, $2, $4, $6, $7, $8, $3, $3, $5::timestamp)",
            [(f"m{number}", attribute, *one) for number, one in enumerate(candidates)],
        )
        connection.execute(
            "create table int_person_links as select distinct mention_id, 'P' as person_id, false as is_doubted"
            " from int_attribute_candidates"
        )
        (query,) = render_models(NAMES[3:], {name: name for name in NAMES})
        connection.execute(query)
        return connection.execute(
            "select value, rank, rule from int_ranked_attributes order by rank nulls last, value"
        ).fetchall()


def said(
    source: str,
    value: str,
    day: str = "2026-01-01",
    invalidity: int = 0,
    missing: int = 0,
    objection: str | None = None,
) -> Candidate:
    return source, value, day, invalidity, missing, objection


@pytest.mark.parametrize(
    ("attribute", "candidates", "best_first"),
    [
        # The Padró first for residence, however old; after it the person's own latest word.
        ("address", [said("atencions", "B"), said("padro", "A", "2001-01-01")], "AB"),
        ("address", [said("atencions", "B"), said("atencions", "A", "2026-02-01"), said("padro_left", "C")], "ABC"),
        # Half an address is worth less than a whole one, whoever says it.
        ("address", [said("padro", "B", missing=2), said("atencions", "A")], "AB"),
        # The latest word for contact, unless messages bounce there.
        ("email", [said("atencions", "B"), said("consentiments", "A", "2026-02-01")], "AB"),
        ("email", [said("atencions", "B", "2026-03-01", 1), said("consentiments", "A", "2026-02-01")], "AB"),
        # Of sources that are trusted alike two that agree outweigh a later one; accents make no other name.
        ("name", [said("iris", "B", "2026-05-01"), said("tramits", "A"), said("iris", "A")], "AB"),
        ("name", [said("iris", "z", "2026-05-01"), said("tramits", "Núria"), said("iris", "NURIA")], None),
        # Saying it twice is no agreement between sources.
        ("sex", [said("iris", "A", "2026-05-01"), said("iris", "B"), said("iris", "B")], "AB"),
        ("document", [said("padro", "B", invalidity=4), said("cita_previa", "A")], "AB"),
        ("birth_date", [said("activitats_estiu", "B"), said("padro", "A"), said("atencions", "C")], "ACB"),
    ],
)
def test_the_first_rank(attribute: str, candidates: list[Candidate], best_first: str | None) -> None:
    for told in (candidates, candidates[::-1]):
        found = ranked(attribute, *told)
        assert [rank for _, rank, _ in found] == [*range(1, len(found) + 1)]
        if best_first is None:
            assert found[0][2].endswith("2 agree") and found[-1][0] == "z"
        else:
            assert "".join(value for value, _, _ in found) == best_first


def test_what_may_never_be_golden_is_kept_with_its_reason() -> None:
    found = ranked(
        "email", said("contribuents", "tax@x"), said("iris", "a@x", "2026-05-01"), said("atencions", "a@x"),
        said("atencions", "school@x", objection="shared by many"),
    )  # fmt: skip
    assert [(value, rank) for value, rank, _ in found] == [("a@x", 1), ("school@x", None), ("tax@x", None)]
    assert [rule for _, _, rule in found] == [
        "atencions, trust 1; by validity, trust, latest, agreement; 1 agree",
        "atencions, never: shared by many",
        "contribuents, never: not asked of this source",
    ]
    assert [rank for _, rank, _ in ranked("address", said("contribuents", "CL BALMES 1"))] == [None]


def test_the_order_of_criteria_is_data() -> None:
    told = [said("padro", "old", "2001-01-01"), said("atencions", "new")]
    rules = (
        "(select * from (values ('address', '*', null, '{}'), ('address', 'padro', '1', null),"
        " ('address', 'atencions', '2', null)) as told(attribute, standing, trust, criteria))"
    )
    best = {
        order: ranked("address", *told, rules=rules.format(order))[0][0]
        for order in ("trust latest", "latest trust", "earliest", "agreement latest trust")
    }
    assert best == {"trust latest": "old", "latest trust": "new", "earliest": "old", "agreement latest trust": "new"}
