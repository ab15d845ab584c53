"""A table of figures with the same text in a terminal and in a page.

Other modules make the tables; `pages.py` shows them in a page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

UNKNOWN = "–"
Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows under named columns; numbers are right-aligned, a float has `decimals` decimals, None is a dash.

    `empty` is the sentence that a terminal shows instead of a table without rows.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    decimals: int = 5
    empty: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.title!r}: every row needs {len(self.columns)} cells")

    def cells(self) -> list[list[str]]:
        """The text of every cell, by row."""
        return [[written(cell, self.decimals) for cell in row] for row in self.rows]

    def records(self) -> list[dict[str, Cell]]:
        """The rows as data, by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def numeric(self) -> list[bool]:
        """For each column whether it has only numbers."""
        return [
            bool(self.rows) and not any(isinstance(row[at], str) for row in self.rows)
            for at in range(len(self.columns))
        ]

    def lines(self, indent: str = "  ") -> Iterator[str]:
        """The lines for a terminal: title, head, rows and note; without rows the sentence `empty`, if there is one."""
        if self.empty and not self.rows:
            yield self.empty
            return
        written_rows, numeric = self.cells(), self.numeric()
        widths = [max(map(len, column)) for column in zip(self.columns, *written_rows, strict=True)]
        yield self.title
        for row in [list(self.columns), *written_rows]:
            aligned = [
                cell.rjust(width) if is_number else cell.ljust(width)
                for cell, width, is_number in zip(row, widths, numeric, strict=True)
            ]
            yield (indent + "  ".join(aligned)).rstrip()
        if self.note:
            yield indent + self.note

    def markdown(self) -> Iterator[str]:
        """The lines in Markdown: title, table and note, each a paragraph of its own."""
        yield from (f"**{self.title}**", "")
        heads = ["---:" if is_number else "---" for is_number in self.numeric()]
        for row in [list(self.columns), heads, *self.cells()]:
            yield f"| {' | '.join(row)} |"
        if self.note:
            yield from ("", self.note)


def shown(count: int | None) -> str:
    """A count of people as text; None is a count too small to be shown."""
    return ".." if count is None else f"{count:,}"


def written(cell: Cell, decimals: int) -> str:
    """A cell as text, with commas between thousands."""
    if cell is None:
        return UNKNOWN
    if isinstance(cell, str):
        return cell
    return f"{cell:,.{decimals}f}" if isinstance(cell, float) else f"{cell:,}"
