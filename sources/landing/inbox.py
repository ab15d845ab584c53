"""What waits in a source's inbox: deliveries with their control file that have not landed.

Nothing is taken here, which is `land.py`; another place than the inbox tells of what waits there in the same words.
"""

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
    """A delivery that waits; one that `can_land` need not be good, and one that can't must be told of.

    Its `version` is another as soon as its files are touched, be it that they may be read now.
    """

    source: str
    file_name: str
    extract_date: date
    version: str
    can_land: bool


def waiting(home: Path, contract: Contract, today: date) -> list[Arrival]:
    """The deliveries in a source's inbox up to a day that have not landed, by name."""
    inbox = home / "inbox" / contract.source
    found = []
    for path in sorted(inbox.glob("*")) if inbox.is_dir() else []:
        extract_date = contract.delivery.date_of(path.name)
        # Without a control file it may be half written, and the night says so.
        if extract_date is None or extract_date > today or not control_path(path).exists():
            continue
        try:
            if (arrival := _arrival(home, contract, extract_date, path, today)) is not None:
                found.append(arrival)
        except FileNotFoundError:
            # Taken, or taken back, while it was looked at.
            continue
    return found


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
    """Of what was announced and of the files' own marks: a file put right under the same announcement counts again."""
    marks = [(stat.st_size, stat.st_ctime_ns) for stat in (path.lstat(), control_path(path).lstat())]
    return hashlib.sha256(repr((source, path.name, control, marks)).encode()).hexdigest()
