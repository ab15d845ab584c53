"""Lists the extracts in a source's inbox that have a control file and have not landed; `land.py` takes them."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sources.base.errors import ExtractDamaged, IncompleteDelivery
from sources.contracts.contract import Contract
from sources.landing.land import Control, announced, control_path, is_new
from sources.landing.receipts import landing_dir


@dataclass(frozen=True)
class Arrival:
    """An extract that waits in the inbox. `can_land` does not mean that it will keep its contract.

    `version` changes if its files change in any way, also in their permissions.
    """

    source: str
    file_name: str
    extract_date: date
    version: str
    can_land: bool


def waiting(home: Path, contract: Contract, today: date) -> list[Arrival]:
    """The extracts in a source's inbox up to a day that have not landed, sorted by file name."""
    inbox = home / "inbox" / contract.source
    arrivals = []
    for path in sorted(inbox.glob("*")) if inbox.is_dir() else []:
        extract_date = contract.delivery.date_of(path.name)
        # Without a control file the extract may be incomplete; the night warns about it.
        if extract_date is None or extract_date > today or not control_path(path).exists():
            continue
        try:
            if (arrival := _arrival(home, contract, extract_date, path, today)) is not None:
                arrivals.append(arrival)
        except FileNotFoundError:
            # Fil or its owner removed it meanwhile.
            continue
    return arrivals


def _arrival(home: Path, contract: Contract, extract_date: date, path: Path, today: date) -> Arrival | None:
    control, can_land = None, contract.gap(today) is None and contract.gap(extract_date) is None
    try:
        control = announced(path)
        if not is_new(control, landing_dir(home, contract, extract_date)):
            return None
    except (IncompleteDelivery, ExtractDamaged, PermissionError):
        can_land = False
    return Arrival(contract.source, path.name, extract_date, _version(contract.source, path, control), can_land)


def _version(source: str, path: Path, control: Control | None) -> str:
    """A hash of the control file's content and of the files' sizes and times, so that a corrected file is new."""
    marks = [(stat.st_size, stat.st_ctime_ns) for stat in (path.lstat(), control_path(path).lstat())]
    return hashlib.sha256(repr((source, path.name, control, marks)).encode()).hexdigest()
