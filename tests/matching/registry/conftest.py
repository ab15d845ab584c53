"""A registry in which stewards decide."""

from datetime import date
from pathlib import Path

import pytest

from matching.registry.decisions import Judgement, Statement, Verdict, decide
from matching.registry.registry import Registry

DAY, NEXT_DAY = date(2026, 5, 4), date(2026, 5, 5)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def decide_on(
    registry: Registry, verdict: Verdict, one: str, other: str, steward: str = "steward", counts_from: date = DAY
) -> Judgement:
    """Record one decision on two mention ids."""
    return decide(registry, [Statement(verdict, (one, other), steward, "seen", counts_from)])[0]
