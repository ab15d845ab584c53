"""XML, XLSX and ZIP through landing and parsing: what is loaded, what is refused and why, and what no file may do."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.parsing.parse import ParseResult, parse
from tests.support.extracts import DAY, Deliver, rows

CONTRACTS = {contract.source: contract for contract in load_contracts()}
TRAMITS, LICENCES, SUMMER, VISITS = (
    CONTRACTS[source] for source in ("tramits", "llicencies_via_publica", "activitats_estiu", "cita_previa")
)
NAMES = {
    "tramits": "tramits_20260504.xml",
    "llicencies_via_publica": "llicencies_via_publica_20260504.xlsx",
    "activitats_estiu": "activitats_estiu_20260504.zip",
    "cita_previa": "cita_previa_20260504.csv",
}


def parsed(home: Path, deliver: Deliver, contract: Contract, content: bytes, count: int) -> ParseResult:
    deliver(contract.source, NAMES[contract.source], content, rows=count)
    assert land(home, contract, DAY).warnings == ()
    (result,) = parse(home, contract, DAY)
    return result


def procedure(number: str, more: str = "", perfil: str = "CIUTADA") -> str:
    return (
        f"<expedient><numExpedient>{number}</numExpedient><tramit><stpid>19980001283</stpid></tramit>"
        f"<interessat><perfil>{perfil}</perfil><nom>Núria &amp; Pau</nom></interessat>"
        f"<nivellAutenticacio>CLAVE</nivellAutenticacio><canal>WEB</canal>"
        f"<dataInici>2026-05-04T10:00:00</dataInici><estat>INICIAT</estat>{more}</expedient>"
    )


def xml(*records: str, head: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<e xmlns="urn:x">{"".join(records)}</e>'.encode()


def test_xml_records_with_nested_fields_and_bad_ones(tmp_path: Path, deliver: Deliver) -> None:
    good = [procedure(f"T{number}") for number in range(100)]
    bad = [
        procedure("B1", "<sou>1</sou>"),
        procedure("B2", "<canal>APP</canal>"),
        procedure("B3", perfil="ALIEN"),
    ]
    result = parsed(tmp_path, deliver, TRAMITS, xml(*good, *bad), 103)
    assert result.reasons == {"repeated_field": 1, "unknown_code:perfil": 1, "unknown_field": 1}
    loaded = rows(tmp_path, "raw", "tramits", "expedients")
    assert len(loaded) == 100
    assert (loaded[0]["nom"], loaded[0]["stpid"], loaded[0]["email"]) == ("Núria & Pau", "19980001283", None)
    assert "<sou>1</sou>" in rows(tmp_path, "quarantine", "tramits", "expedients")[0]["original_line"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (xml(procedure("T1"))[:-20], "not well-formed XML at line 1"),
        (xml(procedure("T1"), "<altre>VILADEVALL</altre>"), "an element under its root is not expedient"),
        (xml(procedure("T1"), head='<!DOCTYPE e [<!ENTITY a "VILADEVALL">]>'), "declares a document type"),
        (b"", "not well-formed XML"),
        ("<e>Núria</e>".encode("utf-16")[:-1], "not well-formed XML"),
    ],
    ids=["cut off", "another element", "document type", "empty", "odd bytes"],
)
def test_an_xml_that_is_not_the_contracts_is_rejected_without_a_word_of_it(
    tmp_path: Path, deliver: Deliver, content: bytes, why: str
) -> None:
    rejected = str(parsed(tmp_path, deliver, TRAMITS, content, 1).rejected)
    assert why in rejected
    assert "VILADEVALL" not in rejected


def workbook(*lines: list[object], header: list[str] | None = None, sheet: str = "Llicències") -> bytes:
    """As people fill it in: a title, an empty row, labels with accents and capitals, typed cells."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        page = book.add_worksheet(sheet)
        page.write(0, 0, "Ajuntament de Barcelona")
        page.write_row(2, 0, header or [field.name.replace("_", " ").upper() for field in LICENCES.fields])
        for row, values in enumerate(lines, start=3):
            page.write_row(row, 0, values)
    return content.getvalue()


def licence(number: object, first: object = "2026-05-04", surface: object = 12.5) -> list[object]:
    return [number, "TERRASSA", "Fustes, SL", "B12345674", first, None, "C Balmes 1", None, None, 4, 16, surface,
            430000.51, 4582000, "02", "07"]  # fmt: skip


def test_a_workbook_with_a_title_typed_cells_and_empty_rows(tmp_path: Path, deliver: Deliver) -> None:
    from datetime import date

    good = [licence(f"L{number}") for number in range(40)]
    content = workbook(*good, licence(2026001, date(2026, 5, 4)), [], licence("B1", "ahir"), licence("B2", surface=-1))
    result = parsed(tmp_path, deliver, LICENCES, content, 43)
    assert result.reasons == {"bad_date:data_explo": 1, "bad_number:superficie_ocupada": 1}
    (typed,) = [
        row for row in rows(tmp_path, "raw", LICENCES.source, "llicencies") if row["num_llicencia"] == "2026001"
    ]
    assert (typed["data_explo"], typed["superficie_ocupada"], typed["taules"]) == ("2026-05-04", "12.5", "4")
    line = json.loads(rows(tmp_path, "quarantine", LICENCES.source, "llicencies")[0]["original_line"])
    assert (line["num_llicencia"], line["data_explo"]) == ("B1", "ahir")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 no", "it is not an XLSX workbook"),
        (b"", "it is not an XLSX workbook"),
        (workbook(licence("L1"), sheet="Full1"), "it has no sheet Llicències"),
        (workbook(licence("L1"), header=["NUM"]), "has all column names of the contract"),
        (
            workbook(licence("L1"), header=[*(field.name for field in LICENCES.fields), "NOU"]),
            "its header has 17 columns, 16 are in the contract",
        ),
    ],
    ids=["damaged", "empty", "another sheet", "no header", "a new column"],
)
def test_a_workbook_that_is_not_the_contracts_is_rejected(
    tmp_path: Path, deliver: Deliver, content: bytes, why: str
) -> None:
    assert why in str(parsed(tmp_path, deliver, LICENCES, content, 1).rejected)


def zipped(*members: tuple[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as parts:
        for name, data in members:
            parts.writestr(name, data)
    return content.getvalue()


def damaged(content: bytes) -> bytes:
    """With the packed bytes of the member turned round, and all that describes it as it was."""
    return content[:40] + bytes(255 - byte for byte in content[40:90]) + content[90:]


def application(number: str) -> bytes:
    said = {
        "num_inscripcio": number, "any": "2026", "tipus_activitat": "CASAL", "torn": "1", "estat": "ADMES",
        "data_sollicitud": "2026-04-01", "infant_nom": 'Biel "Pau"; Nil',
    }  # fmt: skip
    values = ('"' + said.get(field.name, "").replace('"', '""') + '"' for field in SUMMER.fields)
    return ";".join(values).encode() + b"\r\n"


SUMMER_HEADER = ";".join(field.name.upper() for field in SUMMER.fields).encode() + b"\r\n"


def test_a_csv_in_a_zip(tmp_path: Path, deliver: Deliver) -> None:
    content = zipped(("../../fora.csv", SUMMER_HEADER + application("E1") + application("E2")))
    result = parsed(tmp_path, deliver, SUMMER, content, 2)
    assert (result.rows_loaded, result.rejected) == (2, None)
    assert rows(tmp_path, "raw", SUMMER.source, "inscripcions")[0]["infant_nom"] == 'Biel "Pau"; Nil'
    assert not list(tmp_path.rglob("fora.csv"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK no zip", "it is not a valid ZIP"),
        (zipped(("a.csv", b"a"), ("b.csv", b"b")), "its ZIP holds 2 files"),
        (zipped(), "its ZIP holds 0 files"),
        (zipped(("a.csv", SUMMER_HEADER))[:60], "it is not a valid ZIP"),
        (damaged(zipped(("a.csv", SUMMER_HEADER * 50))), "it is not a valid ZIP"),
    ],
    ids=["no zip", "two", "none", "cut off", "damaged inside"],
)
def test_a_zip_that_holds_no_one_file_is_rejected(tmp_path: Path, deliver: Deliver, content: bytes, why: str) -> None:
    assert why in str(parsed(tmp_path, deliver, SUMMER, content, 1).rejected)


def visit(hour: str, name: str = "") -> str:
    said = {
        "data": "2026-05-04", "hora": hour, "oficina": "OAC-01", "cua": "Padró", "cita_previa": "1", "estat": "Atesa",
        "nom": name,
    }  # fmt: skip
    return ";".join(said.get(field.name, "") for field in VISITS.fields)


def test_rows_without_a_key_are_known_by_what_they_say(tmp_path: Path, deliver: Deliver) -> None:
    """Two alike are two visits; the same row in another order of columns, or in a later extract, is the same visit."""
    header = ";".join(field.name.upper() for field in VISITS.fields)
    lines = [visit("10:00"), visit("10:00"), visit("10:05", "Núria"), visit("25:00")]
    good = [visit(f"{hour:02d}:{minute:02d}") for hour in range(8, 12) for minute in range(30, 40)]
    content = "\ufeff" + "\r\n".join([header, *lines, *good, ""])
    result = parsed(tmp_path, deliver, VISITS, content.encode(), 44)
    assert result.reasons == {"bad_time:hora": 1}
    keys = [row["_source_key"] for row in rows(tmp_path, "raw", VISITS.source, "visites")]
    assert len(keys) == len(set(keys)) == 43
    assert (keys[0][-2:], keys[1][-2:], keys[0][:-2] == keys[1][:-2]) == ("-1", "-2", True)
