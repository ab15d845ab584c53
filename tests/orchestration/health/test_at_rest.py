"""Whether a disk is encrypted, as Linux tells of its devices, on hand-made copies of what it tells."""

import os
from pathlib import Path

import pytest

from orchestration.health.at_rest import is_encrypted_device, is_on_encrypted_disk

LUKS, LVM = "CRYPT-LUKS2-1f-home", "LVM-a8-home"


def device(sys: Path, name: str, uuid: str | None = None, *slaves: Path) -> Path:
    """A block device as it stands in /sys; `sda/sda1` is a partition of `sda`."""
    path = sys / name
    path.mkdir(parents=True)
    if "/" in name:
        (path / "partition").write_text("1\n")
    if uuid is not None:
        (path / "dm").mkdir()
        (path / "dm" / "uuid").write_text(f"{uuid}\n")
    for slave in slaves:
        (path / "slaves").mkdir(exist_ok=True)
        (path / "slaves" / slave.name).symlink_to(slave)
    return path


@pytest.fixture
def partition(tmp_path: Path) -> Path:
    return device(tmp_path, "sda/sda1")


def test_a_disk_and_its_partition_are_in_the_clear(tmp_path: Path, partition: Path) -> None:
    assert is_encrypted_device(tmp_path / "sda") is False
    assert is_encrypted_device(partition) is False


def test_a_volume_of_dm_crypt_and_what_is_made_of_it_are_encrypted(tmp_path: Path, partition: Path) -> None:
    crypt = device(tmp_path, "dm-0", LUKS, partition)
    assert is_encrypted_device(crypt) is True
    assert is_encrypted_device(device(tmp_path, "dm-1", LVM, crypt)) is True


def test_a_volume_of_two_disks_is_encrypted_if_both_are(tmp_path: Path, partition: Path) -> None:
    crypt = device(tmp_path, "dm-0", LUKS, partition)
    other = device(tmp_path, "sdb")
    assert is_encrypted_device(device(tmp_path, "dm-1", LVM, crypt, other)) is False
    assert is_encrypted_device(device(tmp_path, "dm-2", LVM, crypt, device(tmp_path, "dm-3", LUKS, other))) is True


def test_a_partition_of_an_encrypted_raid_is_encrypted(tmp_path: Path, partition: Path) -> None:
    crypt = device(tmp_path, "dm-0", LUKS, partition)
    device(tmp_path, "md0", None, crypt)
    assert is_encrypted_device(device(tmp_path, "md0/md0p1")) is True


def test_a_file_as_a_disk_and_a_device_that_is_not_told_of_are_unknown(tmp_path: Path) -> None:
    (device(tmp_path, "loop0") / "loop").mkdir()
    assert is_encrypted_device(tmp_path / "loop0") is None
    assert is_encrypted_device(device(tmp_path, "dm-0", LVM, tmp_path / "loop0")) is None
    assert is_encrypted_device(tmp_path / "253:9") is None


def test_what_is_mounted_from_no_device_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = tmp_path.stat().st_dev
    monkeypatch.setattr(os, "major", lambda device: 0)
    monkeypatch.setattr(os, "minor", lambda device: number)
    mounts = tmp_path / "mountinfo"
    for source in ("tmpfs", "server:/export", "/dev/null", "/dev/none"):
        mounts.write_text(f"36 25 0:{number} / {tmp_path} rw,relatime shared:1 - some {source} rw\n")
        assert is_on_encrypted_disk(tmp_path, mounts) is None
    assert is_on_encrypted_disk(tmp_path, tmp_path / "none") is None
