"""What the tests of a delivery ask of its files."""

import csv
import json
from datetime import date
from pathlib import Path

from exports.contracts.contract import load_contract

DAY = date(2026, 5, 4)
ATTENTION = load_contract("attention")
CAMPAIGNS = load_contract("campaigns")


def cards(directory: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (directory / "attention.jsonl").read_text(encoding="utf-8").splitlines()]


def lines(directory: Path) -> list[dict[str, str]]:
    with (directory / "campaigns.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def payload(directory: Path) -> dict[str, bytes]:
    """The target's own files, segments' audiences aside."""
    return {
        path.name: path.read_bytes()
        for path in directory.iterdir()
        if path.name != "manifest.json" and not path.name.startswith("audience.")
    }
