"""Parquet and GeoJSON through landing and parsing: typed values back to text, geometries judged, odd files rejected."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from sources.parsing.parse import ParseResult, parse
from tests.support.extracts import DAY, Deliver, rows

CONTRACTS = {contract.source: contract for contract in load_contracts()}
CAMPAIGNS, ZONES = CONTRACTS["campanyes"], CONTRACTS["zones"]
SQUARE = [[430000, 4582000], [430100, 4582000], [430100, 4582100], [430000, 4582100], [430000, 4582000]]


def event(number: int, **told: object) -> dict[str, object]:
    return {
        "id_esdeveniment": f"E{number}", "id_missatge": f"M{number}", "campanya": "obres-1", "segment": None,
        "tema": None, "id_persona": "PABCDEF0123", "canal": "EMAIL", "adreca": " n@example.org ",
        "esdeveniment": "ENVIAT",
        "moment": datetime(2026, 5, 4, 9, 30, 5),  # noqa: DTZ001 - told in local time
    } | told  # fmt: skip


def parquet(*events: dict[str, object], **columns: pl.Series) -> bytes:
    target = BytesIO()
    frame = pl.DataFrame(
        list(events), schema_overrides={"segment": pl.String, "tema": pl.String}, infer_schema_length=None
    )
    frame.with_columns(**columns).write_parquet(target)
    return target.getvalue()


def bomb() -> bytes:
    """A small file of very many rows, all alike."""
    target = BytesIO()
    alike = pa.array(["x"], pa.string())
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2_000_000, dtype=np.int32)), alike)
    with pq.ParquetWriter(target, pa.schema([("moment", column.type)])) as writer:
        for _ in range(11):
            writer.write_table(pa.table({"moment": column}))
    return target.getvalue()


def wide_bomb() -> bytes:
    """A small file of one long text over and over."""
    rows = {name: pa.array([None] * 3_000_000, pa.string()) for name in event(1)}
    rows["adreca"] = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(3_000_000, dtype=np.int32)), pa.array(["x" * 1_000], pa.string())
    )
    target = BytesIO()
    pq.write_table(pa.table(rows), target)
    return target.getvalue()


def not_utf8() -> bytes:
    """Text with a byte of ISO-8859-1, which no tool that writes Parquet should let pass."""
    text = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, 6], np.int32)), pa.py_buffer(b"joan.\xe9"))
    rows = {name: pa.array([str(value)]) for name, value in event(1).items()} | {"adreca": text}
    target = BytesIO()
    pq.write_table(pa.table(rows), target)
    return target.getvalue()


def feature(code: str, ring: object = None, kind: str = "Polygon", **told: object) -> dict[str, Any]:
    properties = {"codi": code, "nom": "Glòries", "tipus": "OBRES", "data_inici": "2026-05-10", "mitjans": ["BUS"]}
    geometry = {"type": kind, "coordinates": [SQUARE] if ring is None else ring}
    return {"type": "Feature", "properties": properties | told, "geometry": geometry}


def collection(*features: object, **told: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | told).encode()


def parsed(home: Path, deliver: Deliver, source: str, content: bytes, count: int) -> ParseResult:
    contract = CONTRACTS[source]
    deliver(source, contract.delivery.file_pattern.format(date="20260504"), content, rows=count)
    assert land(home, contract, DAY).warnings == ()
    (result,) = parse(home, contract, DAY)
    return result


def test_parquet_keeps_its_rows_as_text(tmp_path: Path, deliver: Deliver) -> None:
    events = [event(number) for number in range(40)]
    result = parsed(tmp_path, deliver, "campanyes", parquet(*events, event(1, canal="FAX")), 41)
    assert result.reasons == {"unknown_code:canal": 1}
    first = rows(tmp_path, "raw", "campanyes", "esdeveniments")[0]
    assert (first["moment"], first["adreca"], first["segment"]) == ("2026-05-04 09:30:05", "n@example.org", None)
    (refused,) = rows(tmp_path, "quarantine", "campanyes", "esdeveniments")
    assert json.loads(refused["original_line"])["canal"] == "FAX"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PAR1 no PAR1", "it is not a valid Parquet file"),
        (b"", "it is not a valid Parquet file"),
        (parquet(event(1))[:-9], "it is not a valid Parquet file"),
        (parquet(event(1), nou=pl.Series(["x"])), "it has 11 columns, 10 are in the contract"),
        (parquet({name: value for name, value in event(1).items() if name != "moment"}), "it lacks the columns moment"),
        (
            parquet(event(1), moment=pl.Series([datetime(2026, 5, 4, tzinfo=UTC)])),
            "has a time zone, local time is expected",
        ),
        (parquet(event(1), tema=pl.Series([["a"]])), "text is expected"),
        (bomb(), "more than 20,000,000 rows"),
        (wide_bomb(), "larger than the limit for an extract when unpacked"),
        (parquet(event(1), tema=pl.Series([1.5])), "text is expected"),
        (not_utf8(), "it is not a valid Parquet file"),
    ],
    ids=[
        "damaged",
        "empty",
        "truncated",
        "new column",
        "lost column",
        "time zone",
        "list",
        "bomb",
        "wide bomb",
        "float",
        "no UTF-8",
    ],
)
def test_another_table_is_rejected(tmp_path: Path, deliver: Deliver, content: bytes, why: str) -> None:
    assert why in str(parsed(tmp_path, deliver, "campanyes", content, 1).rejected)


def test_features_keep_their_properties_and_geometry(tmp_path: Path, deliver: Deliver) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25831"}}
    good = [feature(f"Z{number}", barris=["07", "08"], radi_m=200) for number in range(20)]
    bow = [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]]
    degrees = [[[2.18 + x / 1000, 41.4 + y / 1000] for x, y in ((0, 0), (1, 0), (1, 1), (0, 0))]]
    bad = [
        feature("B1", bow),
        feature("B2", degrees),
        feature("B3", SQUARE[0], kind="Point"),
        feature("B4", [[["a", "b"]]]),
    ]
    result = parsed(tmp_path, deliver, "zones", collection(*good, *bad, crs=crs), 24)
    assert result.reasons == {"bad_geometry": 3, "out_of_the_city:geometria": 1}
    first = rows(tmp_path, "raw", "zones", "zones")[0]
    assert (first["mitjans"], first["barris"], first["radi_m"]) == ("BUS", "07,08", "200")
    assert json.loads(first["geometria"])["coordinates"] == [SQUARE]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "it is not JSON in UTF-8"),
        (b"[" * 100_000, "it is not JSON in UTF-8"),
        (b"[]", "it is not a FeatureCollection"),
        (collection(features="x"), "it has no list of features"),
        (
            collection(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}),
            "its reference system is not EPSG:25831",
        ),
        (collection(feature("Z1", nou=1)), "unknown_field 1"),
        (collection("x"), "no_feature 1"),
    ],
    ids=["damaged", "deep", "list", "no features", "degrees", "new property", "text"],
)
def test_another_collection_is_rejected(tmp_path: Path, deliver: Deliver, content: bytes, why: str) -> None:
    count = len(json.loads(content).get("features", [])) if content.startswith(b'{"') else 0
    assert why in str(parsed(tmp_path, deliver, "zones", content, count).rejected)


def test_a_moment_that_is_none_is_refused_alone(tmp_path: Path, deliver: Deliver) -> None:
    events = pl.DataFrame([event(number) for number in range(40)], infer_schema_length=None).to_arrow()
    seconds = pa.array([10**15] + [1_777_887_005] * 39, pa.int64()).cast(pa.timestamp("s"))
    target = BytesIO()
    pq.write_table(events.set_column(events.column_names.index("moment"), "moment", seconds), target)
    assert parsed(tmp_path, deliver, "campanyes", target.getvalue(), 40).reasons == {"bad_date:moment": 1}


def test_a_key_told_twice_in_a_feature_rejects_the_file(tmp_path: Path, deliver: Deliver) -> None:
    content = collection(feature("Z1")).replace(b'"codi": "Z1"', b'"codi": "Z1", "codi": "Z2"')
    assert "it has a key twice in one object" in str(parsed(tmp_path, deliver, "zones", content, 1).rejected)
