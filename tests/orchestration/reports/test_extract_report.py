"""The report on an inspected extract: what a browser is given, whatever the file is called or holds."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from orchestration.reports.extract import as_html, as_text
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.parsing.inspection import Inspection, inspect
from sources.parsing.parse import ParseResult
from sources.parsing.reasons import UNREADABLE, describe
from tests.support.extracts import attention, attentions_file

DAY = date(2026, 5, 4)
ATENCIONS = next(contract for contract in load_contracts() if contract.source == "atencions")


class Elements(HTMLParser):
    """Every element that a browser would make."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_hostile_file_name_is_text_and_nothing_more() -> None:
    name = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"
    hostile = Inspection(name, replace(ATENCIONS, title="{{ 7 * 7 }}<b>"), f"{name} was rejected", ParseResult(DAY))
    text = as_html(hostile)
    found = Elements(text)
    assert not found.names & {"script", "img", "b", "link", "iframe"}
    assert not {name for name in found.attributes if name.startswith("on") or name in ("src", "href")}
    assert "{{ 7 * 7 }}&lt;b&gt;" in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_an_extract_without_fault_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "atencions_20260504.jsonl"
    file.write_bytes(attentions_file(attention("A1", email="a@example.org"), attention("A2")))
    inspection = inspect(ATENCIONS, file, DAY, None)
    uses = {use.name: (use.filled, use.distinct) for use in inspection.fields}
    assert (inspection.rows_read, uses["id"], uses["canal"], uses["email"]) == (2, (2, 2), (2, 1), (1, 1))
    assert "Every row meets the contract" in as_html(inspection) and "a@example.org" not in as_html(inspection)


@pytest.mark.parametrize("content", [b"", b"\x00" * 40], ids=["empty", "zeros"])
def test_a_file_of_which_nothing_counts_is_reported_all_the_same(tmp_path: Path, content: bytes) -> None:
    iris = next(contract for contract in load_contracts() if contract.source == "iris")
    file = tmp_path / "iris_fitxes_20260504.csv"
    file.write_bytes(content)
    inspection = inspect(iris, file, DAY, None)
    assert "header" in str(inspection.rejected)
    assert "header" in as_html(inspection)
    assert list(as_text(inspection)) == ["iris_fitxes_20260504.csv: source iris, contract version 1.0.0"]


@pytest.mark.parametrize("contract", load_contracts(), ids=lambda contract: contract.source)
def test_every_reason_is_explained(contract: Contract) -> None:
    of_fields = ("missing", "too_long", "unknown_code", "bad_form", "bad_date", "future_date")
    reasons = {f"{code}:{field.name}" for code in of_fields for field in contract.fields}
    reasons |= {rule.name for rule in contract.row_rules} | UNREADABLE
    reasons |= {"duplicate_key", "duplicate_row", "control_character"}
    for reason in reasons:
        said = describe(contract, reason)
        assert said and "{" not in said.partition("pattern ")[0] and "breaks the contract's rule" not in said, reason
