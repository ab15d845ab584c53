"""Translates a model for Spark: its conditions, and the similarity functions that Spark does not have.

Models are written once, in DuckDB's SQL; every difference between the two engines is here.
"""

import copy
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import expressions as exp

# Spark's name of each function, and DuckDB's. Splink's jar has them as well, but its Jaro gave another score to one in
# ten of 100,000 pairs of mistyped names, and beyond ASCII its distances count letters, DuckDB's bytes.
FUNCTIONS = {"jaro_winkler": "jaro_winkler_similarity", "damerau_levenshtein": "damerau_levenshtein"}


def spark_model(model: dict[str, Any]) -> dict[str, Any]:
    """The same model with its conditions and blocking rules in Spark's SQL."""
    translated = copy.deepcopy(model)
    translated["sql_dialect"] = "spark"
    for comparison in translated["comparisons"]:
        for level in comparison["comparison_levels"]:
            level["sql_condition"] = spark_sql(level["sql_condition"])
    for rule in translated["blocking_rules_to_generate_predictions"]:
        rule |= {"blocking_rule": spark_sql(rule["blocking_rule"]), "sql_dialect": "spark"}
    return translated


def spark_sql(condition: str) -> str:
    """A condition in DuckDB's SQL, translated to Spark's."""
    if condition.strip().upper() == "ELSE":
        return condition
    return sqlglot.parse_one(condition, read="duckdb").transform(_for_spark).sql(dialect="spark")


def spark_query(query: str) -> str:
    """A query of Splink, rewritten for Spark with numbers as double, because Spark reads them as decimals."""
    return sqlglot.parse_one(query, read="spark").transform(_double).sql(dialect="spark")


def _double(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Cast) and node.to.is_type("double") and isinstance(node.this, exp.Literal):
        return node if node.this.is_string else exp.Var(this=f"{node.this.name}D")
    return node


def _for_spark(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.JarowinklerSimilarity):
        return exp.Anonymous(this="jaro_winkler", expressions=[node.this, node.expression])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "list_has_all":
        # Null if either list is null, as in DuckDB.
        missing = exp.Anonymous(this="array_except", expressions=list(reversed(node.expressions)))
        return exp.EQ(this=exp.Anonymous(this="size", expressions=[missing]), expression=exp.Literal.number(0))
    return node


def columns_of(model: dict[str, Any]) -> list[str]:
    """The columns of the records that a model's conditions, rules and frequencies use."""
    levels = [level for comparison in model["comparisons"] for level in comparison["comparison_levels"]]
    compared = {
        column.name.removesuffix("_l").removesuffix("_r")
        for level in levels
        if level["sql_condition"].strip().upper() != "ELSE"
        for column in sqlglot.parse_one(level["sql_condition"], read="duckdb").find_all(exp.Column)
    }
    blocked = {
        column.name
        for rule in model["blocking_rules_to_generate_predictions"]
        for column in sqlglot.parse_one(rule["blocking_rule"], read="duckdb").find_all(exp.Column)
    }
    frequent = {str(level["tf_adjustment_column"]) for level in levels if level.get("tf_adjustment_column")}
    return sorted(compared | blocked | frequent)


def duckdb_function(name: str) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """DuckDB's function of two texts over two Arrow columns, for Spark's workers.

    Both engines give the same scores so. The function is sent to the workers, which need DuckDB and PyArrow, not Fil.
    """
    opened: list[duckdb.DuckDBPyConnection] = []

    def likeness(left: pa.Array, right: pa.Array) -> pa.Array:
        if not opened:
            opened.append(duckdb.connect(":memory:", config={"threads": 1}))
        opened[0].register("pairs", pa.table({"l": left, "r": right}))
        found = opened[0].execute(f"select {name}(l, r)::double from pairs").to_arrow_table()
        opened[0].unregister("pairs")
        return found.column(0).combine_chunks()

    return likeness
