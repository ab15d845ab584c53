"""Shows models on a terminal and as a page with charts: parameters and counts, no personal data.

`linking/model_comparison.py` and `linking/rehearsal.py` make the results.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matching.model.artefact import LevelWeight, level_weights, read_artefact
from orchestration.linking.model_comparison import Comparison, LevelPair
from orchestration.linking.rehearsal import Changes
from orchestration.rendering.charts import bars
from orchestration.rendering.pages import render
from orchestration.rendering.tables import Table


def change_lines(changes: Changes) -> list[str]:
    """The changes of a dry run as lines for a terminal."""
    named = ", ".join(f"{entity} {version}" for entity, version in sorted(changes.models.items()))
    disputed = changes.mentions
    rows = [(event, count) for event, count in sorted(changes.by_event.items())] or [("none", 0)]
    return [
        f"The night of {changes.business_date}, linked again with {named}:",
        *Table("People (and organisations) whose ids would change", ("change", "people"), rows).lines(),
        *Table("Those that a delivery contains", ("target", "people"), sorted(changes.reach.items())).lines(),
        f"{changes.people:,} of {changes.known:,} people in all; {disputed.into_review:,} mentions would become "
        f"disputed, {disputed.out_of_review:,} would no longer be",
    ]


def comparison_tables(comparison: Comparison) -> list[Table]:
    """A comparison as tables."""
    one, other = comparison.one, comparison.other
    rows: list[tuple[str, Any, Any]] = [
        ("candidate pairs", one.stats.pairs, other.stats.pairs),
        ("links", one.links, other.links),
        ("people", one.stats.persons, other.stats.persons),
        ("disputed mentions", one.stats.in_review, other.stats.in_review),
        ("conflicts", one.stats.conflicts, other.stats.conflicts),
    ]
    if one.scores and other.scores:
        rows += [(f"{name}, against the truth", one.scores[name], other.scores[name]) for name in one.scores]
    changes = comparison.difference
    differences = [
        (f"people of {one.version} that {other.version} merges", changes.merged),
        (f"people of {one.version} that {other.version} splits", changes.split),
        (f"people of {one.version} whose mentions {other.version} moves among several", changes.moved),
        (f"mentions disputed only with {other.version}", changes.into_review),
        (f"mentions disputed only with {one.version}", changes.out_of_review),
    ]
    return [
        Table(f"The night of {comparison.business_date}", ("", f"{one.version}", f"{other.version} "), rows),
        Table("Differences", ("", "count"), differences),
        Table(
            "Links in common",
            ("", "share"),
            [
                (f"links of {other.version} that {one.version} has", comparison.agreement["precision"]),
                (f"links of {one.version} that {other.version} has", comparison.agreement["recall"]),
            ],
        ),
        _level_table(comparison.levels, one.version, other.version),
    ]


def _level_table(levels: Sequence[LevelPair], one: str, other: str) -> Table:
    rows = [(pair.comparison, pair.level, _bits(pair.bits), _bits(pair.other_bits)) for pair in levels]
    return Table("Match weight of each comparison level, in bits", ("comparison", "level", one, f"{other} "), rows)


def _bits(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def comparison_page(comparison: Comparison) -> str:
    """A comparison as a page."""
    title = f"Models {comparison.one.version} and {comparison.other.version}: {comparison.entity}"
    return render(
        _COMPARED,
        title,
        comparison=comparison,
        tables=comparison_tables(comparison),
        chart=_level_chart(comparison),
    )


_COMPARED = """
{% for one in tables[:3] %}{{ table(one) }}{% endfor %}
{{ figure(chart, "Match weight of each comparison level in both models, in bits; the table below has the figures.") }}
{{ table(tables[3]) }}
<p class="note">Both models linked the mentions of the night of {{ comparison.business_date }} without memory of earlier
nights. More bits are stronger evidence for one person; negative bits are evidence against it.</p>
"""


def _level_chart(comparison: Comparison) -> Any:
    import altair as alt

    rows = [
        {"level": f"{pair.comparison}: {pair.level}", "model": version, "bits": bits}
        for pair in comparison.levels
        for version, bits in ((comparison.one.version, pair.bits), (f"{comparison.other.version} ", pair.other_bits))
        if bits is not None
    ]
    return (
        alt.Chart(alt.InlineData(values=rows), width=560, height=alt.Step(9))
        .mark_bar()
        .encode(
            x=alt.X("bits:Q", title="bits"),
            y=alt.Y("level:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)),
            yOffset=alt.YOffset("model:N"),
            color=alt.Color("model:N", title="model"),
        )
    )


def model_page(path: Path, entity: str) -> str:
    """A model with its training metadata, as a page."""
    training = read_artefact(path)["training"]
    levels = level_weights(path)
    return render(
        _MODEL,
        f"Model {path.stem}: {entity}",
        training=training,
        chart=bars([(f"{level.comparison}: {level.level}", level.bits) for level in levels], "bits", "+.1f"),
        tables=[_facts(training), *_details(training), _parameters(levels)],
    )


_MODEL = """
{{ table(tables[0]) }}
{{ figure(chart, "Match weight of each comparison level, in bits; the last table has the figures.") }}
{% for one in tables[1:] %}{{ table(one) }}{% endfor %}
<p class="note">A file beside the model has the frequencies of names, without names of fewer than five mentions. This
page has no personal data.</p>
"""


def _facts(training: Mapping[str, Any]) -> Table:
    data = training.get("data", {})
    rows = [
        ("trained at", training["trained_at"]),
        ("mentions", f"{training['mentions']:,}"),
        ("hash of their content", data.get("content_sha256", "–")),
        ("seed", str(training["seed"])),
        ("Splink", training.get("splink_version", "–")),
        ("bits that link", f"{training['link_weight']:g}"),
        ("levels without any pair", ", ".join(training["levels_never_seen"]) or "none"),
        ("comparisons borrowed", ", ".join(training.get("comparisons_borrowed", ())) or "none"),
    ]
    return Table("Training", ("", "value"), rows)


def _details(training: Mapping[str, Any]) -> list[Table]:
    tables = []
    scores = training.get("scores")
    if scores:
        of_truth = scores["against_truth"] or {}
        scored = [(name, of_truth.get(name), value) for name, value in scores["against_published_night"].items()]
        title = f"On the night of {scores['business_date']}"
        tables.append(Table(title, ("", "against the truth", "against the published links"), scored))
    if "data" in training:
        tables.append(Table("Columns", ("column", "filled"), list(training["data"]["filled"].items())))
    if "pairs_by_rule" in training:
        tables.append(Table("Pairs by rule", ("equal in", "pairs"), list(training["pairs_by_rule"].items())))
    return tables


def _parameters(levels: Sequence[LevelWeight]) -> Table:
    rows = [
        (level.comparison, level.level, f"{level.m_probability:.6g}", f"{level.u_probability:.6g}", _bits(level.bits))
        for level in levels
    ]
    return Table("Parameters", ("comparison", "level", "m: of matches", "u: of others", "bits"), rows)
