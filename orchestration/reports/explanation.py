"""Shows an explanation of two mentions as tables, as data, and as a page with a waterfall chart: personal data."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from orchestration.casework.pair_explanation import ExplainedPair
from orchestration.rendering.pages import COLOURS, render
from orchestration.rendering.tables import Cell, Table

if TYPE_CHECKING:
    from altair import LayerChart

_ENTITIES = {"person": "persons", "organisation": "organisations"}
_BY = {
    "steward": "A steward's decision",
    "rail": "A rule",
    "document": "A document",
    "last night": "The clusters of the night before",
    "model": "The match weight",
    "review": "The review",
}


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall: its bits, and the total before and after it."""

    name: str
    level: str
    bits: float
    start: float
    end: float


def steps(pair: ExplainedPair) -> list[Step]:
    """The prior, then each comparison, followed by the frequency of the value, up to the weight."""
    evidence = pair.explanation.pair
    parts = [("prior", "two mentions taken at random", evidence.prior_bits)]
    for item in evidence.evidence:
        parts.append((item.comparison, item.level, item.bits))
        if item.frequency_bits:
            frequency = "rarer than most" if item.frequency_bits > 0 else "commoner than most"
            parts.append((f"{item.comparison}: how common", frequency, item.frequency_bits))
    bars, total = [], 0.0
    for name, level, bits in parts:
        bars.append(Step(name, level, bits, total, total + bits))
        total += bits
    return bars


def verdict(pair: ExplainedPair) -> str:
    """Whether the two are one person, as one line."""
    if pair.explanation.is_one:
        return f"One {pair.entity}: {pair.one.party_id}"
    names = [side.party_id or "disputed, of no person" for side in (pair.one, pair.other)]
    return f"Two {_ENTITIES[pair.entity]}: {names[0]} and {names[1]}"


def last_word(pair: ExplainedPair) -> str:
    """Who or what decided, as a sentence."""
    word = pair.explanation.last_word
    whom = "" if word.pair in (None, _ends(pair)) or word.pair is None else f" ({word.pair[0]} and {word.pair[1]})"
    return f"{_BY[word.by]} decided: {word.text}{whom}"


def _ends(pair: ExplainedPair) -> tuple[str, str]:
    return pair.one.mention_id, pair.other.mention_id


def total(pair: ExplainedPair) -> str:
    """The weight, and the weight that a link needs."""
    explanation = pair.explanation
    weight = f"Together {explanation.pair.weight:.2f} bits"
    if any(pair.values[mention].get("is_protected") for mention in _ends(pair)):
        weight += ", without address and contact, which are reserved"
    if not explanation.pair.was_compared:
        return f"{weight}, but the night did not compare them: they are no candidate pair of any blocking rule"
    if explanation.needed is None:
        return f"{weight}: too few for the pair to be kept"
    return f"{weight}; a link needs {explanation.needed:g} and no rule against it"


def tables(pair: ExplainedPair) -> Iterator[Table]:
    """The sides, the weights, and the chain."""
    yield _sides(pair)
    bars = iter(steps(pair))
    rows: list[list[Cell]] = [_row(next(bars), "", "")]
    for item in pair.explanation.pair.evidence:
        rows.append(_row(next(bars), *(pair.text_in(mention, item.fields) for mention in _ends(pair))))
        if item.frequency_bits:
            rows.append(_row(next(bars), "", ""))
    columns = ["comparison", "similarity", "one", "other", "bits", "total"]
    yield Table("Match weight, field by field, in bits", columns, rows, total(pair))
    if len(pair.explanation.chain) > 1:
        yield _chain(pair)


def _row(step: Step, one: str, other: str) -> list[Cell]:
    return [step.name, step.level, one or None, other or None, f"{step.bits:+8.2f}", f"{step.end:8.2f}"]


def _sides(pair: ExplainedPair) -> Table:
    rows: list[list[Cell]] = []
    for name, side in (("one", pair.one), ("other", pair.other)):
        values = pair.values[side.mention_id]
        seen = str(values["observed_at"] or "")[:10] or None
        rows.append([name, side.mention_id, values["source"], seen, side.party_id or "disputed", len(side.members)])
    columns = ["", "mention", "source", "seen", pair.entity, "mentions"]
    return Table(f"Night {pair.business_date}, model {pair.model_version}", columns, rows)


def _chain(pair: ExplainedPair) -> Table:
    weakest = pair.explanation.weakest
    rows: list[list[Cell]] = [
        [link.one, link.other, f"{link.weight:8.2f}", link.by, "weakest" if link == weakest else ""]
        for link in pair.explanation.chain
    ]
    return Table(
        "The strongest chain of links between them", ["mention", "other mention", "bits", "decided by", ""], rows
    )


def as_data(pair: ExplainedPair) -> dict[str, Any]:
    """The whole explanation as plain values, for JSON."""
    explanation = pair.explanation
    return {
        "business_date": pair.business_date.isoformat(),
        "entity": pair.entity,
        "model": pair.model_version,
        "mentions": list(_ends(pair)),
        "parties": [pair.one.party_id, pair.other.party_id],
        "is_one": explanation.is_one,
        "was_compared": explanation.pair.was_compared,
        "weight": explanation.pair.weight,
        "needed": explanation.needed,
        "refusal": explanation.refusal,
        "steps": [asdict(step) for step in steps(pair)],
        "values": {
            item.comparison: [pair.text_in(mention, item.fields) or None for mention in _ends(pair)]
            for item in explanation.pair.evidence
        },
        "last_word": asdict(explanation.last_word),
        "chain": [asdict(link) for link in explanation.chain],
        "weakest": asdict(explanation.weakest) if explanation.weakest else None,
    }


def as_page(pair: ExplainedPair) -> str:
    """The whole page, which needs no other file."""
    return render(
        _TEMPLATE,
        f"{verdict(pair)} on {pair.business_date}",
        verdict(pair),
        word=last_word(pair),
        chart=_waterfall(pair),
        text=f"{total(pair)}. Each bar begins where the one before ends.",
        tables=list(tables(pair)),
        is_one=pair.explanation.is_one,
    )


def _waterfall(pair: ExplainedPair) -> "LayerChart":
    import altair as alt

    bars = steps(pair)
    values = [
        {"name": f"{place:02d}", "label": f"{step.name}: {step.level}", "start": step.start, "end": step.end,
         "bits": f"{step.bits:+.1f}", "far": max(step.start, step.end),
         "what": "supports a link" if step.bits >= 0 else "against a link"}
        for place, step in enumerate(bars)
    ]  # fmt: skip
    labels = {value["name"]: value["label"] for value in values}
    named = " : ".join(f"datum.value == '{name}' ? {alt_text(str(label))}" for name, label in labels.items())
    base = alt.Chart(alt.InlineData(values=values), width=460, height=alt.Step(24)).encode(
        y=alt.Y("name:N", title=None, axis=alt.Axis(labelExpr=f"{named} : ''")),
    )
    colour = alt.Color(
        "what:N", title=None, scale=alt.Scale(domain=["supports a link", "against a link"], range=list(COLOURS[:2]))
    )
    drawn = base.mark_bar().encode(x=alt.X("start:Q", title="bits, added up"), x2="end:Q", color=colour)
    figures = base.mark_text(align="left", dx=4).encode(x="far:Q", text="bits:N")
    layers = [drawn, figures]
    if pair.explanation.needed is not None:
        line = alt.Chart(alt.InlineData(values=[{"needed": pair.explanation.needed}]))
        layers.append(line.mark_rule(strokeDash=[4, 4]).encode(x="needed:Q"))
    return alt.LayerChart(layer=layers)


def alt_text(text: str) -> str:
    """A text as a Vega expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_TEMPLATE = """<p class="verdict {{ 'accepted' if is_one else 'rejected' }}">{{ word }}</p>
{{ figure(chart, text) }}
{% for one in tables %}{{ table(one) }}{% endfor %}
"""
