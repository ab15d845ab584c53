"""From a source's connection to landing: what is complete there and has not landed is brought and landed, one by one.

What counts as complete, and what becomes of a delivery, is said by `land.py` alone; nothing is ever changed where it
comes from.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sources.base.errors import ConnectionFailed, ExtractDamaged, FolderMissing, IncompleteDelivery
from sources.contracts.contract import Contract
from sources.landing.connections import Connection
from sources.landing.land import (
    CONTROL_SUFFIX,
    MOST_OF_CONTROL,
    LandingResult,
    control_path,
    is_landed,
    is_new,
    land,
    read_control,
)
from sources.landing.receipts import landing_dir
from sources.landing.remote import SILENCE_SECONDS, Entry, Folder, open_folder


@dataclass(frozen=True)
class _Delivery:
    """A file that is named as the contract says, as it was listed."""

    entry: Entry
    extract_date: date
    has_control: bool


def bring(
    connection: Connection,
    home: Path,
    contract: Contract,
    business_date: date,
    silence_seconds: float = SILENCE_SECONDS,
) -> LandingResult:
    """Land what a connection has up to the business date; where it fails, the rest is left for the next night."""
    landed: list[date] = []
    warnings: list[str] = []
    if contract.gap(business_date):
        return LandingResult((), ())
    try:
        with open_folder(connection, silence_seconds) as folder:
            for result in _results(folder, home, contract, business_date):
                landed += result.landed
                warnings += result.warnings
    except ConnectionFailed as reason:
        # Of what several sources share, one that has no folder there delivers in another way, or not yet.
        if isinstance(reason, FolderMissing) and connection.subfolder:
            return LandingResult((), ())
        why = f"its connection {connection.setting} {reason}; the night continues with the landed extracts"
        warnings.append(f"{contract.source}: {why}")
    finally:
        clear_fetched(home, contract)
    return LandingResult(tuple(landed), tuple(warnings))


def clear_fetched(home: Path, contract: Contract) -> None:
    """Leave nothing of what was on its way, be it of a night that was killed."""
    shutil.rmtree(_fetched_dir(home, contract), ignore_errors=True)


def look(connection: Connection, contract: Contract, silence_seconds: float) -> str:
    """What a connection's folder holds, in a count.

    Raises:
        ConnectionFailed: it can't be listed.
    """
    with open_folder(connection, silence_seconds) as folder:
        entries = folder.entries()
    deliveries = sum(contract.delivery.date_of(entry.name) is not None for entry in entries)
    expected = contract.delivery.file_pattern.replace("{date}", "AAAAMMDD")
    return f"can be listed: {deliveries} files named {expected}"


def _fetched_dir(home: Path, contract: Contract) -> Path:
    return home / "fetched" / contract.source


def _results(folder: Folder, home: Path, contract: Contract, business_date: date) -> Iterator[LandingResult]:
    """What becomes of each delivery, one after the other."""
    entries = folder.entries()
    yield LandingResult((), tuple(_left(entries, contract, business_date)))
    for delivery in _due(entries, contract, business_date):
        try:
            directory = _fetched(folder, delivery, home, contract)
        except (IncompleteDelivery, ExtractDamaged) as reason:
            yield LandingResult((), (f"{contract.source}: {delivery.entry.name} was not taken: {reason}",))
            continue
        if directory:
            yield land(home, contract, business_date, directory)


def _due(entries: tuple[Entry, ...], contract: Contract, business_date: date) -> Iterator[_Delivery]:
    """The deliveries up to the business date and under the agreement."""
    files = {entry.name for entry in entries if entry.is_file}
    for entry in entries:
        extract_date = contract.delivery.date_of(entry.name)
        if extract_date and extract_date <= business_date and not contract.gap(extract_date):
            yield _Delivery(entry, extract_date, entry.name + CONTROL_SUFFIX in files)


def _left(entries: tuple[Entry, ...], contract: Contract, business_date: date) -> Iterator[str]:
    """What to say of files that are never taken; as they may stay there for years, in one line of each kind."""
    delivery = contract.delivery
    known = ((entry, delivery.date_of(entry.name)) for entry in entries)
    outside = [entry for entry, day in known if day and day <= business_date and contract.gap(day)]
    if outside:
        yield (
            f"{contract.source}: {len(outside)} files at its connection were not taken: no agreement is in force on "
            "their dates"
        )
    misnamed = [entry for entry in entries if _is_misnamed(entry, contract)]
    if misnamed:
        expected = delivery.file_pattern.replace("{date}", "AAAAMMDD")
        yield (
            f"{contract.source}: {len(misnamed)} files at its connection were not taken: their names are not "
            f"{expected}; ask its owner to rename them"
        )


def _is_misnamed(entry: Entry, contract: Contract) -> bool:
    if not entry.is_file or not entry.name or entry.name.startswith(".") or entry.name.endswith(CONTROL_SUFFIX):
        return False
    return contract.delivery.date_of(entry.name) is None


def _fetched(folder: Folder, delivery: _Delivery, home: Path, contract: Contract) -> Path | None:
    """A directory with one delivery, its control file written last, or None where it has landed already.

    Raises:
        IncompleteDelivery: it cannot be taken yet, or ever; nothing but its control file was brought.
        ConnectionFailed: it did not come.
    """
    name = delivery.entry.name
    if not delivery.entry.is_file:
        raise IncompleteDelivery("it is not a regular file; deliver a regular file under this name")
    text = folder.read(name + CONTROL_SUFFIX, MOST_OF_CONTROL) if delivery.has_control else None
    control = read_control(text, delivery.entry.size)
    target = landing_dir(home, contract, delivery.extract_date)
    if text is None or is_landed(control, target) or not is_new(control, target):
        return None
    clear_fetched(home, contract)
    directory = _fetched_dir(home, contract)
    for private in (directory.parent, directory):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / name
    with path.open("xb") as handle:
        folder.copy(name, handle, control.bytes)
    control_path(path).write_bytes(text)
    return directory
