"""Finds what is on the disk without encryption although the hub has a key, and whether the disk itself is encrypted."""

import os
import stat
import sys
from pathlib import Path

from orchestration.home.home import Home

# Under FIL_HOME; the README has the same list as text.
UNCOVERED = (
    "inbox", "fetched", "tmp*", "landing", "raw", "quarantine", "exports", "registry", "registry.duckdb*", "backup",
    "models", "draws", "truth", "work/spark", "work/rehearsal", "work.duckdb.tmp",
)  # fmt: skip
_SYS = Path("/sys")
_MOUNTS = Path("/proc/self/mountinfo")


def uncovered_here(home: Home) -> list[str]:
    """The existing places that the key does not cover."""
    return [place for place in UNCOVERED if any(home.directory.glob(place))]


def is_on_encrypted_disk(path: Path, mounts: Path = _MOUNTS) -> bool | None:
    """Whether this machine encrypts every device under a file system (dm-crypt); None if unknown.

    Unknown are file systems of a network or in memory, those that encrypt by themselves, and systems other than Linux.
    """
    if sys.platform != "linux":
        return None
    number = path.stat().st_dev
    # Some file systems, such as btrfs, have a number of their own; the list of mounts has their device.
    device = (os.major(number), os.minor(number)) if os.major(number) else _mounted(number, mounts)
    if device is None:
        return None
    return is_encrypted_device(_SYS / "dev" / "block" / f"{device[0]}:{device[1]}")


def _mounted(number: int, mounts: Path) -> tuple[int, int] | None:
    """The device of a mount, by the number that its files have."""
    try:
        lines = [line.split() for line in mounts.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return None
    for words in lines:
        if words[2] == f"{os.major(number)}:{os.minor(number)}":
            try:
                status = Path(words[words.index("-") + 2]).stat()
            except OSError:
                return None
            return (os.major(status.st_rdev), os.minor(status.st_rdev)) if stat.S_ISBLK(status.st_mode) else None
    return None


def is_encrypted_device(device: Path) -> bool | None:
    """Whether a device of /sys is encrypted: itself, or all devices that it is made of."""
    if not device.exists() or (device / "loop").exists():
        return None
    if (device / "partition").exists():
        device = device.resolve().parent
    mapped = device / "dm" / "uuid"
    if mapped.exists() and mapped.read_text(encoding="utf-8").startswith("CRYPT-"):
        return True
    parts = [is_encrypted_device(part) for part in sorted((device / "slaves").glob("*"))]
    if None in parts:
        return None
    return bool(parts) and all(parts)
