"""The charts of a night's scores, each with its text.

`scores.py` has tables of the same figures.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestration.rendering.pages import COLOURS

if TYPE_CHECKING:
    from altair import LayerChart, VConcatChart

Scores = Mapping[str, Any]

_WIDTH = 560
_HEIGHT = 260
_STEP = 34


def matrix(scores: Scores) -> "LayerChart":
    """A cell for each two sources; a darker cell means a larger share of missed links."""
    import altair as alt

    cells = [
        {"one": pair[0], "other": pair[1], "missed": 1 - of["recall"]}
        for of in scores["between_sources"]
        for pair in {tuple(of["sources"]), tuple(reversed(of["sources"]))}
    ]
    data = alt.InlineData(values=sorted(cells, key=lambda cell: (cell["one"], cell["other"])))
    base = alt.Chart(data, width=alt.Step(_STEP + 14), height=alt.Step(_STEP)).encode(
        x=alt.X("one:N", title=None, axis=alt.Axis(labelAngle=-40)), y=alt.Y("other:N", title=None)
    )
    opacity = alt.Opacity("missed:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.05, 0.9]))
    squares = base.mark_rect(color=COLOURS[1]).encode(opacity=opacity)
    return alt.LayerChart(layer=[squares, base.mark_text(fontSize=11).encode(text=alt.Text("missed:Q", format=".1%"))])


def matrix_text(scores: Scores) -> str:
    """The text of the matrix."""
    pairs = scores["between_sources"]
    if not pairs:
        return "No two mentions are of one person."
    most = max(pairs, key=lambda of: (of["missed_pairs"], of["sources"]))
    return (
        "Share of the true links between two sources that is missed. Most links are missed between "
        f"{' and '.join(most['sources'])}: {most['missed_pairs']:,} of {most['true_pairs']:,}."
    )


def fairness(scores: Scores) -> "VConcatChart":
    """The share of missed links in each group of people, with a line for everybody."""
    import altair as alt

    missed = {
        dimension: [(group, 1 - of["recall"]) for group, of in groups.items() if of["recall"] is not None]
        for dimension, groups in scores["fairness"]["groups"].items()
    }
    overall = 1 - scores["recall"]
    most = max((share for groups in missed.values() for _, share in groups), default=overall)
    x = alt.X("missed:Q", title=None, scale=alt.Scale(domain=[0, most]), axis=alt.Axis(format=".2~%", tickCount=5))
    everybody = alt.Chart(alt.InlineData(values=[{"missed": overall}])).mark_rule(color=COLOURS[1], strokeWidth=2)
    return alt.VConcatChart(
        vconcat=[
            alt.LayerChart(
                title=f"Share of true links that are missed, by {dimension.replace('_', ' ')}",
                layer=[
                    alt.Chart(
                        alt.InlineData(values=[{"group": group, "missed": share} for group, share in groups]),
                        width=_WIDTH,
                        height=alt.Step(20),
                    )
                    .mark_bar()
                    .encode(x=x, y=alt.Y("group:N", title=None, sort=None)),
                    everybody.encode(x=x),
                ],
            )
            for dimension, groups in missed.items()
        ]
    )


def reliability(scores: Scores) -> "LayerChart":
    """Predicted and observed shares of matches by match weight; a larger point is more pairs."""
    import altair as alt

    bins = scores["calibration"]["bins"]
    values = [
        {"bits": item["from_bits"] + 0.5, "share": item[kind], "kind": kind, "pairs": item["pairs"]}
        for item in bins
        for kind in ("predicted", "observed")
    ]
    base = alt.Chart(alt.InlineData(values=values), width=_WIDTH, height=_HEIGHT).encode(
        x=alt.X("bits:Q", title="match weight in bits"),
        y=alt.Y("share:Q", title="share that is one person", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        color=alt.Color(
            "kind:N", title=None, scale=alt.Scale(domain=["observed", "predicted"], range=list(COLOURS[:2]))
        ),
    )
    sizes = alt.Size("pairs:Q", legend=None, scale=alt.Scale(type="log", range=[15, 220]))
    points = base.transform_filter("datum.kind == 'observed'").mark_circle(opacity=1).encode(size=sizes)
    return alt.LayerChart(layer=[base.mark_line(), points])


def reliability_text(scores: Scores) -> str:
    """The text of the reliability chart."""
    of = scores["calibration"]
    worst = max(
        of["bins"], key=lambda item: (item["pairs"] * abs(item["predicted"] - item["observed"]), item["from_bits"])
    )
    return (
        f"On average over the scored pairs, predicted and observed shares differ by {of['calibration_error']:.2%}. "
        f"The {worst['pairs']:,} pairs from {worst['from_bits']} bits contribute most: {worst['predicted']:.1%} "
        f"predicted, {worst['observed']:.1%} observed. Guard rails are applied after these weights."
    )


def observed_bits(scores: Scores) -> "LayerChart":
    """The observed weight of each bin's pairs against the given one, with a line where both agree."""
    import altair as alt

    bins = scores["calibration"]["bins"]
    values = [
        {"given": item["from_bits"] + 0.5, "found": item["observed_bits"], "pairs": item["pairs"]} for item in bins
    ]
    ends = [{"given": end, "found": end} for end in (bins[0]["from_bits"], bins[-1]["from_bits"] + 1)]
    x = alt.X("given:Q", title="match weight in bits, as given", scale=alt.Scale(nice=False))
    y = alt.Y("found:Q", title="by the truth")
    size = alt.Size("pairs:Q", legend=None, scale=alt.Scale(type="log", range=[15, 220]))
    points = alt.Chart(alt.InlineData(values=values), width=_WIDTH, height=_HEIGHT).mark_circle(opacity=1)
    agreed = alt.Chart(alt.InlineData(values=ends)).mark_line(color=COLOURS[1])
    return alt.LayerChart(layer=[agreed.encode(x=x, y=y), points.encode(x=x, y=y, size=size)])


def observed_bits_text(scores: Scores) -> str:
    """The text of the chart of observed weights."""
    mixed = [item for item in scores["calibration"]["bins"] if item["matches"] < item["pairs"]]
    if not mixed:
        return "Every scored pair is of one person, so no weight can be shown to be too high."
    widest = max(mixed, key=lambda item: (item["from_bits"] - item["observed_bits"], item["from_bits"]))
    return (
        "Points under the line are weights that are too high. A bin can't show more bits than the logarithm of its "
        "number of pairs, so the last points are under the line, too. The largest visible difference: given "
        f"{widest['from_bits']} to {widest['from_bits'] + 1} bits, {widest['observed_bits']:.1f} by the truth."
    )


def errors_by_threshold(scores: Scores) -> "LayerChart":
    """False and missed links by the threshold from which pairs would be linked."""
    import altair as alt

    names = {"false_links": "false links", "missed_links": "missed links"}
    values = [
        {"bits": threshold["from_bits"], "links": threshold[kind], "kind": name}
        for threshold in scores["calibration"]["thresholds"]
        for kind, name in names.items()
    ]
    axis = alt.Axis(labelExpr="format(datum.value, ',')", tickCount=6)
    base = alt.Chart(alt.InlineData(values=values), width=_WIDTH, height=_HEIGHT).encode(
        x=alt.X("bits:Q", title="linked from this match weight in bits on", scale=alt.Scale(nice=False)),
        y=alt.Y("links:Q", title="links", scale=alt.Scale(type="symlog"), axis=axis),
        color=alt.Color("kind:N", title=None),
    )
    return alt.LayerChart(layer=[base.mark_line(), base.mark_circle(opacity=1)])


def threshold_text(scores: Scores) -> str:
    """The text of the chart of thresholds."""
    thresholds = scores["calibration"]["thresholds"]
    none = [threshold for threshold in thresholds if not threshold["false_links"]]
    without = "No threshold of weight alone is without a false link."
    if none:
        bits, missed = none[0]["from_bits"], none[0]["missed_links"]
        without = f"From {bits} bits on, weights alone would make no false link and miss {missed:,}."
    return f"The errors of a threshold of weight alone, before documents, guard rails and decisions. {without}"
