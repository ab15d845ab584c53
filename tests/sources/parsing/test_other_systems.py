"""Extracts as other systems write them: absent values, marks before and behind the text, other sheets of a workbook."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
import xlsxwriter

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.parsing.parse import parse
from tests.sources.parsing.test_formats import LICENCES, TRAMITS, licence, parsed, procedure, xml
from tests.sources.parsing.test_hostile_files import zipped
from tests.sources.parsing.test_tables_and_features import collection, feature
from tests.support.extracts import (
    ATENCIONS_FILE,
    DAY,
    PADRO_FILE,
    Deliver,
    attention,
    attentions_file,
    card,
    header,
    iris_file,
    many,
    padro_file,
    rows,
)  # fmt: skip

CONTRACTS = {contract.source: contract for contract in load_contracts()}
SUMMER, ZONES = CONTRACTS["activitats_estiu"], CONTRACTS["zones"]
INSTANCE = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
END_MARKS = [b"\x1a", b"\x1a\r\n", b"\x00" * 700, b"\x1a" + b"\x00" * 127, b"\r\n\r\n\x1a", b"\x00\r\n"]
MARK_NAMES = ["DOS", "a line of its own", "NUL", "CP/M", "behind empty lines", "NUL before the end"]


@pytest.mark.parametrize(
    "more",
    [
        f'<dataFi {INSTANCE} i:nil="true"/>',
        f'<dataFi {INSTANCE} i:nil="1"></dataFi>',
        f'<dataFi {INSTANCE} i:nil="true">\n </dataFi>',
        f'<dataFi {INSTANCE} i:nil="false" i:type="date">2026-05-04T11:00:00</dataFi>',
        '<dataFi xml:lang="ca">2026-05-04T11:00:00</dataFi>',
    ],
)
def test_a_nil_field_is_absent_and_a_type_or_a_language_is_no_value(
    tmp_path: Path, deliver: Deliver, more: str
) -> None:
    result = parsed(tmp_path, deliver, TRAMITS, xml(*(procedure(f"T{number}", more) for number in range(20))), 20)
    assert (result.rows_loaded, result.reasons) == (20, {})
    told = {row["data_fi"] for row in rows(tmp_path, "raw", "tramits", "expedients")}
    assert told == ({"2026-05-04T11:00:00"} if "2026" in more else {None})


def test_a_group_of_fields_may_be_nil(tmp_path: Path, deliver: Deliver) -> None:
    whole = procedure("T1").replace("<tramit><stpid>19980001283</stpid></tramit>", f'<tramit {INSTANCE} i:nil="true"/>')
    result = parsed(tmp_path, deliver, TRAMITS, xml(*(procedure(f"A{number}") for number in range(40)), whole), 41)
    assert result.reasons == {"missing:stpid": 1}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (f'<dataFi {INSTANCE} i:nil="true">2026-05-04T11:00:00</dataFi>', "unknown_field"),
        (f'<dataFi {INSTANCE} i:nil="perhaps"/>', "unknown_field"),
        ('<dataFi nil="true"/>', "unknown_field"),
        ('<dataFi xmlns:i="urn:another" i:nil="true"/>', "unknown_field"),
        ('<dataFi lang="ca"/>', "unknown_field"),
        (f'<sou {INSTANCE} i:nil="true"/>', "unknown_field"),
        (f'<canal {INSTANCE} i:nil="true"/>', "repeated_field"),
    ],
)
def test_what_is_not_plainly_absent_is_refused(tmp_path: Path, deliver: Deliver, more: str, reason: str) -> None:
    records = [procedure(f"T{number}") for number in range(40)]
    assert parsed(tmp_path, deliver, TRAMITS, xml(*records, procedure("B", more)), 41).reasons == {reason: 1}


def test_letters_that_xml_escapes_come_back(tmp_path: Path, deliver: Deliver) -> None:
    named = procedure("T1").replace(
        "Núria &amp; Pau", "A &lt;b&gt; &amp;lt; &#x1F600;<![CDATA[<c>&amp;]]><!-- no --> d"
    )
    parsed(tmp_path, deliver, TRAMITS, xml(named), 1)
    assert rows(tmp_path, "raw", "tramits", "expedients")[0]["nom"] == "A <b> &lt; 😀<c>&amp; d"


@pytest.mark.parametrize("mark", END_MARKS, ids=MARK_NAMES)
@pytest.mark.parametrize("is_ended", [True, False], ids=["own line", "behind the row"])
@pytest.mark.parametrize("source", ["padro", "atencions", "iris", "tramits", "activitats_estiu", "zones"])
def test_an_end_mark_is_no_row_and_harms_none(
    tmp_path: Path, deliver: Deliver, source: str, mark: bytes, is_ended: bool
) -> None:
    iris = CONTRACTS["iris"]
    content = {
        "padro": padro_file(*many(5)),
        "atencions": attentions_file(*(attention(f"A{number}") for number in range(5))),
        "iris": iris_file(header(iris), *(card(iris, str(number)) for number in range(5))),
        "tramits": xml(*(procedure(f"T{number}") for number in range(5))) + b"\n",
        "activitats_estiu": (";".join(field.name for field in SUMMER.fields) + "\r\n").encode(),
        "zones": collection(*(feature(f"Z{number}") for number in range(5))) + b"\r\n",
    }[source]
    count = 0 if source == "activitats_estiu" else 5
    content = (content if is_ended else content.rstrip(b"\r\n")) + mark
    contract = CONTRACTS[source]
    packed = zipped(content) if contract.delivery.archive else content
    deliver(source, contract.delivery.file_pattern.format(date="20260504"), packed, rows=count)
    land(tmp_path, contract, DAY)
    (result,) = parse(tmp_path, contract, DAY)
    assert (result.rejected, result.rows_in, result.reasons) == (None, count, {})


def test_such_a_mark_within_an_extract_refuses_its_line(tmp_path: Path, deliver: Deliver, padro: Contract) -> None:
    lines = many(200)
    deliver("padro", PADRO_FILE, padro_file(*lines[:100], b"\x1a" + lines[100], *lines[101:]), rows=200)
    land(tmp_path, padro, DAY)
    assert parse(tmp_path, padro, DAY)[0].reasons == {"bad_encoding": 1}


def test_line_ends_of_two_kinds_in_one_extract(tmp_path: Path, deliver: Deliver, atencions: Contract) -> None:
    lines = [json.dumps(attention(f"A{number}")).encode() for number in range(6)]
    deliver("atencions", ATENCIONS_FILE, b"\n".join(lines[:3]) + b"\r\n" + b"\r\n".join(lines[3:]), rows=6)
    land(tmp_path, atencions, DAY)
    assert parse(tmp_path, atencions, DAY)[0].rows_loaded == 6


def summary_beside(error_in: str, *, is_far: bool = False) -> bytes:
    """A workbook with a sheet before the contract's, and an error or a far cell in one of the two."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name in ("Resum", "Llicències"):
            page = book.add_worksheet(name)
            if name == "Llicències":
                page.write_row(0, 0, [field.name for field in LICENCES.fields])
                page.write_row(1, 0, licence("L1"))
            if name == error_in and is_far:
                page.write(1_048_575, 16_383, "x")
            elif name == error_in:
                page.write_formula(1, 11, "=1/0", None, "#DIV/0!")
    return content.getvalue()


def with_parts(content: bytes, old: bytes, new: bytes, compression: int = ZIP_DEFLATED) -> bytes:
    target = BytesIO()
    with ZipFile(BytesIO(content)) as before, ZipFile(target, "w", compression) as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return target.getvalue()


@pytest.mark.parametrize("is_far", [False, True], ids=["error", "far cell"])
def test_only_the_contracts_sheet_matters(tmp_path: Path, deliver: Deliver, is_far: bool) -> None:
    result = parsed(tmp_path, deliver, LICENCES, summary_beside("Resum", is_far=is_far), 1)
    assert (result.rejected, result.rows_loaded) == (None, 1)


@pytest.mark.parametrize(
    "relations",
    [
        (b'Target="worksheets/', b'Target="/xl/worksheets/'),
        (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/rel"),
    ],
    ids=["absolute", "strict"],
)
@pytest.mark.parametrize(("is_far", "why"), [(False, "cell L2 of its sheet Llicències holds"), (True, "row 1048576")])
def test_an_error_that_matters_names_its_sheet(
    tmp_path: Path, deliver: Deliver, relations: tuple[bytes, bytes], is_far: bool, why: str
) -> None:
    content = with_parts(summary_beside("Llicències", is_far=is_far), *relations)
    assert why in str(parsed(tmp_path, deliver, LICENCES, content, 1).rejected)


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("behind", [b"", b"\r\n", b"\r\n\x1a", b"\x00\x00"])
def test_a_control_file_as_windows_writes_it(
    tmp_path: Path, padro: Contract, deliver: Deliver, before: bytes, behind: bytes
) -> None:
    control = deliver("padro", PADRO_FILE, padro_file(*many(3))).with_name(PADRO_FILE + ".control.json")
    told = json.loads(control.read_text())
    text = json.dumps(told | {"sha256": told["sha256"].upper()}, indent=2).replace("\n", "\r\n")
    control.write_bytes(before + text.encode() + behind)
    assert land(tmp_path, padro, DAY).landed == (DAY,)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_control_file_in_another_encoding_is_named_so(
    tmp_path: Path, padro: Contract, deliver: Deliver, encoding: str
) -> None:
    control = deliver("padro", PADRO_FILE, padro_file(*many(3))).with_name(PADRO_FILE + ".control.json")
    control.write_bytes(control.read_text().encode(encoding))
    assert "its control file is not UTF-8" in land(tmp_path, padro, DAY).warnings[0]


def test_carriage_returns_that_java_escapes_are_white_space(tmp_path: Path, deliver: Deliver) -> None:
    spaced = procedure("T1", f'<dataFi {INSTANCE} i:nil="true">&#13;\n</dataFi>').replace("><", ">&#13;\n<")
    result = parsed(tmp_path, deliver, TRAMITS, xml(spaced), 1)
    assert (result.rows_loaded, result.reasons) == (1, {})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_xml_in_utf_16_with_and_without_a_mark(tmp_path: Path, deliver: Deliver, encoding: str) -> None:
    name = "UTF-16" if encoding == "utf-16" else encoding.upper().replace("16-", "16")
    content = xml(*(procedure(f"T{number}") for number in range(20))).decode().replace("UTF-8", name)
    assert parsed(tmp_path, deliver, TRAMITS, content.encode(encoding), 20).rows_loaded == 20


def test_records_of_the_roots_name_are_read(tmp_path: Path, deliver: Deliver) -> None:
    content = xml(*(procedure(f"T{number}") for number in range(20)))
    content = content.replace(b"<e xmlns", b"<expedient xmlns").replace(b"</e>", b"</expedient>")
    assert parsed(tmp_path, deliver, TRAMITS, content, 20).rows_loaded == 20


def test_a_workbook_whose_parts_are_named_with_backslashes(tmp_path: Path, deliver: Deliver) -> None:
    target = BytesIO()
    with ZipFile(BytesIO(summary_beside("Resum", is_far=False))) as before, ZipFile(target, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name.replace("/", "\\"), before.read(name))
    assert parsed(tmp_path, deliver, LICENCES, target.getvalue(), 1).rows_loaded == 1


def test_a_sheet_of_tags_without_an_end_is_looked_at_once(tmp_path: Path, deliver: Deliver) -> None:
    """Each was searched to the end of the stretch: a megabyte of them would have taken half an hour."""
    comment = b"<!-- " + b"<c " * 300_000 + b"--><sheetData>"
    content = with_parts(summary_beside("Resum", is_far=False), b"<sheetData>", comment, ZIP_STORED)
    assert parsed(tmp_path, deliver, LICENCES, content, 1).rows_loaded == 1


def test_a_line_of_numbers_that_would_fill_the_memory_is_no_json(
    tmp_path: Path, deliver: Deliver, atencions: Contract
) -> None:
    numbers = b'{"id": [' + b"1," * 700_000 + b"1]}\n"
    deliver("atencions", ATENCIONS_FILE, attentions_file(*(attention(f"A{n}") for n in range(200))) + numbers, rows=201)
    land(tmp_path, atencions, DAY)
    (result,) = parse(tmp_path, atencions, DAY)
    assert (result.rows_loaded, result.reasons) == (200, {"bad_json": 1})
