"""Homes that somebody altered behind Fil's back: the next night ends in the same bytes, and follows no link out."""

import os
from pathlib import Path

import pytest

from tests.support.nights import DAY, assert_no_leak, assert_plain, assert_the_same, nightly

# Whole nights that take minutes: `make test-long`.
pytestmark = pytest.mark.long

FUTURE = 2_600_000_000
# Each is moved out of the home, and a link to it left in its place.
LINKED = (f"exports/attention/{DAY}", f"published/{DAY}", f"history/{DAY}", f"backup/{DAY}", "exports/campaigns")
BEHIND = ("commits", "accesses", "deliveries")


def move_out_and_link(home: Path, place: str, elsewhere: Path) -> None:
    moved = elsewhere / place.replace("/", "_")
    (home / place).rename(moved)
    (home / place).symlink_to(moved)


def test_links_strays_repeated_lines_and_clocks_change_nothing(first_night: Path, home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for place in LINKED:
        move_out_and_link(home, place, elsewhere)
    (home / "published" / "current").unlink()
    (home / "published" / "current").symlink_to("/etc")
    (home / "published" / ".staging-2026-01-01").symlink_to(elsewhere)
    (home / "backup" / ".2026-01-01.new").symlink_to(elsewhere)
    (home / "exports" / "attention" / "2026-01-01").write_text("a file")
    for stray in ("history/2026-99-99", "published/2026-99-99", "exports/attention/2026-99-99", "raw/padro/nothing"):
        (home / stray).mkdir(parents=True)
    for kind in BEHIND:
        journal = home / "registry" / "journal" / f"{kind}.jsonl"
        journal.write_bytes(journal.read_bytes() * 2 if journal.exists() else b"")
    before = {
        path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file() and "campaigns" not in str(path)
    }
    for path in home.rglob("*"):
        os.utime(path, (FUTURE, FUTURE), follow_symlinks=False)
    result = nightly(home)
    assert result.returncode == 0, result.stderr
    assert_plain(result)
    assert_the_same(home, first_night)
    assert_no_leak(home, result.stdout, result.stderr)
    assert {path: path.read_bytes() for path in before} == before, "what a link led to is as it was"
