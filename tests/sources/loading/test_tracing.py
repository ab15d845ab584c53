"""From a record of the hub back to its line: the last one that counts, a released one included."""

import json
from pathlib import Path

import pytest

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.loading.tracing import NotTraced, trace
from sources.quarantine.releases import release
from sources.quarantine.rows import Choice
from tests.sources.quarantine.conftest import GOOD, PERSON, SAID, arrive
from tests.support.extracts import ATENCIONS_FILE, DAY, Deliver, attention, attentions_file

CONTRACTS = {contract.source: contract for contract in load_contracts()}


def test_a_released_row_is_traced_once_it_counts(tmp_path: Path, atencions: Contract, deliver: Deliver) -> None:
    deliver("atencions", ATENCIONS_FILE, attentions_file(*GOOD, attention("B1", idioma="fr", nom=PERSON)))
    arrive(tmp_path, atencions)
    with pytest.raises(NotTraced, match="no extract up to 2026-05-04"):
        trace(tmp_path, CONTRACTS, "atencions", "B1", DAY)
    release(tmp_path, atencions, DAY, Choice((61,)), SAID)
    found = trace(tmp_path, CONTRACTS, "atencions", "B1", DAY)
    assert (found.source, found.extract_date, found.file.name, found.line_number) == (
        "atencions", DAY, ATENCIONS_FILE, 61,
    )  # fmt: skip
    assert found.original_line is not None and json.loads(found.original_line)["nom"] == PERSON


def test_of_several_extracts_the_last_that_tells_a_record_is_traced(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    for day, name in (("03", "PAU"), ("04", "ONA")):
        told = attention("B1", nom=name, data_hora="2026-05-03T10:00:00")
        deliver("atencions", f"atencions_202605{day}.jsonl", attentions_file(*GOOD, told))
    arrive(tmp_path, atencions)
    found = trace(tmp_path, CONTRACTS, "atencions", "B1", DAY)
    assert found.extract_date == DAY and '"ONA"' in (found.original_line or "")
    before = trace(tmp_path, CONTRACTS, "atencions", "B1", DAY.replace(day=3))
    assert before.extract_date == DAY.replace(day=3) and '"PAU"' in (before.original_line or "")
