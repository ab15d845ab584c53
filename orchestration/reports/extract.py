"""Shows an inspected extract as text and as one HTML file for its owner: counts and codes, never a value.

`sources/parsing/inspection.py` inspects it, `sources/parsing/reasons.py` has the meaning of each reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from orchestration.rendering.pages import render
from sources.base.wording import counted
from sources.parsing.inspection import Inspection
from sources.parsing.reasons import describe

_WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True)
class Reason:
    """A row of the table of reasons."""

    reason: str
    rows: int
    first_lines: str
    meaning: str


def reasons(inspection: Inspection) -> list[Reason]:
    """Why rows are quarantined, the most frequent reason first."""
    counts = inspection.counts
    ordered = sorted(counts.reasons.items(), key=lambda item: (-item[1], item[0]))
    return [
        Reason(
            reason,
            rows,
            ", ".join(map(str, counts.first_lines[reason])) + (" …" if rows > len(counts.first_lines[reason]) else ""),
            describe(inspection.contract, reason),
        )
        for reason, rows in ordered
    ]


def as_data(inspection: Inspection) -> dict[str, object]:
    """The counts as data."""
    counts = inspection.counts
    return {
        "file": inspection.file_name,
        "source": inspection.contract.source,
        "version": inspection.contract.version,
        "rows": counts.rows_in,
        "good": counts.rows_loaded,
        "quarantined": counts.rows_quarantined,
        "reasons": dict(counts.reasons),
    }


def as_text(inspection: Inspection) -> Iterator[str]:
    """The lines for a terminal."""
    counts, contract = inspection.counts, inspection.contract
    yield f"{inspection.file_name}: source {contract.source}, contract version {contract.version}"
    if not counts.rows_in:
        return
    quarantined = f"{counts.rows_quarantined} quarantined{_bound(inspection)}"
    yield f"{counted(counts.rows_in, 'row')}, {counts.rows_loaded} good, {quarantined}"
    for reason in reasons(inspection):
        yield ""
        lines = "line" if reason.rows == 1 else "lines"
        yield f"  {reason.reason}: {counted(reason.rows, 'row')}, {lines} {reason.first_lines}"
        yield from wrap(reason.meaning, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _bound(inspection: Inspection) -> str:
    counts, most = inspection.counts, inspection.contract.delivery.max_quarantine_share
    return f" ({counts.rows_quarantined / max(1, counts.rows_in):.2%}, {most:.1%} at most allowed)"


def as_html(inspection: Inspection) -> str:
    """The whole report, which needs no other file."""
    return render(
        _TEMPLATE,
        f"{inspection.file_name}: {'would be rejected' if inspection.rejected else 'accepted'}",
        inspection.file_name,
        inspection=inspection,
        contract=inspection.contract,
        counts=inspection.counts,
        bound=_bound(inspection),
        reasons=reasons(inspection),
        required={field.name for field in inspection.contract.fields if field.is_required},
    )


_TEMPLATE = """<p>Source <strong>{{ contract.source }}</strong> ({{ contract.title }}), extract of
{{ counts.extract_date }}, checked against version {{ contract.version }} of its contract.</p>
{% if inspection.rejected %}
<p class="verdict rejected"><strong>It would be rejected.</strong> {{ inspection.rejected }}</p>
{% elif counts.rows_quarantined %}
<p class="verdict accepted"><strong>Accepted</strong>, except the quarantined rows{{ bound }}: they are not used until
they are corrected at the source and delivered again.</p>
{% else %}
<p class="verdict accepted"><strong>Accepted.</strong> Every row meets the contract.</p>
{% endif %}
{% if counts.rows_in %}
<table>
<thead><tr><th class="number">Rows</th><th class="number">Good</th><th class="number">Quarantined</th></tr></thead>
<tbody><tr><td class="number">{{ counts.rows_in }}</td><td class="number">{{ counts.rows_loaded }}</td>
<td class="number">{{ counts.rows_quarantined }}</td></tr></tbody>
</table>
{% endif %}
{% if reasons %}
<h2>Why rows are quarantined</h2>
<table>
<thead><tr><th>Reason</th><th class="number">Rows</th><th>What it means</th><th>First lines</th></tr></thead>
<tbody>
{% for one in reasons %}
<tr><td><code>{{ one.reason }}</code></td><td class="number">{{ one.rows }}</td><td>{{ one.meaning }}</td>
<td>{{ one.first_lines }}</td></tr>
{% endfor %}
</tbody>
</table>
<p class="note">The table has the first reason found for each row. Lines, XML records and rows of a sheet are numbered
from 1.</p>
{% endif %}
{% if inspection.fields %}
<h2>How complete the fields are</h2>
<table>
<thead><tr><th>Field</th><th>Description</th><th class="number">Filled</th>
<th class="number">Distinct values</th></tr></thead>
<tbody>
{% for field in contract.fields %}
{% set use = inspection.fields[loop.index0] %}
<tr><td><code>{{ field.name }}</code>{{ " (required)" if field.name in required }}</td><td>{{ field.description }}</td>
<td class="number">{{ use.filled | share(inspection.rows_read) }}</td><td class="number">{{ use.distinct }}</td></tr>
{% endfor %}
</tbody>
</table>
<p class="note">Of the {{ inspection.rows_read }} rows that could be read, with the quarantined ones among them.
This report has no value of any field.</p>
{% endif %}
"""
