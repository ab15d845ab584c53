"""What every page has in common: nothing from elsewhere, values as text, charts with words, and errors."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from orchestration.home.settings import ConfigurationError
from orchestration.rendering.charts import bars
from orchestration.rendering.pages import render, write_page
from orchestration.rendering.tables import Table

HOSTILE = "<script>alert(1)</script>\"'&amp;{{ 7 * 7 }}"


class Elements(HTMLParser):
    """The elements and attributes that a browser would make, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note what a reader sees."""
        self.text += data


def _page() -> str:
    chart, table = bars([(HOSTILE, 0.25), ("padró", 0.5)], HOSTILE), Table(HOSTILE, [HOSTILE], [[HOSTILE]], HOSTILE)
    template = "{{ figure(chart, words) }}{{ figure(chart, words) }}{{ table(one) }}"
    return render(template, HOSTILE, chart=chart, one=table, words=HOSTILE)


def test_hostile_values_are_text_in_titles_tables_and_charts() -> None:
    page = Elements(_page())
    names = {name for name, _ in page.elements}
    assert names >= {"figure", "svg", "table", "caption", "figcaption"}
    assert not names & {"script", "img", "iframe", "link", "b"}
    # Title, heading, two captions of charts, and caption, head, cell and note of the table; Vega cuts what is long.
    assert page.text.count(HOSTILE) >= 8
    assert "alert(1)" in "".join(re.findall(r"<text[^>]*>([^<]*)</text>", _page()))


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = _page()
    for name, attributes in Elements(page).elements:
        assert not attributes.keys() & {"src", "srcset", "action"}, name
        assert not [value for key, value in attributes.items() if key.endswith("href") and not value.startswith("#")]
    assert "default-src 'none'" in page and "@import" not in page and "url(http" not in page
    assert _page() == page


def test_each_chart_is_named_by_its_text_and_no_id_stands_twice() -> None:
    elements = Elements(_page()).elements
    drawn = [attributes for name, attributes in elements if name == "svg"]
    assert [(one["role"], one["aria-label"]) for one in drawn] == [("img", HOSTILE)] * 2
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_a_table_lines_up_in_a_terminal() -> None:
    table = Table("Scores", ["source", "pairs", "recall"], [["padro", 1234, 0.5], ["iris", 7, None]], "A note.")
    assert list(table.lines()) == [
        "Scores",
        "  source  pairs   recall",
        "  padro   1,234  0.50000",
        "  iris        7        –",
        "  A note.",
    ]
    assert list(Table("None", ["source", "pairs"], []).lines()) == ["None", "  source  pairs"]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="'Scores': every row needs 2 cells"):
        Table("Scores", ["source", "pairs"], [["padro"]])


@pytest.mark.parametrize("place", [lambda path: path, lambda path: path / "none" / "page.html"], ids=["folder", "none"])
def test_a_page_that_can_t_be_written_says_where(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    with pytest.raises(ConfigurationError, match="can't be written to .*: choose a file"):
        write_page(place(tmp_path), "page")
