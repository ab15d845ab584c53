"""Compares two models on the last published night's mentions, and scores one model on them.

Both models link without memory, so that neither uses the other's links. `orchestration/reports/model.py` shows the
result.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from matching.evaluation.difference import Difference, difference
from matching.evaluation.pair_counts import evaluate_links
from matching.model.artefact import LevelWeight, level_weights
from matching.model.model_file import SHIPPED, ModelError
from matching.night import LinkStats
from matching.parties import PartyKind
from matching.records.person_records import count_rows
from matching.relations import LINK_EDGES
from orchestration.evaluation.city_truth import TRUTH, number, read_truth, truth_path
from orchestration.home.home import Home
from orchestration.linking.rehearsal import Rehearsal, linked, published_links, rehearsal


@dataclass(frozen=True)
class Linked:
    """The result of one model; `scores` are against a synthetic city's truth, or None."""

    version: str
    stats: LinkStats
    links: int
    scores: dict[str, float] | None


@dataclass(frozen=True)
class LevelPair:
    """A level's bits in each model; None if a model has no such level."""

    comparison: str
    level: str
    bits: float | None
    other_bits: float | None


@dataclass(frozen=True)
class Comparison:
    """Two models and their results on the same mentions; `agreement` scores the second against the first."""

    business_date: date
    entity: str
    one: Linked
    other: Linked
    levels: Sequence[LevelPair]
    difference: Difference
    agreement: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        values = asdict(self) | {"business_date": self.business_date.isoformat()}
        values["difference"]["changed"] = self.difference.changed
        return values


def find_model(home: Home, kind: PartyKind, version: str) -> Path:
    """The file of a version that was trained here, or of a shipped one.

    Raises:
        ModelError: there is no such version.
    """
    directories = (home.models / kind.entity, SHIPPED / kind.entity)
    for directory in directories:
        path = directory / f"{version}.json"
        if path.is_file():
            return path
    known = sorted({path.stem for directory in directories for path in directory.glob("*.json")})
    raise ModelError(f"there is no {kind.entity} model {version}; the models are {', '.join(known)}")


def compare_models(home: Home, kind: PartyKind, one: Path, other: Path) -> Comparison:
    """Link the last published night with each of two models.

    Raises:
        StepFailed: no night can be linked again.
    """
    with rehearsal(home) as night:
        results = {}
        for place, model in enumerate((one, other)):
            results[place] = _link(night, kind, model)
            night.connection.execute(f"create temp table linked_{place} as from {linked(kind)}")
        changes = difference(night.connection, "linked_0", "linked_1")
        agreement = _measure(night.connection, _alone("linked_1"), _alone("linked_0", "true_person_id"))
    levels = pair_levels(level_weights(one), level_weights(other))
    return Comparison(night.business_date, kind.entity, results[0], results[1], levels, changes, agreement)


def score_model(home: Home, kind: PartyKind, model: Path) -> dict[str, Any]:
    """Score a model on the last published night, against the truth (if it is known) and against that night's links.

    Raises:
        StepFailed: no night can be linked again.
    """
    with rehearsal(home) as night:
        result = _link(night, kind, model)
        published = _alone(published_links(kind), "true_person_id")
        agreement = _measure(night.connection, _alone(linked(kind)), published)
        return {
            "business_date": night.business_date.isoformat(),
            "persons": result.stats.persons,
            "in_review": result.stats.in_review,
            "against_truth": result.scores,
            "against_published_night": agreement,
        }


def _link(night: Rehearsal, kind: PartyKind, model: Path) -> Linked:
    stats = night.link(kind, model, with_memory=False)
    edges = count_rows(night.connection, LINK_EDGES)
    scores = None
    if truth_path(night.home, kind).exists():
        read_truth(night.connection, night.home, kind)
        person = number("if(is_in_review, mention_id, cluster_id)")
        links = f"(select {number('mention_id')} as mention_id, {person} as person_id from {kind.clusters})"
        scores = _measure(night.connection, links, f"(select mention_id, true_person_id from {TRUTH})")
    return Linked(model.stem, stats, edges, scores)


def _alone(links: str, name: str = "person_id") -> str:
    """Links in which a mention in review is a person of its own."""
    return f"(select mention_id, if(is_in_review, mention_id, person_id) as {name} from {links})"


def _measure(connection: duckdb.DuckDBPyConnection, links: str, truth: str) -> dict[str, float]:
    scores = evaluate_links(connection, links, truth)
    return {"precision": scores.precision, "recall": scores.recall, "f1": scores.f1, "b3_f1": scores.b3_f1}


def pair_levels(one: Sequence[LevelWeight], other: Sequence[LevelWeight]) -> list[LevelPair]:
    """The levels of two models side by side, in the order of the first."""
    bits = {(level.comparison, level.level): level.bits for level in one}
    other_bits = {(level.comparison, level.level): level.bits for level in other}
    return [LevelPair(*key, bits.get(key), other_bits.get(key)) for key in dict.fromkeys([*bits, *other_bits])]
