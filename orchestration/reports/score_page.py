"""The scores of a night as a page with charts: figures only, no personal data.

`scores.py` has its tables; `rendering/pages.py` has the frame.
"""

from collections.abc import Mapping
from typing import Any

from orchestration.rendering.charts import bars
from orchestration.rendering.pages import render
from orchestration.reports import score_charts as charts
from orchestration.reports import scores as report

Scores = Mapping[str, Any]


def as_html(scores: Scores) -> str:
    """The whole report, which needs no other file."""
    return render(
        _TEMPLATE,
        f"Linkage of {scores['business_date']} against the truth",
        scores=scores,
        report=report,
        charts=charts,
        missed=_missed,
        worst=_worst,
    )


def _missed(of: Mapping[str, Scores]) -> Any:
    """Shares of the true pairs that are not linked, the largest first."""
    shares = {part: 1 - counts["recall"] for part, counts in of.items() if counts["recall"] is not None}
    ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return bars(ordered, "share of true links that are missed")


def _worst(of: Mapping[str, Scores]) -> str:
    """The text of the bars."""
    known = sorted((counts["recall"], part) for part, counts in of.items() if counts["recall"] is not None)
    if not known:
        return "No part has a true link."
    (low, worst), (high, best) = known[0], known[-1]
    return (
        f"Most is missed of {worst}: {1 - low:.2%} of its {of[worst]['true_pairs']:,} true links; least of {best}, "
        f"{1 - high:.2%} of {of[best]['true_pairs']:,}. The table below has all parts."
    )


_TEMPLATE = """
<p class="verdict {{ "rejected" if scores.false_pairs else "accepted" }}">
{% if scores.false_pairs %}
<strong>{{ "{:,}".format(scores.false_pairs) }} false link{{ "s" if scores.false_pairs > 1 }}</strong>
{% else %}<strong>No false link</strong>{% endif %} among {{ "{:,}".format(scores.linked_pairs) }} between mentions of
persons; {{ "{:,}".format(scores.missed_pairs) }} of {{ "{:,}".format(scores.true_pairs) }} true links are missed.
{{ scores.false_merges.persons_with_two_valid_dnis }} persons hold two different valid DNIs.</p>
{{ table(report.overall(scores)) }}
<p class="note">A link is a pair of mentions in one person. Precision is the share of links that are right, recall the
share of true links that were found. A part counts the pairs that at least one of its mentions belongs to.</p>
{{ table(report.merges(scores)) }}

{% if scores.refusals %}
{{ table(report.refusals(scores)) }}
{% endif %}

<h2>By source</h2>
{{ figure(missed(scores.by_source), worst(scores.by_source)) }}
{{ table(report.parts("Persons, by source", "source", scores.by_source)) }}
{{ figure(charts.matrix(scores), charts.matrix_text(scores)) }}
<details><summary>The same as a table, with counts</summary>
{{ table(report.matrix(scores)) }}
</details>
{% if scores.by_channel %}
{{ table(report.parts("By channel", "channel", scores.by_channel)) }}
{% endif %}

<h2>By error</h2>
{{ figure(missed(scores.by_error), worst(scores.by_error)) }}
{{ table(report.parts("Persons, by error in the mention", "error", scores.by_error)) }}
{% if scores.by_missing_field %}
{{ table(report.parts("Persons, by field that the mention lacks", "without", scores.by_missing_field)) }}
{% endif %}

<h2>By trap</h2>
{{ figure(missed(scores.by_trap), worst(scores.by_trap)) }}
{{ table(report.traps(scores)) }}

<h2>Fairness</h2>
{{ figure(charts.fairness(scores), report.explained(scores)) }}
{% for dimension in scores.fairness.groups %}
{{ table(report.groups(scores, dimension)) }}
{% endfor %}
{% if scores.guardians %}
{{ table(report.guardians(scores)) }}
<p class="note">A guardian is found if Fil is certain of at least one, and right if one of them is a parent. Precision
is the share of the guardians who are parents. A likely one gets no more than a letter to the home.</p>
{% endif %}

<h2>Calibration</h2>
{% if scores.calibration.get("bins") %}
{{ figure(charts.reliability(scores), charts.reliability_text(scores)) }}
{{ figure(charts.observed_bits(scores), charts.observed_bits_text(scores)) }}
{{ figure(charts.errors_by_threshold(scores), charts.threshold_text(scores)) }}
{% endif %}
{{ table(report.calibration(scores)) }}

<h2>Companies and entities</h2>
{{ table(report.parts("Organisations, by source", "source", scores.organisations.by_source)) }}
{{ table(report.parts("Organisations, by error in the mention", "error", scores.organisations.by_error)) }}
"""
