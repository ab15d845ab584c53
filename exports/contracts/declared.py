"""Which columns and rows the hub hides for protected people, read from the YAML of its marts.

`dbt_project/macros/protection.sql` hides them in tonight's marts, `reserved.py` in past nights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

MARTS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "marts"


@dataclass(frozen=True)
class Reserved:
    """A rule for a column or for rows.

    Attributes:
        when: kinds of ids, such as `person`; the rule applies to rows in which one of them is a protected person's.
        becomes: SQL of the value that replaces the column.
        rows: SQL condition of the rows that are removed.
    """

    when: tuple[str, ...]
    becomes: str = "null"
    rows: str = "true"


@dataclass(frozen=True)
class Mart:
    """The rules of a table: one for its rows, or None, and those of its columns by name."""

    rows: Reserved | None = None
    columns: Mapping[str, Reserved] = field(default_factory=dict)


@cache
def described_marts() -> Mapping[str, Mapping[str, Any]]:
    """The YAML of each table of the hub, by the table's name.

    The views of `cards/` are not among them: they read these tables alone, so they show nothing that a table hides.
    """
    paths = [path for path in sorted(MARTS.glob("*/_*__models.yml")) if path.parent.name != "cards"]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {model["name"]: model for text in texts for model in yaml.safe_load(text)["models"]}


@cache
def declared_marts() -> Mapping[str, Mart]:
    """The tables of the hub that have a rule, by their names."""
    marts = {
        name: Mart(
            _reserved(model),
            {column["name"]: rule for column in model["columns"] if (rule := _reserved(column)) is not None},
        )
        for name, model in described_marts().items()
    }
    return {name: mart for name, mart in marts.items() if mart.rows or mart.columns}


def emptied_columns(mart: str) -> frozenset[str]:
    """The columns of a mart that are null for protected people."""
    return frozenset(name for name, rule in declared_marts()[mart].columns.items() if rule.becomes == "null")


def _reserved(described: Mapping[str, Any]) -> Reserved | None:
    """The rule in the YAML of a column or model; None if it has none."""
    declared = described.get("config", {}).get("meta", {}).get("reserved")
    if declared is None:
        return None
    when = declared["when"]
    kinds = {"when": (when,) if isinstance(when, str) else tuple(when)}
    return Reserved(**(declared | kinds))
