"""Charts of several pages, in the colours of `pages.py`.

A chart of a single page is in the module of that page.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from altair import LayerChart

_WIDTH = 560
_ROW_HEIGHT = 22


def bars(rows: Sequence[tuple[str, float]], title: str, number_format: str = ".2%") -> "LayerChart":
    """Horizontal bars from 0 in the given order, each with its figure beside it.

    Args:
        rows: name and value of each bar; names are distinct.
        title: of the axis of values.
        number_format: of the figures, in d3-format.
    """
    import altair as alt

    short = f"{number_format[:-1]}~{number_format[-1]}"
    data = alt.InlineData(values=[{"name": name, "value": value} for name, value in rows])
    base = alt.Chart(data, width=_WIDTH, height=alt.Step(_ROW_HEIGHT)).encode(
        x=alt.X("value:Q", title=title, axis=alt.Axis(format=short, tickCount=5)),
        y=alt.Y("name:N", title=None, sort=None),
    )
    figures = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=number_format))
    return alt.LayerChart(layer=[base.mark_bar(), figures])
