"""A fixed-width extract through landing and parsing: each field, each refusal, and what rejects it whole."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sources.base.errors import ExtractDamaged
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.landing.receipts import landing_dir
from sources.loading.raw_tables import load_raw
from sources.parsing.parse import parse
from tests.support.extracts import DAY, PADRO_FILE, PADRO_LINE, Deliver, many, padro_file, padro_line, rows, work


def test_each_field_is_cut_where_the_layout_says(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    assert len(PADRO_LINE) == 340
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    assert land(tmp_path, padro, DAY).landed == (DAY,)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_in, result.rows_loaded, result.rejected) == (1, 1, None)
    (row,) = rows(tmp_path, "raw", "padro", "habitants")
    expected = {
        "fvar": "20240115", "cvar": "A", "cauv": "AC", "cpro": "08", "cmun": "019", "dist": "02", "secc": "081",
        "tvia": "CALLE", "nvia": "BALMES", "numer": "0012", "plan": "002", "puer": "0001", "cpos": "08007",
        "nhop": "0000000042", "nia": "000000000000777", "nomb": "NÚRIA", "part1": "DE", "ape1": "MUÑOZ", "ape2": "PUIG",
        "sexo": "6", "fnac": "19800200", "naci": "108", "tide": "1", "iden": "00000014Z", "falta": "20100901",
        "barri": "07", "aeb": "101", "x_etrs89": "043046250", "y_etrs89": "0458281810",
        "_source_key": "000000000000777",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["part2"] is None
    assert row["fcadu"] is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (padro_line("000000000000001", at_250=b"9"), "unknown_code:sexo"),
        (padro_line("000000000000001", at_251=b"20261332"), "bad_date:fnac"),
        (padro_line("000000000000001", at_251=b"00000000"), "bad_date:fnac"),
        (padro_line("000000000000001", at_251=b"20260505"), "future_date:fnac"),
        (padro_line("000000000000001", at_251=b"20991231"), "future_date:fnac"),
        (padro_line("000000000000001", at_178=b" " * 20), "missing:nomb"),
        (padro_line(" " * 15), "missing:nia"),
        (padro_line("000000000000001")[:-1], "bad_length"),
        (padro_line("000000000000001") + b" ", "bad_length"),
        (padro_line("000000000000001", at_180=b"\x8a"), "bad_encoding"),
    ],
)
def test_a_bad_line_is_kept_with_its_reason(
    tmp_path: Path, padro: Contract, deliver: Deliver, bad: bytes, reason: str
) -> None:
    deliver("padro", PADRO_FILE, padro_file(*many(200), bad))
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_in, result.rows_loaded, result.rows_quarantined) == (201, 200, 1)
    (refused,) = rows(tmp_path, "quarantine", "padro", "habitants")
    assert (refused["line_number"], refused["reason"]) == (201, reason)
    assert refused["original_line"] == bad.decode("latin-1")


def test_of_one_key_with_two_contents_none_is_loaded(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    lines = [*many(400), padro_line("000000000000001"), padro_line("000000000000001", at_250=b"1")]
    deliver("padro", PADRO_FILE, padro_file(*lines))
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_loaded, result.reasons) == (400, {"duplicate_key": 2})


def test_of_one_line_twice_one_is_loaded(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    lines = [*many(400), padro_line("000000000000001"), padro_line("000000000000001")]
    deliver("padro", PADRO_FILE, padro_file(*lines))
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert (result.rows_loaded, result.reasons) == (401, {"duplicate_row": 1})


@pytest.mark.parametrize(
    ("content", "announced", "why"),
    [
        (padro_file(*many(10)).decode("latin-1").encode("utf-8"), None, "it is in UTF-8, iso-8859-1 is expected"),
        (padro_file(*many(10)).replace(b"\xda", b"\x9a"), None, "bad_encoding 10"),
        (padro_file(*many(10))[:-700], 10, "announced"),
        (padro_file(*(line.replace(b"108", b"10x")[:250] for line in many(10))), None, "bad_length"),
        (b"", 0, "at least 1"),
    ],
    ids=["utf-8", "cp1252", "truncated", "shifted", "empty"],
)
def test_a_bad_extract_is_rejected_and_the_last_good_one_used(
    tmp_path: Path, padro: Contract, deliver: Deliver, content: bytes, announced: int | None, why: str
) -> None:
    yesterday = DAY - timedelta(days=1)
    deliver("padro", "padro_habitants_20260503.txt", padro_file(*many(3)))
    deliver("padro", PADRO_FILE, content, rows=announced)
    land(tmp_path, padro, DAY)
    results = {result.extract_date: result for result in parse(tmp_path, padro, DAY)}
    assert results[yesterday].rejected is None
    assert why in str(results[DAY].rejected)
    assert "MUÑOZ" not in str(results[DAY].rejected)
    with work() as connection:
        loaded = load_raw(connection, tmp_path, padro, DAY)
    assert (loaded.rows, loaded.extract_dates, loaded.staleness_days) == (3, (yesterday,), 1)
    assert why in loaded.warnings[0]
    assert parse(tmp_path, padro, DAY) == []


def test_a_contract_of_another_version_judges_a_rejected_extract_anew(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    deliver("padro", PADRO_FILE, padro_file(padro_line(at_250=b"9")))
    land(tmp_path, padro, DAY)
    parse(tmp_path, padro, DAY)
    assert parse(tmp_path, padro, DAY) == []
    fields = tuple(replace(field, codes=("1", "6", "9")) if field.name == "sexo" else field for field in padro.fields)
    wider = replace(padro, version="9.0.0", fields=fields)
    assert [result.rows_loaded for result in parse(tmp_path, wider, DAY)] == [1]


def test_a_fault_of_the_engine_rejects_no_extract(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(*many(3)))
    land(tmp_path, padro, DAY)
    (tmp_path / "raw").write_text("a file where a directory should be")
    with pytest.raises(OSError, match="raw"):
        parse(tmp_path, padro, DAY)
    assert not (landing_dir(tmp_path, padro, DAY) / "rejected.json").exists()


def test_an_original_that_was_changed_after_it_landed_is_rejected(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    (landing_dir(tmp_path, padro, DAY) / PADRO_FILE).write_bytes(padro_file(*many(1)))
    assert "changed after it landed" in str(parse(tmp_path, padro, DAY)[0].rejected)


def test_an_inscription_may_expire_in_the_future(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(padro_line(at_303=b"20280630"), padro_line("000000000000001")))
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert result.rows_loaded == 2


def test_a_torn_note_of_a_rejection_judges_the_extract_anew(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(padro_line(at_250=b"9")))
    land(tmp_path, padro, DAY)
    (landing_dir(tmp_path, padro, DAY) / "rejected.json").write_text('{"reason": ')
    assert "unknown_code:sexo 1" in str(parse(tmp_path, padro, DAY)[0].rejected)


def test_a_lost_receipt_is_named(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    (landing_dir(tmp_path, padro, DAY) / "receipt.json").write_text("{")
    with pytest.raises(ExtractDamaged, match=r"receipt.json is lost or damaged: move 2026-05-04 out of landing"):
        parse(tmp_path, padro, DAY)


def test_directories_that_are_no_dates_are_passed_over(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", PADRO_FILE, padro_file(PADRO_LINE))
    land(tmp_path, padro, DAY)
    for name in ("abcd-ef-gh", "2026-13-45"):
        (tmp_path / "landing" / "padro" / name).mkdir()
    assert [result.rows_loaded for result in parse(tmp_path, padro, DAY)] == [1]


def test_rows_stay_in_the_order_of_their_lines(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    """More lines than are read at a time, among them empty ones, refused ones and repeated ones."""
    lines = many(130_000)
    lines[70_000:70_000] = [
        b"",
        lines[5],
        padro_line("000000000900001", at_250=b"9"),
        padro_line("000000000900002")[:99],
    ]
    deliver("padro", PADRO_FILE, padro_file(*lines), rows=130_003)
    land(tmp_path, padro, DAY)
    (result,) = parse(tmp_path, padro, DAY)
    assert result.reasons == {"bad_length": 1, "duplicate_row": 1, "unknown_code:sexo": 1}
    good = rows(tmp_path, "raw", "padro", "habitants", "_line_number, nia")
    assert [row["_line_number"] for row in good] == [*range(1, 70_001), *range(70_005, 130_005)]
    assert good[70_000]["nia"] == f"{71_000:015d}"
    refused = rows(tmp_path, "quarantine", "padro", "habitants")
    assert [(row["line_number"], row["original_line"].encode("latin-1")) for row in refused] == [
        (number, lines[number - 1]) for number in (70_002, 70_003, 70_004)
    ]
    assert (refused[2]["fields"]["nomb"], refused[2]["fields"]["nia"]) == (None, None)
