"""Every table, column and code of the hand-made hub has its description or its word."""

import csv
from pathlib import Path

import duckdb
import pytest

from sources.contracts.catalogue import load_contracts

ROOT = Path(__file__).resolve().parents[2]


def test_every_mart_and_column_is_described(hub: duckdb.DuckDBPyConnection) -> None:
    undescribed = hub.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = 'work' and schema_name = 'hub' and comment is null "
        "union all select table_name, null from duckdb_tables() where database_name = 'work' "
        "and schema_name = 'hub' and (comment is null or not starts_with(comment, 'One row per ')) "
        "union all select view_name, null from duckdb_views() where database_name = 'work' "
        "and schema_name = 'hub' and (comment is null or not starts_with(comment, 'One row per '))"
    ).fetchall()
    assert undescribed == []


def test_a_card_of_iris_in_either_language_and_its_answer_time(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute(
        "select source_key, channel, subject, status, answer_days, is_identified from work.hub.interactions "
        "where source = 'iris' and source_key like 'F%' order by 1"
    ).fetchall()
    assert found == [
        ("F1", "APP", "INCIDENCIA", "RESOLT", 3, True),
        ("F2", "WEB", "QUEIXA", "PENDENT", None, False),
    ]


@pytest.mark.parametrize(
    ("source", "field", "kind"),
    [
        ("atencions", "canal", "channel"), ("atencions", "motiu", "service"), ("atencions", "resultat", "status"),
        ("iris", "suport", "channel"), ("iris", "estat", "status"), ("tramits", "canal", "channel"),
        ("tramits", "estat", "status"), ("cita_previa", "estat", "status"), ("tramits_hisenda", "canal", "channel"),
        ("tramits_hisenda", "estat", "status"), ("activitats_estiu", "estat", "status"),
    ],
)  # fmt: skip
def test_every_code_that_a_contract_allows_has_a_word_in_the_shared_vocabulary(
    source: str, field: str, kind: str
) -> None:
    (contract,) = (one for one in load_contracts() if one.source == source)
    allowed = {code for one in contract.fields if one.name == field for code in one.codes}
    seed = ROOT / "dbt_project" / "seeds" / "interaction_codes.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        known = {row["code"] for row in csv.DictReader(lines) if (row["source"], row["kind"]) == (source, kind)}
    assert allowed and allowed <= known
