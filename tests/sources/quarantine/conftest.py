"""An extract with quarantined rows, what an engineer signs, and what a night then loads."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.loading.raw_tables import LoadedSource, load_raw
from sources.parsing.parse import parse
from sources.quarantine.release_journal import Signature
from tests.support.extracts import DAY, attention, work

EVE = DAY - timedelta(days=1)
SAID = Signature("A. Enginyera", "the owner confirmed the code by telephone", DAY)
PERSON = "VILADEVALL"
GOOD = [attention(f"A{number}") for number in range(60)]


def wider(contract: Contract, field: str, *codes: str) -> Contract:
    """The contract with more allowed codes."""
    fields = (replace(one, codes=(*one.codes, *codes)) if one.name == field else one for one in contract.fields)
    return replace(contract, fields=tuple(fields))


def arrive(home: Path, contract: Contract, until: date = DAY) -> None:
    land(home, contract, until)
    parse(home, contract, until)


def load(
    home: Path, contract: Contract, day: date = DAY, columns: str = "_source_key"
) -> tuple[LoadedSource, list[tuple[object, ...]]]:
    """What a night loads of the lines after the good ones."""
    with work() as connection:
        loaded = load_raw(connection, home, contract, day)
        query = f"select {columns} from work.raw.{contract.relation} where _line_number > 60 order by all"
        return loaded, connection.execute(query).fetchall()


def written(home: Path, kind: str = "quarantine") -> list[dict[str, object]]:
    path = home / "registry" / "journal" / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
