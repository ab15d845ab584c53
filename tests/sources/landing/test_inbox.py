"""What is seen to wait in an inbox, and when it counts as another delivery."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sources.contracts.contract import Contract
from sources.landing.inbox import waiting
from sources.landing.land import control_path, land
from sources.landing.receipts import landing_dir
from sources.parsing.parse import parse
from tests.support.extracts import DAY, PADRO_FILE, PADRO_LINE, Deliver, padro_file, padro_line


def test_a_complete_delivery_waits_until_it_has_landed(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    (arrival,) = waiting(tmp_path, padro, DAY)
    assert (arrival.source, arrival.file_name, arrival.extract_date) == ("padro", PADRO_FILE, DAY)
    assert arrival.can_land
    assert waiting(tmp_path, padro, DAY) == [arrival]
    land(tmp_path, padro, DAY)
    assert waiting(tmp_path, padro, DAY) == []
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert waiting(tmp_path, padro, DAY) == []


def test_what_is_half_written_to_come_or_of_another_name_does_not_wait(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    assert waiting(tmp_path, padro, DAY) == []
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE), control=False)
    deliver("padro", "padro_habitants_20260505.txt", padro_file(PADRO_LINE))
    deliver("padro", "padró definitiu.txt", padro_file(PADRO_LINE))
    assert waiting(tmp_path, padro, DAY) == []
    assert len(waiting(tmp_path, padro, DAY + timedelta(days=1))) == 1


def test_what_cannot_land_waits_for_its_files_to_change(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    path = deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    control = control_path(path).read_text()
    control_path(path).write_text("{}")
    (bad_control,) = waiting(tmp_path, padro, DAY)
    control_path(path).write_text(control)
    path.write_bytes(b"short")
    (bad_size,) = waiting(tmp_path, padro, DAY)
    path.write_bytes(padro_file(padro_line(nia="000000000000778")))
    (bad_sha,) = waiting(tmp_path, padro, DAY)
    assert land(tmp_path, padro, DAY).landed == ()
    assert waiting(tmp_path, padro, DAY) == [bad_sha]
    path.write_bytes(padro_file(PADRO_LINE))
    (good,) = waiting(tmp_path, padro, DAY)
    # The sum is told by landing alone: the inbox may be a slow share.
    assert [one.can_land for one in (bad_control, bad_size, bad_sha, good)] == [False, False, True, True]
    assert len({one.version for one in (bad_control, bad_size, bad_sha, good)}) == 4


def test_a_rejected_extract_waits_for_its_correction(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    bad = padro_file(padro_line(at_250=b"9"))
    deliver("padro", PADRO_FILE, bad)
    land(tmp_path, padro, DAY)
    assert parse(tmp_path, padro, DAY)[0].rejected
    deliver("padro", PADRO_FILE, bad)
    assert waiting(tmp_path, padro, DAY) == []
    deliver("padro", PADRO_FILE, bad, rows=7)
    (announced_otherwise,) = waiting(tmp_path, padro, DAY)
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    (corrected,) = waiting(tmp_path, padro, DAY)
    assert announced_otherwise.can_land and corrected.can_land
    assert announced_otherwise.version != corrected.version


def test_another_file_for_a_good_extract_can_not_land(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    parse(tmp_path, padro, DAY)
    deliver("padro", PADRO_FILE, padro_file(padro_line(nia="000000000000778")))
    assert [one.can_land for one in waiting(tmp_path, padro, DAY)] == [False]


def test_without_an_agreement_or_a_receipt_nothing_can_land(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert [one.can_land for one in waiting(tmp_path, replace(padro, agreement=None), DAY)] == [False]
    deliver("padro", "padro_habitants_20251231.txt", padro_file(PADRO_LINE))
    before, of_the_day = waiting(tmp_path, padro, DAY)
    assert (before.extract_date, before.can_land, of_the_day.can_land) == (date(2025, 12, 31), False, True)
    land(tmp_path, padro, DAY)
    (landing_dir(tmp_path, padro, DAY) / "receipt.json").write_text("{}")
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert [one.can_land for one in waiting(tmp_path, padro, DAY)] == [False, False]
