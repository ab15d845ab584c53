"""What a model stands on is seen at its top: imports come first, and the last line selects the last CTE."""

import re

import pytest

from orchestration.home.settings import DBT_PROJECT_DIR

MODELS = DBT_PROJECT_DIR / "models"
_CTE = re.compile(r"^(\w+) as (?:not materialized )?\($", re.MULTILINE)
_REF = re.compile(r"\{\{ (?:ref|in_hub)\(")
_IMPORT = re.compile(
    r"^(\w+) as (?:not materialized )?\(\n\n    select \* from \{\{ (?:ref|in_hub)\('\w+'\) \}\}\n\n\)", re.MULTILINE
)
# Its imports are as many as `segments` in dbt_project.yml names.
UNION_OF_SEGMENTS = "int_segment_candidates"


def faults(sql: str) -> list[str]:
    """How a model's text breaks the convention; one select from one model needs no import."""
    ctes, imports = _CTE.findall(sql), _IMPORT.findall(sql)
    refs = len(_REF.findall(sql))
    if not ctes:
        return [] if refs <= 1 else ["several models without imports"]
    found = []
    if refs != len(imports):
        found.append("a ref outside of the imports")
    if ctes[: len(imports)] != imports:
        found.append("an import below another CTE")
    if sql.rstrip().splitlines()[-1] != f"select * from {ctes[-1]}":
        found.append(f"the last line does not select {ctes[-1]}")
    return found


def test_every_model_shows_its_imports_first_and_selects_its_last_cte() -> None:
    models = [path for folder in ("intermediate", "marts") for path in sorted((MODELS / folder).rglob("*.sql"))]
    found = {path.stem: faults(path.read_text(encoding="utf-8")) for path in models}
    assert len(found) > 100
    assert {name: told for name, told in found.items() if told and name != UNION_OF_SEGMENTS} == {}
    assert found[UNION_OF_SEGMENTS] == ["a ref outside of the imports"]


_IMPORTED = "with\n\npersons as (\n\n    select * from {{ ref('persons') }}\n\n),\n\n"
_IMPORT_BELOW = "persons as (\n\n    select * from {{ ref('persons') }}\n\n)\n\n"
_FINAL = "final as (\n\n    select person_id from persons\n\n)\n\n"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"{_IMPORTED}{_FINAL}select * from final\n", []),
        ("select person_id\nfrom {{ ref('persons') }}\n", []),
        (_IMPORTED.replace("persons as (", "persons as not materialized (") + f"{_FINAL}select * from final\n", []),
        (f"{_IMPORTED}{_FINAL}select person_id from final\n", ["the last line does not select final"]),
        (f"{_IMPORTED}{_FINAL}select * from persons\n", ["the last line does not select final"]),
        (
            (_IMPORTED + _FINAL).replace("from persons", "from {{ ref('other') }}") + "select * from final\n",
            ["a ref outside of the imports"],
        ),
        (
            f"with\n\n{_FINAL.strip()},\n\n{_IMPORT_BELOW}select * from persons\n",
            ["an import below another CTE"],
        ),
        (
            "select * from {{ ref('one') }}\nunion all\nselect * from {{ ref('two') }}\n",
            ["several models without imports"],
        ),
    ],
)
def test_a_model_that_hides_what_it_stands_on_is_found(sql: str, expected: list[str]) -> None:
    assert faults(sql) == expected
