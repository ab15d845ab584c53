"""Tables in a terminal: what an empty one says, and counts with their nouns."""

from orchestration.rendering.tables import Table
from sources.base.wording import counted


def test_an_empty_table_is_a_sentence_where_it_has_one() -> None:
    assert list(Table("Drift", ["figure"], [], empty="There is nothing.").lines()) == ["There is nothing."]
    assert list(Table("Drift", ["figure"], [["x"]], empty="There is nothing.").lines()) == ["Drift", "  figure", "  x"]


def test_a_count_has_its_noun_in_the_right_number() -> None:
    assert [counted(number, "row") for number in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert counted(2, "entry", "entries") == "2 entries"
