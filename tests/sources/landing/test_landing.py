"""What is taken from the inbox, and what is left there with why."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.landing.receipts import landing_dir
from sources.loading.raw_tables import load_raw
from sources.parsing.parse import parse
from tests.support.extracts import DAY, PADRO_FILE, PADRO_LINE, Deliver, many, padro_file, padro_line, work


def test_a_delivery_without_control_file_is_left(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE), control=False)
    result = land(tmp_path, padro, DAY)
    assert result.landed == ()
    assert "may be incomplete" in result.warnings[0]


def test_a_delivery_shorter_than_announced_is_left(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    path = deliver("padro", PADRO_FILE, padro_file(*many(3)))
    path.write_bytes(path.read_bytes()[:-10])
    assert "announced" in land(tmp_path, padro, DAY).warnings[0]


def test_the_same_delivery_twice_changes_nothing(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    receipt = (landing_dir(tmp_path, padro, DAY) / "receipt.json").read_bytes()
    land(tmp_path, padro, DAY)
    assert (landing_dir(tmp_path, padro, DAY) / "receipt.json").read_bytes() == receipt


def test_another_file_of_a_landed_date_is_refused(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    deliver("padro", PADRO_FILE, padro_file(*many(2)))
    assert "originals are never replaced" in land(tmp_path, padro, DAY).warnings[0]
    assert (landing_dir(tmp_path, padro, DAY) / PADRO_FILE).read_bytes() == padro_file(PADRO_LINE)


def test_the_corrected_file_of_a_rejected_date_is_taken(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    bad = padro_file(padro_line(at_250=b"9"))
    deliver("padro", PADRO_FILE, bad)
    land(tmp_path, padro, DAY)
    assert "unknown_code:sexo 1" in str(parse(tmp_path, padro, DAY)[0].rejected)
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, padro, DAY).warnings == ()
    assert [result.rows_loaded for result in parse(tmp_path, padro, DAY)] == [1]
    assert (tmp_path / "landing" / "padro" / f"{DAY}.rejected-1" / PADRO_FILE).read_bytes() == bad
    with work() as connection:
        assert load_raw(connection, tmp_path, padro, DAY).warnings == ()


def test_a_later_extract_is_not_seen(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, padro, DAY - timedelta(days=1)).landed == ()


@pytest.mark.parametrize(
    "control",
    [
        "",
        "[]",
        "[" * 200_000,
        '{"rows": 1, "bytes": Infinity, "sha256": "0"}',
        '{"rows": 1, "bytes": 342.0, "sha256": "0"}',
        '{"rows": "1", "bytes": 342, "sha256": "0"}',
        '{"rows": true, "bytes": 342, "sha256": "0"}',
        '{"rows": -1, "bytes": 342, "sha256": "0"}',
        '{"bytes": 342, "sha256": "0"}',
        '{"rows": 1, "bytes": 342, "sha256": null}',
        "\x00",
    ],
)
def test_a_control_file_of_another_form_leaves_the_delivery(
    tmp_path: Path, padro: Contract, deliver: Deliver, control: str
) -> None:
    path = deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    path.with_name(PADRO_FILE + ".control.json").write_text(control)
    result = land(tmp_path, padro, DAY)
    assert result.landed == ()
    assert "its control file must be" in result.warnings[0]


def test_what_is_no_file_is_left_with_a_warning_and_the_rest_is_taken(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    good = deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    inbox = good.parent
    (inbox / "padro_habitants_20260501.txt").mkdir()
    (inbox / "padro_habitants_20260502.txt").symlink_to(inbox / "nowhere")
    os.mkfifo(inbox / "padro_habitants_20260503.txt")
    (inbox / "padro_habitants_20260430.txt").write_bytes(b"x")
    (inbox / "padro_habitants_20260430.txt.control.json").mkdir()
    result = land(tmp_path, padro, DAY)
    assert result.landed == (DAY,)
    assert len(result.warnings) == 4


def test_a_link_to_a_file_elsewhere_is_not_followed(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    delivered = deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    elsewhere = tmp_path / "elsewhere"
    delivered.rename(elsewhere)
    delivered.symlink_to(elsewhere)
    result = land(tmp_path, padro, DAY)
    assert (result.landed, "it is not a regular file" in result.warnings[0]) == ((), True)
    assert elsewhere.exists()


def test_a_date_before_the_agreement_is_not_taken(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", "padro_habitants_19000101.txt", padro_file(PADRO_LINE))
    result = land(tmp_path, padro, DAY)
    assert (result.landed, "its agreement begins on 2026-01-01" in result.warnings[0]) == ((), True)


def test_a_control_file_that_announced_wrong_rows_can_be_corrected_alone(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE), rows=7)
    land(tmp_path, padro, DAY)
    assert "1 row found, 7 announced" in str(parse(tmp_path, padro, DAY)[0].rejected)
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, padro, DAY).warnings == ()
    assert [result.rows_loaded for result in parse(tmp_path, padro, DAY)] == [1]
