"""Takes complete extracts from the inbox and keeps their bytes, write-once, each with a receipt.

Rows are not read here: `parse.py` checks the contract. An extract that it rejected can be replaced by a corrected one
of the same date.
"""

import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sources.base.errors import ExtractDamaged, IncompleteDelivery
from sources.contracts.contract import Contract
from sources.landing.receipts import CONFIRMED, RECEIPT, is_intact, landing_dir, read_receipt
from sources.landing.taking import check_and_copy, opened, take_away

REJECTED = "rejected.json"
CONTROL_SUFFIX = ".control.json"
# Bytes of a control file that are read; a file with so many bytes is not a valid control file.
MOST_OF_CONTROL = 10_001
_CONTROL_FORM = '{"rows": count, "bytes": count, "sha256": "hex"}'
_AROUND_END = b"\x00\x1a\r\n\t "


@dataclass(frozen=True)
class LandingResult:
    """The extract dates that landed now, and a warning about each file that was not taken."""

    landed: tuple[date, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """The content of an extract's control file; its owner may confirm an unusual number of rows."""

    rows: int
    bytes: int
    sha256: str
    is_volume_confirmed: bool = False


def land(
    home: Path,
    contract: Contract,
    business_date: date,
    directory: Path | None = None,
    only: Collection[str] | None = None,
) -> LandingResult:
    """Take every complete extract of a source up to the business date; the same file twice changes nothing.

    Without an agreement in force nothing is taken; `load_raw` warns about it.

    Args:
        home: a `$FIL_HOME`.
        contract: the source's contract.
        business_date: of the night.
        directory: where the extracts are; by default the source's inbox.
        only: the names of the files to take; by default all.
    """
    landed: list[date] = []
    warnings: list[str] = []
    if contract.gap(business_date):
        return LandingResult((), ())
    inbox = directory or home / "inbox" / contract.source
    for path in sorted(inbox.glob("*")) if inbox.is_dir() else []:
        if only is not None and path.name not in only:
            continue
        extract_date = contract.delivery.date_of(path.name)
        if extract_date is None:
            warnings += _misnamed_warning(path, contract)
            continue
        if extract_date > business_date:
            continue
        try:
            if contract.gap(extract_date):
                raise IncompleteDelivery(f"on its date {contract.gap(extract_date)}")
            control = announced(path)
            with opened(path) as file:
                land_one(file, control, landing_dir(home, contract, extract_date), contract, extract_date)
                landed.append(extract_date)
                # The original is kept in landing; a second copy of personal data is not needed.
                warnings += _take_away(path, file, contract, control)
        except (IncompleteDelivery, ExtractDamaged, PermissionError) as reason:
            why = "Fil may not read it; give this user read access" if isinstance(reason, PermissionError) else reason
            warnings.append(f"{contract.source}: {path.name} was not taken: {why}")
    return LandingResult(tuple(landed), tuple(warnings))


def _take_away(path: Path, file: BinaryIO, contract: Contract, control: Control) -> list[str]:
    """Remove a landed file from the inbox, unless it was delivered again meanwhile; return a warning then."""
    try:
        is_same_control = announced(path) == control
    except IncompleteDelivery:
        is_same_control = False
    if not (is_same_control and take_away(path, file)):
        return [f"{contract.source}: {path.name} was delivered again while Fil took it: the next night checks it"]
    control_path(path).unlink(missing_ok=True)
    return []


def control_path(path: Path) -> Path:
    """The path of an extract's control file."""
    return path.with_name(path.name + CONTROL_SUFFIX)


def _misnamed_warning(path: Path, contract: Contract) -> list[str]:
    """A warning about a file whose name does not match the contract; the name itself may contain personal data."""
    if path.name.startswith(".") or path.name.endswith(CONTROL_SUFFIX):
        return []
    expected = contract.delivery.file_pattern.replace("{date}", "AAAAMMDD")
    return [f"{contract.source}: a file in its inbox was not taken: its name is not {expected}; rename it"]


def announced(path: Path) -> Control:
    """Read the control file of an extract, and compare the extract's size with it.

    Raises:
        IncompleteDelivery: the extract can't be taken.
    """
    if path.is_symlink() or not path.is_file():
        raise IncompleteDelivery("it is not a regular file; deliver a regular file under this name")
    return read_control(_beginning(control_path(path)), path.stat().st_size)


def _beginning(path: Path) -> bytes | None:
    try:
        with opened(path) as file:
            return file.read(MOST_OF_CONTROL)
    except IncompleteDelivery:
        return None


def read_control(text: bytes | None, size: int) -> Control:
    """Parse the control file of an extract of `size` bytes; for a file that is too large, its beginning is enough.

    Raises:
        IncompleteDelivery: there is no control file, it is not valid, or it announces another size.
    """
    if text is None:
        raise IncompleteDelivery(
            "it has no control file, so it may be incomplete; write the control file after the extract"
        )
    control = _parsed(text)
    if size != control.bytes:
        raise IncompleteDelivery(f"{size} bytes found, {control.bytes} announced by its control file; deliver it again")
    return control


def _parsed(data: bytes) -> Control:
    try:
        # Windows adds a byte order mark before the text, and some transfers add an end mark after it.
        text = data.rstrip(_AROUND_END).decode("utf-8-sig")
        if "\x00" in text:
            raise UnicodeError
    except UnicodeError:
        raise IncompleteDelivery(f"its control file is not UTF-8; write it again as {_CONTROL_FORM}") from None
    try:
        if len(data) >= MOST_OF_CONTROL:
            raise ValueError
        content = json.loads(text)
        rows, size, digest = content["rows"], content["bytes"], content["sha256"]
        # `true` and 3.0 are not counts, so bool and float are excluded.
        if type(rows) is not int or type(size) is not int or rows < 0 or not isinstance(digest, str):
            raise ValueError
        confirmed = content.get(CONFIRMED, False)
        if not isinstance(confirmed, bool):
            raise ValueError
        return Control(rows, size, digest.lower(), confirmed)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise IncompleteDelivery(f"its control file must be {_CONTROL_FORM}; write it again") from None


def land_one(
    file: BinaryIO,
    control: Control,
    directory: Path,
    contract: Contract,
    extract_date: date,
    more: Mapping[str, str] | None = None,
) -> None:
    """Keep a complete file as the extract of a date, with a receipt.

    The bytes are read once: the same bytes are compared with the control file and kept.

    Args:
        file: the extract, open.
        control: the content of its control file.
        directory: the landing directory of its date.
        contract: the source's contract.
        extract_date: of the extract.
        more: fields to add to the receipt.

    Raises:
        IncompleteDelivery: the file differs from its control file, or another file of that date has landed and was not
            rejected.
        ExtractDamaged: the receipt of an earlier extract of that date is lost or damaged.
    """
    if not is_new(control, directory):
        check_and_copy(file, control.bytes, control.sha256)
        return
    staging = directory.with_name(f".{directory.name}.part")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        _stage(file, control, staging, _receipt(Path(file.name).name, control, contract, extract_date, more or {}))
        _set_rejected_aside(directory)
        staging.rename(directory)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    _sync(directory.parent)


def _receipt(
    name: str, control: Control, contract: Contract, extract_date: date, more: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "source": contract.source,
        "extract_date": extract_date.isoformat(),
        "file": name,
        "sha256": control.sha256,
        "bytes": control.bytes,
        "rows": control.rows,
        **({CONFIRMED: True} if control.is_volume_confirmed else {}),
        "landed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **more,
    }


def _stage(file: BinaryIO, control: Control, staging: Path, receipt: Mapping[str, Any]) -> None:
    original = staging / str(receipt["file"])
    check_and_copy(file, control.bytes, control.sha256, original)
    (staging / RECEIPT).write_text(json.dumps(receipt, indent=2) + "\n", encoding="utf-8")
    for path in (original, staging / RECEIPT, staging):
        _sync(path)


def is_new(control: Control, directory: Path) -> bool:
    """Whether the announced file must be kept as the extract of a date; False if it has landed already.

    Raises:
        IncompleteDelivery: another file of that date has landed and was not rejected.
        ExtractDamaged: the receipt of an earlier extract of that date is lost or damaged.
    """
    if not directory.exists():
        return True
    receipt, is_rejected = read_receipt(directory), (directory / REJECTED).exists()
    is_same = receipt["sha256"] == control.sha256 and is_intact(directory)
    if is_same and (_control_of(receipt) == control or not is_rejected):
        return False
    if not is_rejected:
        raise IncompleteDelivery(
            "another file of this date has already landed, and originals are never replaced; "
            "deliver the correction with a later date"
        )
    return True


def is_landed(control: Control, directory: Path) -> bool:
    """Whether the announced file is the good extract of a date, by its receipt; the original is not read."""
    is_good = (directory / RECEIPT).exists() and not (directory / REJECTED).exists()
    return is_good and bool(read_receipt(directory)["sha256"] == control.sha256)


def _control_of(receipt: Mapping[str, Any]) -> Control:
    return Control(receipt["rows"], receipt["bytes"], receipt["sha256"], receipt[CONFIRMED])


def _set_rejected_aside(directory: Path) -> None:
    """Rename the directory of a rejected extract, so that the corrected one takes its place; both are kept."""
    if directory.exists():
        count = len(list(directory.parent.glob(f"{directory.name}.rejected-*")))
        directory.rename(directory.with_name(f"{directory.name}.rejected-{count + 1}"))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
