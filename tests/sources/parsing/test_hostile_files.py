"""Files that break readers, fill memory or lie about their form: each is rejected by name, and its date stays open."""

import json
import re
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.landing.receipts import landing_dir
from sources.parsing.parse import parse
from tests.sources.parsing.test_formats import NAMES, licence, parsed, procedure, workbook, xml
from tests.support.extracts import DAY, PADRO_FILE, Deliver, attention, attentions_file, many, padro_file, padro_line

CONTRACTS = {contract.source: contract for contract in load_contracts()}
VISITS, SUMMER, LICENCES, TRAMITS, TAXPAYERS = (
    CONTRACTS[source]
    for source in ("cita_previa", "activitats_estiu", "llicencies_via_publica", "tramits", "contribuents")
)
HEADER = ";".join(field.name.upper() for field in VISITS.fields)


def zipped(content: bytes, name: str = "a.csv", kind: int = ZIP_DEFLATED, beside: str | None = None) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", kind) as parts:
        parts.writestr(name, content)
        if beside:
            parts.writestr(beside, b"x")
    return target.getvalue()


def far_cell() -> bytes:
    """A small workbook with one cell in the last row and column that there are."""
    plain, target = workbook(licence("L1")), BytesIO()
    with ZipFile(BytesIO(plain)) as before, ZipFile(target, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            part = before.read(name)
            if name.endswith("sheet1.xml"):
                part = part.replace(
                    b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                )
            after.writestr(name, part)
    return target.getvalue()


def with_error_cell() -> bytes:
    plain, target = workbook(licence("L1")), BytesIO()
    with ZipFile(BytesIO(plain)) as before, ZipFile(target, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            part = before.read(name)
            if name.endswith("sheet1.xml"):
                part = re.sub(rb'<c (r="[A-Z]+[0-9]+"[^>]*)><v>12.5</v>', rb'<c \1 t="e"><v>#DIV/0!</v>', part)
                assert b"#DIV/0!" in part
            after.writestr(name, part)
    return target.getvalue()


def lzma_damaged() -> bytes:
    whole = bytearray(zipped(b"a;b\n" * 5000, kind=ZIP_LZMA))
    start = whole.index(b"a.csv") + 5
    whole[start + 9 : start + 40] = bytes(31)
    return bytes(whole)


@pytest.mark.parametrize(
    ("contract", "content", "why"),
    [
        (VISITS, f"{HEADER}\r{';' * 17}\r".encode(), "its first line is not a header"),
        (VISITS, b"A" * 200_000, "its first line is not a header"),
        (VISITS, zipped(b"x"), "it is a ZIP, but lines of text are expected"),
        (SUMMER, zipped(zipped(b"x")), "it is a ZIP, but lines of text are expected"),
        (SUMMER, zipped("any;torn".encode("utf-16")), "its header lacks"),
        (SUMMER, lzma_damaged(), "it is not a valid ZIP"),
        (SUMMER, zipped(b"\n" * 30_000_000), "more than 100 times as large"),
        (LICENCES, far_cell(), "its cells reach to column 16384, row 1048576"),
        (LICENCES, with_error_cell(), "holds an error such as #REF!"),
        (TAXPAYERS, "codi;ñ\n1;à\n".encode(), "it is in UTF-8, cp1252 is expected"),
    ],
    ids=["CR alone", "endless header", "a ZIP", "ZIP in ZIP", "UTF-16", "LZMA", "bomb", "far cell", "error", "UTF-8"],
)
def test_it_is_rejected_by_name_and_the_corrected_file_is_taken(
    tmp_path: Path, deliver: Deliver, contract: Contract, content: bytes, why: str
) -> None:
    name = NAMES.get(contract.source, "contribuents_20260504.csv")
    deliver(contract.source, name, content, rows=1)
    assert land(tmp_path, contract, DAY).warnings == ()
    (result,) = parse(tmp_path, contract, DAY)
    assert why in str(result.rejected), result.rejected
    assert "deliver it again" in str(result.rejected)
    deliver(contract.source, name, b"another", rows=1)
    assert land(tmp_path, contract, DAY).landed == (DAY,)


def test_what_a_reader_stumbles_over_rejects_the_extract(
    tmp_path: Path, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is, and without its words, which may quote a row; a machine out of memory rejects nothing."""

    def stumbles(error: BaseException) -> None:
        def is_zip(*_: object) -> None:
            raise error

        monkeypatch.setattr(zipfile.ZipFile, "infolist", is_zip)

    stumbles(KeyError("Núria Puig"))
    result = parsed(tmp_path, deliver, SUMMER, zipped(b"x"), 1)
    assert "it can't be read as delimited (KeyError)" in str(result.rejected)
    assert "Puig" not in str(result.rejected)
    stumbles(MemoryError())
    deliver(SUMMER.source, NAMES[SUMMER.source], zipped(b"y"), rows=1)
    land(tmp_path, SUMMER, DAY)
    with pytest.raises(MemoryError):
        parse(tmp_path, SUMMER, DAY)


def test_what_an_operating_system_puts_beside_a_packed_file_is_passed_over(tmp_path: Path, deliver: Deliver) -> None:
    content = zipped((";".join(f'"{field.name}"' for field in SUMMER.fields) + "\r\n").encode(), beside="__MACOSX/._a")
    assert parsed(tmp_path, deliver, SUMMER, content, 0).rejected is None


def test_lines_behind_an_open_quote_are_one_refused_line(tmp_path: Path, iris: Contract, deliver: Deliver) -> None:
    from tests.support.extracts import card, header, iris_file

    content = iris_file(header(iris), *(card(iris, str(number)) for number in range(40)), '"41,never closed')
    deliver("iris", "iris_fitxes_20260504.csv", content, rows=41)
    land(tmp_path, iris, DAY)
    (result,) = parse(tmp_path, iris, DAY)
    assert (result.rows_in, result.rows_loaded, result.reasons) == (41, 40, {"bad_field_count": 1})


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (procedure("B").replace("<canal>", '<canal tipus="x">'), "unknown_field"),
        (procedure("B").replace("<tramit>", "<tramit>text"), "unknown_field"),
        (procedure("B", "Núria"), "unknown_field"),
        (procedure("B", "<interessat><email>n@example.org</email></interessat>"), "repeated_field"),
    ],
    ids=["attribute", "text in a group", "text between", "group twice"],
)
def test_nothing_of_an_xml_record_is_dropped(tmp_path: Path, deliver: Deliver, record: str, reason: str) -> None:
    result = parsed(tmp_path, deliver, TRAMITS, xml(*(procedure(f"T{number}") for number in range(40)), record), 41)
    assert result.reasons == {reason: 1}


def test_one_record_told_twice_in_other_white_space_is_one(tmp_path: Path, deliver: Deliver) -> None:
    records = [procedure(f"T{number}") for number in range(40)]
    again = records[0].replace("</nom>", " </nom>\n  ")
    assert parsed(tmp_path, deliver, TRAMITS, xml(*records, again), 41).reasons == {"duplicate_row": 1}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("data_hora", "2026-05-04", "bad_date:data_hora"),
        ("data_hora", "2026-05-04T10:00", "bad_date:data_hora"),
        ("data_hora", "2026-05-04T10:00:00Z", "bad_date:data_hora"),
        ("data_hora", "2026-05-04T10:00:00+02:00", "bad_date:data_hora"),
        ("data_hora", "epoch", "bad_date:data_hora"),
        ("data_hora", "0000-05-04T10:00:00", "bad_date:data_hora"),
        ("data_hora", "2099-05-04T10:00:00", "future_date:data_hora"),
        ("data_naixement", "1980-5-4", "bad_date:data_naixement"),
        ("data_naixement", "2099-05-04", "future_date:data_naixement"),
        ("durada_s", "-5", "bad_form:durada_s"),
        ("nom", "Nú\u200bria", "control_character"),
    ],
)
def test_a_value_that_would_be_read_otherwise_is_refused(
    tmp_path: Path, atencions: Contract, deliver: Deliver, field: str, value: str, reason: str
) -> None:
    rows = [attention(f"A{number}") for number in range(40)] + [attention("B", **{field: value})]
    deliver("atencions", "atencions_20260504.jsonl", attentions_file(*rows))
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.reasons, result.first_lines) == ({reason: 1}, {reason: (41,)})


@pytest.mark.parametrize("byte", [b"\x00", b"\x01", b"\x1b", b"\x7f"])
def test_a_control_character_in_a_fixed_line_is_refused(
    tmp_path: Path, padro: Contract, deliver: Deliver, byte: bytes
) -> None:
    deliver("padro", PADRO_FILE, padro_file(*many(200), padro_line("000000000000001", at_180=byte)))
    land(tmp_path, padro, DAY)
    assert parse(tmp_path, padro, DAY)[0].reasons == {"bad_encoding": 1}


def test_an_original_damaged_in_landing_can_be_delivered_again(
    tmp_path: Path, padro: Contract, deliver: Deliver
) -> None:
    deliver("padro", PADRO_FILE, padro_file(*many(3)))
    land(tmp_path, padro, DAY)
    (landing_dir(tmp_path, padro, DAY) / PADRO_FILE).write_bytes(b"flipped")
    assert "was changed after it landed" in str(parse(tmp_path, padro, DAY)[0].rejected)
    deliver("padro", PADRO_FILE, padro_file(*many(3)))
    assert land(tmp_path, padro, DAY).landed == (DAY,)
    assert parse(tmp_path, padro, DAY)[0].rows_loaded == 3


def test_a_file_under_another_name_is_said_without_its_name(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    deliver("padro", "padro de Núria Puig.txt", padro_file(*many(3)))
    (warning,) = land(tmp_path, padro, DAY).warnings
    assert "its name is not padro_habitants_AAAAMMDD.txt" in warning and "Puig" not in warning


def test_what_was_taken_leaves_the_inbox(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    path = deliver("padro", PADRO_FILE, padro_file(*many(3)))
    land(tmp_path, padro, DAY)
    assert list(path.parent.iterdir()) == []


def test_rows_of_a_rejected_extract_can_be_looked_at(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    from tests.support.extracts import rows

    deliver("padro", PADRO_FILE, padro_file(*many(3), padro_line(at_250=b"9")))
    land(tmp_path, padro, DAY)
    assert "unknown_code:sexo 1, first in line 4" in str(parse(tmp_path, padro, DAY)[0].rejected)
    (refused,) = rows(tmp_path, "quarantine", "padro", "habitants")
    assert (refused["line_number"], refused["reason"]) == (4, "unknown_code:sexo")


def deliver_of(deliver: Deliver, tmp_path: Path, contract: Contract, day: int, content: bytes, **more: object) -> None:
    name = contract.delivery.file_pattern.format(date=f"202605{day:02d}")
    path = deliver(contract.source, name, content)
    control = path.with_name(name + ".control.json")
    control.write_text(json.dumps(json.loads(control.read_text()) | more))
    land(tmp_path, contract, DAY)


@pytest.mark.parametrize("count", [60, 6_000])
def test_a_register_of_another_size_is_rejected_unless_its_owner_confirms_it(
    tmp_path: Path, padro: Contract, deliver: Deliver, count: int
) -> None:
    deliver_of(deliver, tmp_path, padro, 3, padro_file(*many(600)))
    deliver_of(deliver, tmp_path, padro, 4, padro_file(*many(count)))
    rejected = [str(result.rejected) for result in parse(tmp_path, padro, DAY)]
    assert f"{count:,} rows found, 600 expected from its earlier extracts" in rejected[1]
    assert '"is_volume_confirmed": true' in rejected[1]
    deliver_of(deliver, tmp_path, padro, 4, padro_file(*many(count)), is_volume_confirmed=True)
    assert [result.rows_loaded for result in parse(tmp_path, padro, DAY)] == [count]


def test_a_small_snapshot_that_is_empty_at_once_ends_no_protection(tmp_path: Path, deliver: Deliver) -> None:
    protections = CONTRACTS["proteccions"]
    header = ";".join(field.name.upper() for field in protections.fields).encode() + b"\r\n"
    row = b"P%d;%015d;;VIOLENCIA_GENERE;2026-05-01;\r\n"
    full = header + b"".join(row % (number, number) for number in range(1, 11))
    for day, content in ((1, header), (2, full), (3, header), (4, header + row % (1, 1))):
        deliver_of(deliver, tmp_path, protections, day, content, rows=content.count(b"\n") - 1)
    results = parse(tmp_path, protections, DAY)
    assert [result.rows_loaded for result in results if result.rejected is None] == [0, 10, 1]
    assert "0 rows found, 10 expected from its earlier extracts" in str(results[2].rejected)
    deliver_of(deliver, tmp_path, protections, 3, header, rows=0, is_volume_confirmed=True)
    assert [result.rows_loaded for result in parse(tmp_path, protections, DAY)] == [0]


def test_ten_times_the_usual_events_are_rejected_and_a_tenth_is_said(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    """And of the first extracts none is taken for too small: the very first holds what happened before."""
    day, days = DAY - timedelta(days=9), []
    for count in (3_000, 100, 300, 30_100, 9):
        day += timedelta(days=1)
        days.append(day)
        told = {"data_hora": f"{day}T09:00:00"}
        content = attentions_file(*(attention(f"A{day}-{number}", **told) for number in range(count)))
        deliver("atencions", f"atencions_{day:%Y%m%d}.jsonl", content)
    land(tmp_path, atencions, DAY)
    results = parse(tmp_path, atencions, DAY)
    assert [result.rejected is None for result in results] == [True, True, True, False, True]
    assert "30,100 rows found, 100 to 3,000 expected from its earlier extracts" in str(results[3].rejected)
    assert [len(result.warnings) for result in results] == [0, 0, 0, 0, 1]
    assert "9 rows found, 100 to 3,000 expected from its earlier extracts" in results[4].warnings[0]


def test_the_first_rows_after_days_without_any_are_no_mistake(
    tmp_path: Path, atencions: Contract, deliver: Deliver
) -> None:
    deliver_of(deliver, tmp_path, atencions, 3, b"")
    told = {"data_hora": "2026-05-04T09:00:00"}
    content = attentions_file(*(attention(f"A{number}", **told) for number in range(60)))
    deliver_of(deliver, tmp_path, atencions, 4, content)
    assert [result.rejected for result in parse(tmp_path, atencions, DAY)] == [None, None]
