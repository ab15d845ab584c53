"""Files that are swapped, linked, spoilt or half lost around the landing: the good one is never lost for another."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing import land as landing
from sources.landing.land import land
from sources.landing.receipts import RECEIPT, landing_dir
from sources.loading.raw_tables import load_raw
from sources.parsing.parse import parse
from tests.support.extracts import DAY, PADRO_FILE, PADRO_LINE, many, padro_file, padro_line, work
from tests.support.nights import deliver
from tests.support.published_home import Fil

GOOD = padro_file(PADRO_LINE)
# Of as many bytes, and of somebody else.
OTHER = padro_file(padro_line("000000000000778"))


@pytest.fixture
def padro() -> Contract:
    return {contract.source: contract for contract in load_contracts()}["padro"]


def put(home: Path, content: bytes = GOOD) -> Path:
    deliver(home, "padro", PADRO_FILE, content)
    return home / "inbox" / "padro" / PADRO_FILE


def swap(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(OTHER)
    other.replace(path)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(OTHER)


def link(path: Path) -> None:
    elsewhere = path.parent.parent / "elsewhere"
    elsewhere.write_bytes(GOOD)
    path.unlink()
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("change", [swap, overwrite, link])
def test_what_takes_a_files_place_after_it_was_announced_does_not_land(
    tmp_path: Path, padro: Contract, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    path = put(tmp_path)
    announced = landing.announced

    def then_changed(of: Path) -> landing.Control:
        control = announced(of)
        change(path)
        return control

    with monkeypatch.context() as patch:
        patch.setattr(landing, "announced", then_changed)
        result = land(tmp_path, padro, DAY)
    assert result.landed == ()
    assert "was not taken" in result.warnings[0]
    assert not list((tmp_path / "landing").rglob("*.txt")), "no part of it stays either"
    assert path.exists() and path.with_name(f"{PADRO_FILE}.control.json").exists()


def test_what_is_delivered_while_a_file_is_taken_stays_for_the_next_night(
    tmp_path: Path, padro: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path)
    kept = landing._set_rejected_aside

    def then_swapped(directory: Path) -> None:
        put(tmp_path, OTHER)
        kept(directory)

    with monkeypatch.context() as patch:
        patch.setattr(landing, "_set_rejected_aside", then_swapped)
        result = land(tmp_path, padro, DAY)
    assert result.landed == (DAY,)
    assert (landing_dir(tmp_path, padro, DAY) / PADRO_FILE).read_bytes() == GOOD
    assert path.read_bytes() == OTHER
    assert "was delivered again while Fil took it" in result.warnings[0]


def test_a_copy_of_what_has_landed_is_looked_at_before_it_is_removed(tmp_path: Path, padro: Contract) -> None:
    put(tmp_path)
    land(tmp_path, padro, DAY)
    path = put(tmp_path)
    overwrite(path)
    assert "its sha256 differs from the one in its control file" in land(tmp_path, padro, DAY).warnings[0]
    assert path.read_bytes() == OTHER


def spoilt(**replaced: object) -> Callable[[Path], None]:
    def spoil(receipt: Path) -> None:
        receipt.write_text(json.dumps(json.loads(receipt.read_text()) | replaced))

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        lambda receipt: receipt.write_text("{cut"),
        spoilt(sha256="0"),
        spoilt(rows="1"),
        spoilt(bytes=-1),
        spoilt(file="../../padro/other.txt"),
        spoilt(file=None),
        spoilt(extract_date="2026-05-03"),
        spoilt(source="atencions"),
        spoilt(watermark="yesterday"),
    ],
)
def test_a_damaged_receipt_is_noticed_and_nothing_lands_over_it(
    home: Path, fil: Fil, padro: Contract, spoil: Callable[[Path], None]
) -> None:
    put(home)
    land(home, padro, DAY)
    parse(home, padro, DAY)
    directory = landing_dir(home, padro, DAY)
    spoil(directory / RECEIPT)
    told = f"{directory / RECEIPT} is lost or damaged: move {DAY} out of landing and deliver that extract again"
    with work() as connection:
        assert any(told in warning for warning in load_raw(connection, home, padro, DAY).warnings)
    assert told in fil("doctor", "--date", f"{DAY}").out
    put(home, OTHER)
    assert told in land(home, padro, DAY).warnings[0]
    assert (directory / PADRO_FILE).read_bytes() == GOOD


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (spoilt(rows=2), "1 row found, 2 announced"),
        (spoilt(sha256="0" * 64), "its original was changed after it landed"),
        (spoilt(file=RECEIPT), "its original was changed after it landed"),
    ],
)
def test_a_receipt_that_was_edited_and_looks_sound_rejects_the_extract(
    tmp_path: Path, padro: Contract, edit: Callable[[Path], None], why: str
) -> None:
    put(tmp_path)
    land(tmp_path, padro, DAY)
    edit(landing_dir(tmp_path, padro, DAY) / RECEIPT)
    (result,) = parse(tmp_path, padro, DAY)
    assert why in str(result.rejected) and "deliver it again" in str(result.rejected)


def test_a_pipe_in_the_place_of_a_control_file_holds_nothing_up(tmp_path: Path, padro: Contract) -> None:
    path = put(tmp_path)
    control = path.with_name(f"{PADRO_FILE}.control.json")
    control.unlink()
    os.mkfifo(control)
    assert "it has no control file" in land(tmp_path, padro, DAY).warnings[0]


@pytest.mark.parametrize("mark", [b"\r", b"\xef\xbb\xbf"])
def test_half_a_lines_end_or_a_byte_order_mark_in_a_fixed_line_is_refused_with_its_line(
    tmp_path: Path, padro: Contract, mark: bytes
) -> None:
    put(tmp_path, padro_file(*many(200), padro_line("000000000000001", at_180=mark)))
    assert land(tmp_path, padro, DAY).landed == (DAY,)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.reasons, result.first_lines) == ({"bad_encoding": 1}, {"bad_encoding": (201,)})


def test_the_bytes_that_landed_are_those_of_the_receipt(tmp_path: Path, padro: Contract) -> None:
    put(tmp_path)
    land(tmp_path, padro, DAY)
    directory = landing_dir(tmp_path, padro, DAY)
    assert (directory / PADRO_FILE).read_bytes() == GOOD
    assert json.loads((directory / RECEIPT).read_text())["sha256"] == hashlib.sha256(GOOD).hexdigest()
    assert not list((tmp_path / "inbox" / "padro").iterdir())
