"""The scores of a night as tables, for a terminal and for a page: figures only, no personal data.

`evaluation/night_scores.py` computes them; `score_page.py` has the page.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.evaluation.city_truth import UNKNOWN
from orchestration.evaluation.fairness import FEWEST_PAIRS
from orchestration.rendering.tables import Cell, Table

Scores = Mapping[str, Any]

_COLUMNS = ("mentions", "true pairs", "missed", "false", "recall", "precision")
_KEYS = ("mentions", "true_pairs", "missed_pairs", "false_pairs", "recall", "precision")
_MOST_LINES = 12


def overall(scores: Scores) -> Table:
    """The scores of all persons and all organisations."""
    rows = [
        [name, *_cells(of), of["f1"], of["b3_f1"]]
        for name, of in (("persons", scores), ("organisations", scores["organisations"]))
    ]
    return Table("Links", ["of", *_COLUMNS, "F1", "B-cubed F1"], rows)


def parts(title: str, what: str, of: Mapping[str, Scores], most: int | None = None) -> Table:
    """Scores by part, those with the most missed and false links first; at most `most`, with a note about the rest."""
    ordered = sorted(of, key=lambda part: (-of[part]["missed_pairs"] - of[part]["false_pairs"], part))
    shown, left = ordered[:most], ordered[most:] if most else []
    note = f"and {len(left)} more, each with fewer: use --html or --json to see them" if left else ""
    return Table(title, [what, *_COLUMNS], [[part, *_cells(of[part])] for part in shown], note)


def traps(scores: Scores) -> Table:
    """Scores by trap; a trap that this city does not have has no figures."""
    rows = [[trap, *_cells(of)] for trap, of in scores["by_trap"].items()]
    return Table("By trap", ["trap", *_COLUMNS], rows)


def groups(scores: Scores, dimension: str) -> Table:
    """Scores of the groups of people in one dimension, with their gaps to the whole."""
    rows = [[group, *_cells(of), *_gaps(scores, of)] for group, of in scores["fairness"]["groups"][dimension].items()]
    return Table(f"By {dimension.replace('_', ' ')}", ["group", *_COLUMNS, "recall gap", "precision gap"], rows)


def fairness(scores: Scores) -> Table:
    """The dimensions with the groups that are linked best and worst."""
    rows: list[list[Cell]] = []
    for dimension, of_dimension in scores["fairness"]["groups"].items():
        known = sorted(
            (of["recall"], group)
            for group, of in of_dimension.items()
            if of["true_pairs"] >= FEWEST_PAIRS and group != UNKNOWN
        )
        if known:
            (low, worst), (high, best) = known[0], known[-1]
            rows.append([dimension.replace("_", " "), worst, low, low - scores["recall"], best, high])
    columns = ["people by", "worst linked", "recall", "gap to all", "best linked", "recall"]
    return Table("Fairness", columns, rows, explained(scores))


def explained(scores: Scores) -> str:
    """The largest gap of recall, and the marks that its missed links have more often than all missed links."""
    gap = scores["fairness"]["largest_gaps"]["recall"]
    if not gap:
        return "No group of people with enough true links is linked worse than all people."
    marks = "; ".join(
        f"{mark['share_of_missed']:.0%} {mark['mark']} (of all missed links {mark['share_of_missed_overall']:.0%})"
        for mark in gap["marks"]
    )
    return (
        f"Largest gap: {gap['dimension'].replace('_', ' ')} {gap['group']}, recall {gap['recall']:.4f}, "
        f"{gap['gap']:.4f} below all. Its {gap['missed_pairs']:,} missed links: {marks or 'no mark is more frequent'}."
    )


def guardians(scores: Scores) -> Table:
    """The minors whose guardians are found and are their parents, by group of nationality."""
    names = ("minors", "share_found", "share_right", "guardians", "precision", "with_likely_guardian_only")
    rows = [[group, *(of[name] for name in names)] for group, of in scores["guardians"].items()]
    columns = ["minors", "count", "guardian found", "found and right", "guardians", "precision", "only a likely one"]
    return Table("Guardians of minors, by nationality", columns, rows)


def merges(scores: Scores) -> Table:
    """False merges and splits by people, and mentions in review."""
    false_merges, review = scores["false_merges"], scores["in_review"]
    rows: list[list[Cell]] = [
        ["persons that hold several people", false_merges["persons_of_several_people"]],
        ["people in them", false_merges["people_in_them"]],
        ["people spread over several persons", false_merges["people_in_several_persons"]],
        ["persons with two different valid DNIs", false_merges["persons_with_two_valid_dnis"]],
        ["mentions in review", review["mentions"]],
        ["links missed because of that", review["missed_pairs"]],
    ]
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in false_merges["persons_by_kind"].items())
    return Table("People", ["what", "count"], rows, f"False merges by what they hold: {kinds}" if kinds else "")


def refusals(scores: Scores) -> Table:
    """The rows that the city meant for quarantine, compared with those in quarantine."""
    names = ("meant", "as_meant", "for_another_reason", "let_in", "not_meant")
    rows = [[source, *(of[name] for name in names)] for source, of in scores["refusals"].items()]
    return Table("Rows meant to be refused", ["source", *(name.replace("_", " ") for name in names)], rows)


def calibration(scores: Scores) -> Table:
    """Predicted and observed shares of matches by match weight, and the errors of a threshold there."""
    of = scores["calibration"]
    if "missing" in of:
        return Table("Calibration", ["bits"], [], f"Scored pairs are gone: {of['missing']}.")
    costs = {threshold["from_bits"]: threshold for threshold in of["thresholds"]}
    rows = [
        [
            f"{item['from_bits']}", item["pairs"], item["predicted"], item["observed"],
            costs[item["from_bits"]]["false_links"], costs[item["from_bits"]]["missed_links"],
        ]
        for item in of["bins"]
    ]  # fmt: skip
    columns = ["bits from", "pairs", "predicted", "observed", "false links from here up", "missed links below"]
    note = (
        f"Predicted and observed shares of matches differ by {of['calibration_error']:.4f}, on average over the pairs. "
        f"{of['never_scored_pairs']:,} pairs of one person were never scored."
    )
    return Table("Calibration", columns, rows, note)


def matrix(scores: Scores) -> Table:
    """True links between each two sources, those with the most missed first."""
    pairs = sorted(scores["between_sources"], key=lambda of: (-of["missed_pairs"], of["sources"]))
    rows = [[*of["sources"], of["true_pairs"], of["missed_pairs"], of["recall"]] for of in pairs]
    return Table("Persons, between two sources", ["source", "and", "true pairs", "missed", "recall"], rows)


def as_text(scores: Scores) -> Iterator[str]:
    """The lines for a terminal: one or two screens; the page and the JSON have the rest."""
    shown = [
        overall(scores),
        parts("By source", "source", scores["by_source"]),
        parts("By error", "error", scores["by_error"], _MOST_LINES),
        traps(scores),
        fairness(scores),
        *([guardians(scores)] if scores["guardians"] else []),
        merges(scores),
    ]
    for table in shown:
        yield from table.lines()
        yield ""
    yield calibration(scores).note


def _cells(of: Scores) -> list[Cell]:
    return [of[key] for key in _KEYS]


def _gaps(scores: Scores, of: Scores) -> list[Cell]:
    return [None if of[name] is None else of[name] - scores[name] for name in ("recall", "precision")]
