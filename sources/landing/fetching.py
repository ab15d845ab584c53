"""Copies complete new extracts from a source's connection and lands them, one by one.

`land.py` decides what is complete and what is kept. Nothing is changed at the connection.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sources.base.errors import ConnectionFailed, ExtractDamaged, FolderMissing, IncompleteDelivery
from sources.base.wording import counted
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
class _ListedExtract:
    """A listed file with a name that matches the contract."""

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
    """Land the extracts at a connection up to the business date; if it fails, the next night lands the rest.

    Args:
        connection: the source's connection.
        home: a `$FIL_HOME`.
        contract: the source's contract.
        business_date: of the night.
        silence_seconds: the connection has failed if it is silent for longer.
    """
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
        # A source without a folder in a shared connection delivers in another way, or not yet.
        if isinstance(reason, FolderMissing) and connection.subfolder:
            return LandingResult((), ())
        why = f"its connection {connection.setting} {reason}; the night continues with the landed extracts"
        warnings.append(f"{contract.source}: {why}")
    finally:
        clear_fetched(home, contract)
    return LandingResult(tuple(landed), tuple(warnings))


def clear_fetched(home: Path, contract: Contract) -> None:
    """Remove the source's copied files, also those of a killed night."""
    shutil.rmtree(_fetched_dir(home, contract), ignore_errors=True)


def look(connection: Connection, contract: Contract, silence_seconds: float) -> str:
    """A text with the number of extracts in a connection's folder.

    Raises:
        ConnectionFailed: the folder can't be listed.
    """
    with open_folder(connection, silence_seconds) as folder:
        entries = folder.entries()
    count = sum(contract.delivery.date_of(entry.name) is not None for entry in entries)
    expected = contract.delivery.file_pattern.replace("{date}", "AAAAMMDD")
    return f"can be listed: {counted(count, 'file')} named {expected}"


def _fetched_dir(home: Path, contract: Contract) -> Path:
    return home / "fetched" / contract.source


def _results(folder: Folder, home: Path, contract: Contract, business_date: date) -> Iterator[LandingResult]:
    """Land each extract in turn, and give its result."""
    entries = folder.entries()
    yield LandingResult((), tuple(_left_warnings(entries, contract, business_date)))
    for listed in _due(entries, contract, business_date):
        try:
            directory = _fetched(folder, listed, home, contract)
        except (IncompleteDelivery, ExtractDamaged) as reason:
            yield LandingResult((), (f"{contract.source}: {listed.entry.name} was not taken: {reason}",))
            continue
        if directory:
            yield land(home, contract, business_date, directory)


def _due(entries: tuple[Entry, ...], contract: Contract, business_date: date) -> Iterator[_ListedExtract]:
    """The extracts up to the business date with an agreement in force on their date."""
    files = {entry.name for entry in entries if entry.is_file}
    for entry in entries:
        extract_date = contract.delivery.date_of(entry.name)
        if extract_date and extract_date <= business_date and not contract.gap(extract_date):
            yield _ListedExtract(entry, extract_date, entry.name + CONTROL_SUFFIX in files)


def _left_warnings(entries: tuple[Entry, ...], contract: Contract, business_date: date) -> Iterator[str]:
    """Warnings about files that are never taken: one per cause, because the files may stay there for years."""
    delivery = contract.delivery
    dated = ((entry, delivery.date_of(entry.name)) for entry in entries)
    without_agreement = [entry for entry, day in dated if day and day <= business_date and contract.gap(day)]
    if without_agreement:
        yield (
            f"{contract.source}: not taken at its connection: {counted(len(without_agreement), 'file')} with a date on "
            "which no agreement is in force"
        )
    misnamed = [entry for entry in entries if _is_misnamed(entry, contract)]
    if misnamed:
        expected = delivery.file_pattern.replace("{date}", "AAAAMMDD")
        yield (
            f"{contract.source}: not taken at its connection: {counted(len(misnamed), 'file')} with a name other than "
            f"{expected}; ask its owner to correct it"
        )


def _is_misnamed(entry: Entry, contract: Contract) -> bool:
    if not entry.is_file or not entry.name or entry.name.startswith(".") or entry.name.endswith(CONTROL_SUFFIX):
        return False
    return contract.delivery.date_of(entry.name) is None


def _fetched(folder: Folder, listed: _ListedExtract, home: Path, contract: Contract) -> Path | None:
    """Copy one extract; return its directory, or None if it has landed already. The control file is written last.

    Raises:
        IncompleteDelivery: the extract can't be taken; only its control file was read.
        ConnectionFailed: the extract could not be copied.
    """
    name = listed.entry.name
    if not listed.entry.is_file:
        raise IncompleteDelivery("it is not a regular file; deliver a regular file under this name")
    text = folder.read(name + CONTROL_SUFFIX, MOST_OF_CONTROL) if listed.has_control else None
    control = read_control(text, listed.entry.size)
    target = landing_dir(home, contract, listed.extract_date)
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
