"""What the hub hides of protected people, as the YAML of its marts declares it.

How a mart hides it tonight is for `dbt_project/macros/protection.sql`, how past nights do for `reserved.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

MARTS = Path(__file__).resolve().parents[1] / "dbt_project" / "models" / "marts"


@dataclass(frozen=True)
class Reserved:
    """A column, or rows, of whom some id is protected: what the column becomes, and which rows go, in SQL."""

    when: tuple[str, ...]
    becomes: str = "null"
    rows: str = "true"


@dataclass(frozen=True)
class Mart:
    """What a table hides: rows, where it hides any, and columns."""

    rows: Reserved | None = None
    columns: Mapping[str, Reserved] = field(default_factory=dict)


@cache
def described_marts() -> Mapping[str, Mapping[str, Any]]:
    """What the YAML says of each table of the hub, by its name."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(MARTS.glob("*/_*__models.yml"))]
    return {model["name"]: model for text in texts for model in yaml.safe_load(text)["models"]}


def declared_marts() -> dict[str, Mart]:
    """The tables of the hub that hide anything, by their names."""
    found = {
        name: Mart(
            _reserved(model),
            {column["name"]: one for column in model["columns"] if (one := _reserved(column)) is not None},
        )
        for name, model in described_marts().items()
    }
    return {name: mart for name, mart in found.items() if mart.rows or mart.columns}


def emptied_columns(mart: str) -> frozenset[str]:
    """The columns of a mart that hold nothing of who is protected."""
    return frozenset(name for name, one in declared_marts()[mart].columns.items() if one.becomes == "null")


def _reserved(described: Mapping[str, Any]) -> Reserved | None:
    """What the YAML of a column or a model declares; nothing where it is shown of everybody."""
    declared = described.get("config", {}).get("meta", {}).get("reserved")
    if declared is None:
        return None
    when = declared["when"]
    kinds = {"when": (when,) if isinstance(when, str) else tuple(when)}
    return Reserved(**(declared | kinds))
