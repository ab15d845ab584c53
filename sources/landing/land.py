"""From inbox to landing: complete deliveries are kept as they came, write-once, each with a receipt.

Nothing here looks into a row; whether an extract keeps its contract is said by `parse.py`, and one that it rejected
gives way to a corrected delivery of its date.
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
from sources.landing.taking import hold, opened, take_away

REJECTED = "rejected.json"
CONTROL_SUFFIX = ".control.json"
# So much of a control file is read; one as long as that is none.
MOST_OF_CONTROL = 10_001
_CONTROL_FORM = '{"rows": count, "bytes": count, "sha256": "hex"}'
_AROUND_END = b"\x00\x1a\r\n\t "


@dataclass(frozen=True)
class LandingResult:
    """The extract dates that landed now, and what was left in the inbox, with why."""

    landed: tuple[date, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """What a delivery's control file announces; its owner may confirm that so few or so many rows are meant."""

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
    """Take every complete delivery of a source up to the business date; the same one twice changes nothing.

    Deliveries are in the source's inbox unless another directory is named. `only` names the files to look at, and
    leaves what is still being written beside them alone. A source without an agreement in force is left alone, too;
    `load_raw` says so.
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
            warnings += _unknown(path, contract)
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
                # Its original is in landing, write-once; a second copy of people's data has no use here.
                warnings += _take_away(path, file, contract, control)
        except (IncompleteDelivery, ExtractDamaged, PermissionError) as reason:
            why = "Fil may not read it; give this user read access" if isinstance(reason, PermissionError) else reason
            warnings.append(f"{contract.source}: {path.name} was not taken: {why}")
    return LandingResult(tuple(landed), tuple(warnings))


def _take_away(path: Path, file: BinaryIO, contract: Contract, control: Control) -> list[str]:
    """Clear the inbox of what has landed, and leave what was delivered meanwhile under the same name."""
    try:
        is_same_control = announced(path) == control
    except IncompleteDelivery:
        is_same_control = False
    if not (is_same_control and take_away(path, file)):
        return [f"{contract.source}: {path.name} was delivered again while Fil took it: the next night checks it"]
    control_path(path).unlink(missing_ok=True)
    return []


def control_path(path: Path) -> Path:
    """Where the control file of a delivery is."""
    return path.with_name(path.name + CONTROL_SUFFIX)


def _unknown(path: Path, contract: Contract) -> list[str]:
    """What to say of a file that is not named as its contract says; its own name could be anything."""
    if path.name.startswith(".") or path.name.endswith(CONTROL_SUFFIX):
        return []
    expected = contract.delivery.file_pattern.replace("{date}", "AAAAMMDD")
    return [f"{contract.source}: a file in its inbox was not taken: its name is not {expected}; rename it"]


def announced(path: Path) -> Control:
    """What the control file of a delivery says, if the delivery is of the size that it announces.

    Raises:
        IncompleteDelivery: it cannot be taken yet, or ever.
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
    """What the control file of a delivery of `size` bytes says; of a file that is too large, its beginning will do.

    Raises:
        IncompleteDelivery: there is none, it is of another form, or announces another size.
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
        # Windows puts a byte order mark before the text, and some transfers an end mark behind it.
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
        # In JSON true is no number, and 3.0 no count.
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
    noted: Mapping[str, str] | None = None,
) -> None:
    """Keep a complete file as the extract of a date, with a receipt that carries what else is to be noted.

    What is kept is the bytes that were held against the control file, read once.

    Raises:
        IncompleteDelivery: it is not what its control file announces, or another file of that date has landed before,
            and was not rejected.
        ExtractDamaged: the receipt of what has landed before is lost or damaged.
    """
    if not is_new(control, directory):
        hold(file, control.bytes, control.sha256)
        return
    staging = directory.with_name(f".{directory.name}.part")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        _stage(file, control, staging, _receipt(Path(file.name).name, control, contract, extract_date, noted or {}))
        _set_rejected_aside(directory)
        staging.rename(directory)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    _sync(directory.parent)


def _receipt(
    name: str, control: Control, contract: Contract, extract_date: date, noted: Mapping[str, str]
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
        **noted,
    }


def _stage(file: BinaryIO, control: Control, staging: Path, receipt: Mapping[str, Any]) -> None:
    original = staging / str(receipt["file"])
    hold(file, control.bytes, control.sha256, original)
    (staging / RECEIPT).write_text(json.dumps(receipt, indent=2) + "\n", encoding="utf-8")
    for written in (original, staging / RECEIPT, staging):
        _sync(written)


def is_new(control: Control, directory: Path) -> bool:
    """Whether what a control file announces is to be kept as the extract of a date, and is not what has landed already.

    Raises:
        IncompleteDelivery: another file of that date has landed before, and was not rejected.
        ExtractDamaged: the receipt of what has landed before is lost or damaged.
    """
    if not directory.exists():
        return True
    known, is_rejected = read_receipt(directory), (directory / REJECTED).exists()
    is_same = known["sha256"] == control.sha256 and is_intact(directory)
    if is_same and (_told(known) == control or not is_rejected):
        return False
    if not is_rejected:
        raise IncompleteDelivery(
            "another file of this date has already landed, and originals are never replaced; "
            "deliver the correction with a later date"
        )
    return True


def is_landed(control: Control, directory: Path) -> bool:
    """Whether what a control file announces is, by its receipt, the good extract of a date; no original is read."""
    is_good = (directory / RECEIPT).exists() and not (directory / REJECTED).exists()
    return is_good and bool(read_receipt(directory)["sha256"] == control.sha256)


def _told(receipt: Mapping[str, Any]) -> Control:
    return Control(receipt["rows"], receipt["bytes"], receipt["sha256"], receipt[CONFIRMED])


def _set_rejected_aside(directory: Path) -> None:
    """Make room for the corrected delivery of an extract that was rejected; the rejected one is kept beside it."""
    if directory.exists():
        count = len(list(directory.parent.glob(f"{directory.name}.rejected-*")))
        directory.rename(directory.with_name(f"{directory.name}.rejected-{count + 1}"))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
