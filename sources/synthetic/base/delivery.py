"""An extract with the truth of its rows, and its writing to the inbox: first the file, then its control file."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class Delivery:
    """A file in parts, its number of rows, and their truth.

    The truth has one frame for rows that name people, for rows that name organisations, for rows of a person who is not
    named in them, and for rows that the contract quarantines.
    """

    source: str
    name: str
    content: Iterable[bytes]
    rows: int
    people: tuple[pl.DataFrame, ...] = ()
    organisations: tuple[pl.DataFrame, ...] = ()
    of_somebody: tuple[pl.DataFrame, ...] = ()
    refused: tuple[pl.DataFrame, ...] = ()


def deliver(out: Path, delivery: Delivery) -> None:
    """Write the data file and then its control file, each under a temporary name first."""
    directory = out / "inbox" / delivery.source
    directory.mkdir(parents=True, exist_ok=True)
    path, digest, size = directory / delivery.name, hashlib.sha256(), 0
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        for part in delivery.content:
            file.write(part)
            digest.update(part)
            size += len(part)
    temporary.replace(path)
    control = {"rows": delivery.rows, "sha256": digest.hexdigest(), "bytes": size}
    temporary = path.with_name(f".{path.name}.control.json.part")
    temporary.write_text(json.dumps(control) + "\n", encoding="utf-8")
    temporary.replace(path.with_name(f"{path.name}.control.json"))
