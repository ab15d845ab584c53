"""An explanation of two mentions as tables for a terminal, as data, and as a page with its waterfall: personal data."""

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
    """One bar of the waterfall: what adds to the running total, from where, up or down to where."""

    name: str
    level: str
    bits: float
    start: float
    end: float


def steps(pair: ExplainedPair) -> list[Step]:
    """The prior and then each comparison, with how common the value is beside it, up to the weight."""
    found = pair.explanation.pair
    told = [("prior", "two mentions taken at random", found.prior_bits)]
    for one in found.evidence:
        told.append((one.comparison, one.level, one.bits))
        if one.frequency_bits:
            told.append((f"{one.comparison}: how common", "rarer than most" if one.frequency_bits > 0 else
                         "commoner than most", one.frequency_bits))  # fmt: skip
    bars, total = [], 0.0
    for name, level, bits in told:
        bars.append(Step(name, level, bits, total, total + bits))
        total += bits
    return bars


def verdict(pair: ExplainedPair) -> str:
    """Whether the two are one, in a line."""
    if pair.explanation.is_one:
        return f"One {pair.entity}: {pair.one.party_id}"
    names = [side.party_id or "disputed, of no person" for side in (pair.one, pair.other)]
    return f"Two {_ENTITIES[pair.entity]}: {names[0]} and {names[1]}"


def last_word(pair: ExplainedPair) -> str:
    """What decided, in plain words."""
    word = pair.explanation.last_word
    whom = "" if word.pair in (None, _ends(pair)) or word.pair is None else f" ({word.pair[0]} and {word.pair[1]})"
    return f"{_BY[word.by]} decided: {word.text}{whom}"


def _ends(pair: ExplainedPair) -> tuple[str, str]:
    return pair.one.mention_id, pair.other.mention_id


def total(pair: ExplainedPair) -> str:
    """The weight against what is needed."""
    told = pair.explanation
    weight = f"Together {told.pair.weight:.2f} bits"
    if any(pair.values[mention].get("is_protected") for mention in _ends(pair)):
        weight += ", without address and contact, which are reserved"
    if not told.pair.was_compared:
        return f"{weight}, but the night did not compare them: they are no candidate pair of any blocking rule"
    if told.needed is None:
        return f"{weight}: too few for the pair to be kept"
    return f"{weight}; a link needs {told.needed:g} and no rule against it"


def tables(pair: ExplainedPair) -> Iterator[Table]:
    """The sides, the weights, and the chain."""
    yield _sides(pair)
    bars = iter(steps(pair))
    rows: list[list[Cell]] = [_row(next(bars), "", "")]
    for one in pair.explanation.pair.evidence:
        rows.append(_row(next(bars), *(pair.says(mention, one.fields) for mention in _ends(pair))))
        if one.frequency_bits:
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
        told = pair.values[side.mention_id]
        seen = str(told["observed_at"] or "")[:10] or None
        rows.append([name, side.mention_id, told["source"], seen, side.party_id or "disputed", len(side.members)])
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
    """Everything, for a machine."""
    told = pair.explanation
    return {
        "business_date": pair.business_date.isoformat(),
        "entity": pair.entity,
        "model": pair.model_version,
        "mentions": list(_ends(pair)),
        "parties": [pair.one.party_id, pair.other.party_id],
        "is_one": told.is_one,
        "was_compared": told.pair.was_compared,
        "weight": told.pair.weight,
        "needed": told.needed,
        "refusal": told.refusal,
        "steps": [asdict(step) for step in steps(pair)],
        "values": {
            one.comparison: [pair.says(mention, one.fields) or None for mention in _ends(pair)]
            for one in told.pair.evidence
        },
        "last_word": asdict(told.last_word),
        "chain": [asdict(link) for link in told.chain],
        "weakest": asdict(told.weakest) if told.weakest else None,
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
    """A text as an expression of Vega's."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_TEMPLATE = """<p class="verdict {{ 'accepted' if is_one else 'rejected' }}">{{ word }}</p>
{{ figure(chart, text) }}
{% for one in tables %}{{ table(one) }}{% endfor %}
"""
