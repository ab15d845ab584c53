"""Deliveries that go wrong in every known way: what each does to a night, what it says, and that the next one mends it.

One night takes a fault of every source at once, as each is judged alone.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import duckdb
import pytest

from sources.contracts.catalogue import load_contracts
from sources.parsing.raw_files import partition_dir
from tests.support.nights import FIL, ROOT, deliver, environment, nightly

# Whole nights that take minutes: `make test-long`.
pytestmark = pytest.mark.long

GOOD, BROKEN, MENDED = "2026-05-04", "2026-05-05", "2026-05-06"
POPULATION = 400
CONTRACTS = {contract.source: contract for contract in load_contracts()}


class Fault(NamedTuple):
    """What is done to a source's good file, how it is announced, and what the night says of it."""

    source: str
    spoil: Callable[[bytes], bytes]
    says: str
    rows: Callable[[int], int] = lambda rows: rows


def unchanged(content: bytes) -> bytes:
    return content


def line(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """A change of a file's lines."""

    def spoil(content: bytes) -> bytes:
        return b"\r\n".join(change(content.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n"))) + b"\r\n"

    return spoil


def bomb(_: bytes) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    return f'<?xml version="1.0"?><!DOCTYPE e [<!ENTITY l0 "x">{entities}]><e>&l8;</e>'.encode()


def slipping(content: bytes) -> bytes:
    with ZipFile(BytesIO(content)) as parts:
        (inner,) = parts.namelist()
        rows = parts.read(inner)
    target = BytesIO()
    with ZipFile(target, "w") as parts:
        parts.writestr("../../../../escaped.csv", rows)
    return target.getvalue()


FAULTS = [
    Fault(
        "padro",
        line(lambda lines: lines[:40]),
        "4\\d\\d expected from its earlier extracts; if the number is right",
        lambda _: 40,
    ),
    Fault(
        "padro_variacions",
        line(lambda lines: [one[:250] + b"00000101" + one[258:] for one in lines]),
        "break the contract \\(bad_date:fnac",
    ),
    Fault("proteccions", line(lambda lines: [lines[0].replace(b"NIA", b"NIF"), *lines[1:]]), "its header lacks nia"),
    Fault(
        "contribuents", lambda content: content.decode("cp1252").encode("utf-8"), "it is in UTF-8, cp1252 is expected"
    ),
    Fault(
        "objectes_tributaris",
        line(lambda lines: [lines[0], *(b"%d" % turn + one for turn in range(10, 20) for one in lines[1:])]),
        "rows found, \\d+ expected from its earlier extracts",
        lambda rows: rows * 10,
    ),
    Fault("tramits_hisenda", line(lambda lines: [one + b',"NOU"' for one in lines]), "\\(nou more\\)"),
    Fault("iris", line(lambda lines: [lines[0].replace(b'"NOM",', b""), *lines[1:]]), "its header lacks nom"),
    Fault("tramits", bomb, "it declares a document type"),
    Fault(
        "cita_previa",
        # In so small a city a day may have no visit.
        line(lambda lines: [lines[0], *(b";" + one for one in lines[1:] or lines)]),
        "bad_field_count",
        lambda rows: max(rows, 1),
    ),
    Fault("llicencies_via_publica", lambda content: content[: len(content) // 2], "it is not an XLSX workbook"),
    Fault("consentiments", unchanged, "\\d+ rows found, \\d+ announced", lambda rows: rows + 1),
    Fault("subscripcions", lambda content: b"", "its header lacks", lambda _: 0),
    Fault("area_verda", line(lambda lines: [one + b"|NOU" for one in lines]), "\\(nou more\\)"),
    Fault(
        "bicing",
        line(lambda lines: [lines[0].replace(b'"ESTAT"', b'"SITUACIO"'), *lines[1:]]),
        "its header lacks estat",
    ),
    Fault("campanyes", lambda content: content[:-20], "it is not a valid Parquet file"),
    Fault(
        "zones",
        lambda content: content.replace(b"EPSG::25831", b"EPSG::4326"),
        "its reference system is not EPSG:25831",
    ),
    Fault("linies_bus", lambda content: content.replace(b'"LINIA"', b'"TRAMVIA"'), "unknown_code:tipus"),
    Fault(
        "adreces",
        line(lambda lines: [lines[0], *(b'"' + one.lstrip(b'"0') for one in lines[1:])]),
        "break the contract",
    ),
]


def file_of(home: Path, source: str, day: str) -> Path:
    return home / "kept" / source / CONTRACTS[source].delivery.file_pattern.format(date=day.replace("-", ""))


def announced(home: Path, source: str) -> tuple[bytes, int]:
    """The last good file of a source up to the broken night, and its rows; in so small a city nobody moves that day."""
    if source == "padro_variacions":
        return b"\r\n".join(announced(home, "padro")[0].split(b"\r\n")[:20]) + b"\r\n", 20
    kept = sorted((home / "kept" / source).glob("*.control.json"))
    last = [path for path in kept if re.search(r"2026050[45]", path.name)][-1]
    return last.with_name(last.name.removesuffix(".control.json")).read_bytes(), json.loads(last.read_text())["rows"]


class Nights(NamedTuple):
    """A home after its three nights, and what the last two said."""

    home: Path
    broken: subprocess.CompletedProcess[str]
    mended: subprocess.CompletedProcess[str]
    people: dict[str, int]


def persons(home: Path, day: str) -> int:
    with duckdb.connect(str(home / "published" / day / "fil.duckdb"), read_only=True) as hub:
        return int(hub.execute("select count(*) from hub.persons").fetchall()[0][0])


def break_inbox(home: Path) -> None:
    """A fault for each source, beside three in the inbox itself: half written, a wrong sum, too few bytes."""
    for fault in FAULTS:
        content, rows = announced(home, fault.source)
        name = file_of(home, fault.source, BROKEN).name
        deliver(home, fault.source, name, fault.spoil(content), fault.rows(rows))
    for source, change in (
        ("atencions", None),
        ("enquestes", {"sha256": "0" * 64}),
        ("activitats_estiu", {"bytes": 7}),
    ):
        content, rows = announced(home, source)
        name = file_of(home, source, BROKEN).name
        deliver(home, source, name, content, rows)
        control = home / "inbox" / source / f"{name}.control.json"
        if change is None:
            control.unlink()
        else:
            control.write_text(json.dumps(json.loads(control.read_text()) | change))


def mend_inbox(home: Path) -> None:
    """The good files of the broken day, late; one twice; one of an earlier day out of order; two rows to be wary of."""
    for path in (home / "inbox").glob("*/*"):
        path.unlink()
    for path in (home / "kept").glob("*/*20260505*"):
        target = home / "inbox" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    content, rows = announced(home, "activitats_estiu")
    deliver(home, "activitats_estiu", file_of(home, "activitats_estiu", BROKEN).name, slipping(content), rows)
    for source in ("iris", "atencions"):
        path = file_of(home, source, GOOD)
        rows = json.loads(path.with_name(path.name + ".control.json").read_text())["rows"]
        deliver(home, source, path.name, path.read_bytes() + (b"\n" if source == "atencions" else b""), rows)
    told = {"data_hora": "2026-05-03T10:00:00", "motiu": "INFO", "resultat": "RESOLT", "canal": "010"}
    early = json.dumps({"id": "EARLY"} | told).encode() + b"\n"
    deliver(home, "atencions", "atencions_20260503.jsonl", early)
    formula = {"nom": "=HYPERLINK(1)", "cognom_1": "@SUM", "email": "formula@example.org", "versio_text": "1-ca"}
    formula |= {"data_naixement": "1980-01-01"}
    given = {"consentiment_comunicacions": "S", "consentiment_integracio": "S"}
    today = {"data_hora": "2026-05-06T10:00:00"}
    late = [{"id": f"L{n}"} | told | today for n in range(100)]
    late += [{"id": "F"} | told | today | formula | given, {"id": "N"} | told | today | {"canal": "WHATSAPP"}]
    late += [{"id": "R"} | told | today, {"id": "R"} | told | today | {"motiu": "CITA"}]
    deliver(home, "atencions", "atencions_20260506.jsonl", b"".join(json.dumps(one).encode() + b"\n" for one in late))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    home = tmp_path_factory.mktemp("faults") / "home"
    arguments = ["simulate", "--population", str(POPULATION), "--nights", "2", "--seed", "4"]
    subprocess.run([str(FIL), *arguments], env=environment(home, None), cwd=ROOT, check=True, capture_output=True)
    (home / "inbox").rename(home / "kept")
    for path in (home / "kept").glob("*/*20260504*"):
        target = home / "inbox" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    good = nightly(home, GOOD)
    assert good.returncode == 0, good.stderr
    break_inbox(home)
    broken = nightly(home, BROKEN)
    assert broken.returncode == 0, broken.stderr
    people = {GOOD: persons(home, GOOD), BROKEN: persons(home, BROKEN)}
    mend_inbox(home)
    mended = nightly(home, MENDED)
    assert mended.returncode == 0, mended.stderr
    return Nights(home, broken, mended, people)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.source for fault in FAULTS])
def test_a_bad_extract_is_rejected_by_name_with_its_remedy(nights: Nights, fault: Fault) -> None:
    (said,) = [
        told
        for told in nights.broken.stderr.splitlines()
        if f"{fault.source}: the extract of {BROKEN} was rejected" in told
    ]
    assert re.search(fault.says, said), said
    assert "deliver it again" in said
    note = nights.home / "landing" / fault.source / f"{BROKEN}.rejected-1"
    # What was rejected is kept beside what came instead; of sources that deliver seldom nothing came.
    assert note.exists() or (nights.home / "landing" / fault.source / BROKEN / "rejected.json").exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("atencions", "it has no control file, so it may be incomplete"),
        ("enquestes", "its sha256 differs from the one in its control file"),
        ("activitats_estiu", "7 announced by its control file"),
    ],
)
def test_an_incomplete_delivery_is_left_with_why(nights: Nights, source: str, says: str) -> None:
    assert re.search(f"warning: {source}: .* was not taken: .*{says}", nights.broken.stderr)


def test_a_night_of_faults_alone_publishes_what_was_known_before(nights: Nights) -> None:
    assert nights.people[BROKEN] == nights.people[GOOD] > POPULATION
    assert "Traceback" not in nights.broken.stderr + nights.mended.stderr


def test_what_comes_late_mends_it(nights: Nights) -> None:
    told = nights.mended.stderr
    for source in ("iris", "tramits", "cita_previa", "tramits_hisenda", "consentiments", "subscripcions", "campanyes"):
        assert f"{source}: the extract of {BROKEN} was rejected" not in told
    with duckdb.connect(str(nights.home / "published" / MENDED / "fil.duckdb"), read_only=True) as hub:
        seen = dict(hub.execute("select source, count(*) from hub.interactions group by all").fetchall())
        sources = {row[0] for row in hub.execute("select distinct source_key from hub.interactions").fetchall()}
    assert all(seen[source] > 0 for source in ("iris", "tramits", "cita_previa", "tramits_hisenda", "activitats_estiu"))
    # An earlier day's extract that comes out of order counts; the same file twice changes nothing, another is refused.
    assert "EARLY" in sources
    assert "iris_fitxes_20260504.csv was not taken" not in told
    assert "atencions_20260504.jsonl was not taken: another file of this date has already landed" in told


def test_nothing_is_written_where_a_zip_points(nights: Nights) -> None:
    assert not list(nights.home.parents[1].rglob("escaped.csv"))


def test_an_unknown_code_and_a_key_with_two_contents_go_to_quarantine(nights: Nights) -> None:
    path = partition_dir(nights.home, "quarantine", CONTRACTS["atencions"], date.fromisoformat(MENDED)) / "data.parquet"
    reasons = duckdb.sql(f"select reason, count(*) from '{path}' group by all order by all").fetchall()
    assert reasons == [("duplicate_key", 2), ("unknown_code:canal", 1)]


def test_no_spreadsheet_runs_what_leaves(nights: Nights) -> None:
    leaves = (nights.home / "exports" / "campaigns" / MENDED / "campaigns.csv").read_text()
    (row,) = [one for one in leaves.splitlines() if "formula@example.org" in one]
    assert '"\'=HYPERLINK(1) @SUM"' in row


def test_every_row_is_accounted_for(nights: Nights) -> None:
    """Of each landed extract all rows are in use or in quarantine, or a note says why none of them counts."""
    counted = 0
    for receipt in sorted((nights.home / "landing").glob("*/????-??-??/receipt.json")):
        told, day = json.loads(receipt.read_text()), date.fromisoformat(receipt.parent.name)
        contract = CONTRACTS[told["source"]]
        original = receipt.with_name(told["file"])
        assert hashlib.sha256(original.read_bytes()).hexdigest() == told["sha256"]
        files = [partition_dir(nights.home, area, contract, day) / "data.parquet" for area in ("raw", "quarantine")]
        if (receipt.parent / "rejected.json").exists():
            assert not files[0].exists()
            continue
        assert sum(duckdb.read_parquet(str(file)).shape[0] for file in files) == told["rows"], receipt
        counted += 1
    assert counted > len(CONTRACTS)
