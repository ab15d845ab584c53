"""Files cut into stretches anywhere: the rows are those of the file in one piece, and those that SQL alone cuts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract
from sources.landing.land import land
from sources.landing.receipts import landing_dir
from sources.loading.tracing import original_line
from sources.parsing.original import read
from sources.parsing.parse import ParseBound, parse, parse_extract
from sources.parsing.streams import cells
from tests.sources.parsing.test_formats import TRAMITS, parsed, procedure, xml
from tests.support.extracts import DAY, PADRO_FILE, Deliver, header, iris_file, many, padro_file, padro_line

IRIS = next(contract for contract in load_contracts() if contract.source == "iris")
TEXTS = st.text(alphabet=["a", "é", "·", '"', ",", "\r", "\n", " ", "\u00a0", "\x00"], max_size=60)
USUAL = st.lists(
    st.lists(
        st.sampled_from(["x", '"x"', '"é,\n"', '""', "", '"a""b"', '""""', ' " ', "\u00a0y ", " z "]),
        min_size=3,
        max_size=3,
    )
).map(lambda rows: "\r\n".join(",".join(row) for row in rows))


def narrow(is_quoted: bool) -> Contract:
    fields = tuple(replace(field, name=name) for name, field in zip("abc", IRIS.fields, strict=False))
    return replace(IRIS, fields=fields, delivery=replace(IRIS.delivery, is_quoted=is_quoted))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        yield connection


def rows_of(
    connection: duckdb.DuckDBPyConnection, file: Path, contract: Contract, stretch: int
) -> list[tuple[object, ...]]:
    with patch("sources.parsing.streams.stretches.STRETCH_BYTES", stretch):
        reading = read(file, contract)
        connection.register("original", pa.RecordBatchReader.from_batches(reading.schema, reading.batches))
        return connection.execute(f"{reading.query} order by all").fetchall()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(TEXTS, USUAL), is_quoted=st.booleans(), stretch=st.integers(1, 9))
def test_cells_are_those_that_sql_cuts_line_by_line(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, is_quoted: bool, stretch: int
) -> None:
    file, contract = tmp_path / "any.csv", narrow(is_quoted)
    file.write_bytes(b"A,B,C\n" + text.encode())
    found = rows_of(connection, file, contract, stretch)
    assert found == rows_of(connection, file, contract, 1 << 20)
    with patch.object(cells, "_odd_line_ends", lambda lines: lines.offsets[:-1]):
        assert found == rows_of(connection, file, contract, 1 << 20)


@pytest.mark.parametrize("stretch", [1, 100, 341, 5_000])
def test_a_padro_in_small_stretches(
    tmp_path: Path, padro: Contract, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr("sources.parsing.streams.stretches.STRETCH_BYTES", stretch)
    deliver("padro", PADRO_FILE, padro_file(*many(40), b"", padro_line("000000000000041")), rows=41)
    land(tmp_path, padro, DAY)
    assert parse(tmp_path, padro, DAY)[0].rows_loaded == 41
    assert original_line(tmp_path, padro, DAY, 42) == padro_line("000000000000041").decode("latin-1")
    assert original_line(tmp_path, padro, DAY, 41) is None


def test_records_in_small_stretches(tmp_path: Path, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "streams.stretches.STRETCH_BYTES",
        "readers.xml_records._FEED_BYTES",
        "readers.xml_records._BATCH_BYTES",
    ):
        monkeypatch.setattr(f"sources.parsing.{name}", 50)
    records = [procedure(f"T{number}") for number in range(60)]
    result = parsed(tmp_path, deliver, TRAMITS, xml(*records, procedure("B", "<sou/>"), records[0]), 62)
    assert (result.rows_loaded, result.reasons) == (60, {"duplicate_row": 1, "unknown_field": 1})
    assert result.first_lines == {"duplicate_row": (62,), "unknown_field": (61,)}


@pytest.mark.parametrize("content", [b"<e/>", b"<e></e>", b"<e>\n</e>\n"])
def test_an_xml_without_records_has_no_rows(tmp_path: Path, deliver: Deliver, content: bytes) -> None:
    result = parsed(tmp_path, deliver, TRAMITS, content, 0)
    assert (result.rejected, result.rows_in) == (None, 0)


@pytest.mark.parametrize(
    ("source", "content", "why"),
    [
        ("padro", padro_file(*many(2)) + b"x" * 5_000, "its line 3 is longer than 1,000 bytes: no line ends"),
        (
            "iris",
            iris_file(header(IRIS), '"b') + b"\n" * 5_000,
            "its line 2 is longer than 1,000 bytes: a quote that is not closed",
        ),
        ("atencions", b"{" * 5_000, "its line 1 is longer than 1,000 bytes"),
        ("tramits", xml(procedure("T1", "<nom>a</nom>" * 900)), "one of its records is longer than 1,000 bytes"),
    ],
)
def test_what_has_no_end_is_rejected(
    tmp_path: Path, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, source: str, content: bytes, why: str
) -> None:
    for name in ("streams.stretches.STRETCH_BYTES", "readers.xml_records._FEED_BYTES"):
        monkeypatch.setattr(f"sources.parsing.{name}", 400)
    for module in ("streams.stretches", "readers.xml_records"):
        monkeypatch.setattr(f"sources.parsing.{module}.LONGEST_BYTES", 1_000)
    contract = next(one for one in load_contracts() if one.source == source)
    deliver(source, contract.delivery.file_pattern.format(date="20260504"), content, rows=1)
    land(tmp_path, contract, DAY)
    assert why in str(parse(tmp_path, contract, DAY)[0].rejected)


def test_a_file_that_changes_while_it_is_read_is_rejected(
    tmp_path: Path, padro: Contract, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver("padro", PADRO_FILE, padro_file(*many(20)))
    land(tmp_path, padro, DAY)
    original = landing_dir(tmp_path, padro, DAY) / PADRO_FILE

    def changed(*_: object, **__: object) -> None:
        original.write_bytes(original.read_bytes().replace(b"PUIG", b"PUJG"))

    monkeypatch.setattr("sources.parsing.readers.fixed_width.require_one_byte_letters", changed)
    assert "was changed after it landed" in str(parse(tmp_path, padro, DAY)[0].rejected)


def test_the_database_keeps_within_its_limit_of_memory(tmp_path: Path, padro: Contract, deliver: Deliver) -> None:
    """What the machine lacks is no fault of the extract, which is not rejected."""
    deliver("padro", PADRO_FILE, padro_file(*many(60_000)))
    land(tmp_path, padro, DAY)
    spill = tmp_path / "spill"
    with pytest.raises(duckdb.OutOfMemoryException):
        parse_extract(tmp_path, padro, DAY, bound=ParseBound(30_000_000, spill))
    assert parse_extract(tmp_path, padro, DAY, bound=ParseBound(400_000_000, spill)).rows_loaded == 60_000
