"""The frame of every HTML page that Fil writes: one file without script or network, its style, tables and charts.

Other modules write the content.
"""

from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from orchestration.home.settings import ConfigurationError
from orchestration.rendering.tables import Table

if TYPE_CHECKING:
    from altair import TopLevelMixin

# Colours of marks, which colour-blind people can distinguish; the style defines them for light and dark mode.
COLOURS = ("var(--one)", "var(--two)", "var(--three)", "var(--four)")
FAINT = "var(--faint)"


def render(template: str, title: str, heading: str | None = None, **values: object) -> str:
    """A whole page.

    Args:
        template: its content in Jinja, whose values are escaped; `{{ figure(chart, text) }}` draws an Altair
            chart above its text, `{{ table(one) }}` writes a Table.
        title: of the page.
        heading: of the page; by default the title.
        values: for the template.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["share"] = lambda part, whole: f"{part / whole:.1%}" if whole else "–"
    numbers = count(1)
    environment.globals["figure"] = lambda chart, text: _figure(chart, text, next(numbers))
    environment.globals["table"] = partial(_table, environment)
    content = environment.from_string(template).render(**values)
    return environment.from_string(_FRAME).render(
        title=title,
        heading=heading or title,
        content=Markup(content),  # noqa: S704 - escaped above
    )


def write_page(path: Path, page: str) -> None:
    """Write a page to a file.

    Raises:
        ConfigurationError: it can't be written there.
    """
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the report can't be written to {path} ({error.strerror}): choose a file in an existing directory"
        ) from None


def _table(environment: jinja2.Environment, table: Table) -> Markup:
    return Markup(environment.from_string(_TABLE).render(table=table))  # noqa: S704 - escaped by the environment


def _figure(chart: "TopLevelMixin", text: str, number: int) -> Markup:
    return Markup('<figure role="group">{}<figcaption>{}</figcaption></figure>\n').format(
        _svg(chart, text, number), text
    )


def _svg(chart: "TopLevelMixin", text: str, number: int) -> Markup:
    """The chart as SVG in the page's own colours; the text is its label for screen readers."""
    from vl_convert import vegalite_to_svg

    drawn = vegalite_to_svg(chart.to_dict(), config=_CONFIG)
    # Ids must be unique in the page, and each drawing counts its own from 0.
    for place in ('id="', "url(#", 'href="#'):
        drawn = drawn.replace(place, f"{place}figure-{number}-")
    label = Markup.escape(text)
    return Markup(drawn.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))  # noqa: S704 - Vega escapes text


_TEXT = {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12, "titleFontSize": 12}
_CONFIG: dict[str, Any] = {
    "aria": False,
    "background": "transparent",
    "padding": 12,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": _TEXT
    | {"titleFontWeight": "normal", "gridColor": FAINT, "domainColor": FAINT, "tickColor": FAINT, "labelLimit": 320},
    "legend": _TEXT | {"titleFontWeight": "normal", "orient": "top"},
    "header": _TEXT,
    "title": {"color": "currentColor", "fontSize": 13, "anchor": "start"},
    "text": {"color": "currentColor", "fontSize": 12},
    "range": {"category": list(COLOURS)},
    "mark": {"color": COLOURS[0]},
}

_TABLE = """<div class="wide">
<table>
<caption>{{ table.title }}</caption>
{% set numeric = table.numeric() %}
<thead><tr>{% for name in table.columns %}<th scope="col"{% if numeric[loop.index0] %} class="number"{% endif %}>
{{- name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in table.cells() %}
<tr>{% for cell in row %}<td{% if numeric[loop.index0] %} class="number"{% endif %}>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% if table.note %}
<p class="note">{{ table.note }}</p>
{% endif %}
"""

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
<style>
:root { --ground: #fff; --ink: #1a1a1a; --quiet: #555; --faint: #ccc; --good: #1b7f3b; --good-ground: #eef8f1;
  --bad: #b3261e; --bad-ground: #fdf0ef; --one: #0b6fae; --two: #c4560a; --three: #0a8f68; --four: #a8458f; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181b; --ink: #e8e8e8; --quiet: #aaa; --faint: #44484d; --good: #5cc27c; --good-ground: #14291b;
    --bad: #f08c85; --bad-ground: #331917; --one: #5cb3ec; --two: #f09a5a; --three: #3fcaa0; --four: #dd8cc8; }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--ground); }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
.verdict { border-left: .4rem solid; padding: .6rem 1rem; overflow-wrap: anywhere; }
.accepted { border-color: var(--good); background: var(--good-ground); }
.rejected { border-color: var(--bad); background: var(--bad-ground); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .6rem .6rem .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--faint); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { overflow-wrap: anywhere; }
.note, figcaption { color: var(--quiet); font-size: .9rem; }
figure { margin: 1.5rem 0; }
/* A reader's own font may be wider than the one that was measured. */
figure svg { max-width: 100%; height: auto; display: block; overflow: visible; }
@media print {
  :root { --ground: #fff; --ink: #000; }
  body { font-size: 10pt; margin: 0; max-width: none; }
  thead { display: table-header-group; }
  tr, .verdict, figure { break-inside: avoid; }
  .verdict { background: none; }
}
</style>
</head>
<body>
<h1>{{ heading }}</h1>
{{ content }}
</body>
</html>
"""
