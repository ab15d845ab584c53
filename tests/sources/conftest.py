"""The contracts that the tests read hand-written extracts under, and the inbox that they are put into."""

import hashlib
import json
from pathlib import Path

import pytest

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from tests.support.extracts import Deliver


@pytest.fixture
def padro() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["padro"]


@pytest.fixture
def atencions() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["atencions"]


@pytest.fixture
def iris() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["iris"]


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Put a delivery and its control file into the inbox."""

    def put(source: str, name: str, content: bytes, rows: int | None = None, control: bool = True) -> Path:
        path = tmp_path / "inbox" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if control:
            announced = {"rows": content.count(b"\n") if rows is None else rows, "bytes": len(content)}
            announced["sha256"] = hashlib.sha256(content).hexdigest()
            path.with_name(name + ".control.json").write_text(json.dumps(announced))
        return path

    return put
