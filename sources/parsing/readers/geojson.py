"""GeoJSON: one feature a record, its properties and its geometry; in metres of the contract's reference system."""

import json
from typing import Any

import pyarrow as pa
import shapely

from sources.base.errors import UnreadableExtract
from sources.contracts.contract import Contract
from sources.parsing.streams.reading import Original, Reading, trimmed
from sources.parsing.streams.stretches import stretches

GEOMETRY = "geometry"
_LARGEST_BYTES = 100_000_000
# Round the metropolitan area, metres of EPSG:25831: degrees, or another zone's metres, lie far outside.
_WEST, _SOUTH, _EAST, _NORTH = 400_000, 4_560_000, 460_000, 4_620_000


def read(original: Original, contract: Contract) -> Reading:
    """The features, and the query on them; a feature's number counts from 1, its line is its JSON.

    Raises:
        UnreadableExtract: it is no collection of features, or is told in another reference system.
    """
    features = _features(_whole(original), contract)
    names = {field.path: field.name for field in contract.fields}
    rows = [_row(number, feature, names) for number, feature in enumerate(features, start=1)]
    place = next((field.name for field in contract.fields if field.path == GEOMETRY), None)
    if place:
        _judge(rows, place, contract.delivery.geometry_types)
    columns = ["line_number", "line", "malformed", *(field.name for field in contract.fields)]
    types = {name: pa.int64() if name == "line_number" else pa.large_string() for name in columns}
    table = pa.table({name: pa.array([row.get(name) for row in rows], types[name]) for name in columns})
    query = f"select line_number, line, malformed, {trimmed(contract)} from original"
    return Reading(table.schema, iter(table.to_batches()), query)


def _whole(original: Original) -> bytes:
    """All of the file: a map of the city is small, and its parts are found only in the whole."""
    parts, size = [], 0
    with original.open() as file:
        for part in stretches(file):
            size += len(part)
            if size > _LARGEST_BYTES:
                raise UnreadableExtract(f"it is larger than {_LARGEST_BYTES:,} bytes, the limit for a map")
            parts.append(part)
    return b"".join(parts)


def _features(content: bytes, contract: Contract) -> list[Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UnreadableExtract("it is not JSON in UTF-8") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise UnreadableExtract("it is not a FeatureCollection")
    crs, features = document.get("crs"), document.get("features")
    told = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    number = str(contract.delivery.crs).removeprefix("EPSG:")
    if told and not str(told).endswith(f":{number}"):
        raise UnreadableExtract(f"its reference system is not {contract.delivery.crs}")
    if not isinstance(features, list):
        raise UnreadableExtract("it has no list of features")
    return features


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object each of whose keys, in whatever case, is told once: of two nobody knows which is meant."""
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise UnreadableExtract("it has a key twice in one object")
    return dict(pairs)


def _row(number: int, feature: Any, names: dict[str, str]) -> dict[str, Any]:
    """A feature by the contract's names; `malformed` says what is wrong with its form."""
    row: dict[str, Any] = {"line_number": number, "line": json.dumps(feature, ensure_ascii=False), "malformed": None}
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return row | {"malformed": "no_feature"}
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict) or {name.lower() for name in properties} - set(names):
        return row | {"malformed": "unknown_field"}
    told = {names[name.lower()]: _text(value) for name, value in properties.items()}
    geometry = feature.get(GEOMETRY)
    if geometry is not None and GEOMETRY in names:
        told[names[GEOMETRY]] = json.dumps(geometry)
    return row | told


def _text(value: Any) -> str | None:
    """A property as text; a list with commas."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _judge(rows: list[dict[str, Any]], place: str, kinds: tuple[str, ...]) -> None:
    """Mark rows whose geometry is of another kind, crosses itself, or lies elsewhere."""
    shapes = shapely.from_geojson([row.get(place) for row in rows], on_invalid="ignore")
    for row, shape in zip(rows, shapes, strict=True):
        if row["malformed"] or row.get(place) is None:
            continue
        if shape is None or shape.is_empty or shape.geom_type not in kinds or not shape.is_valid:
            row["malformed"] = "bad_geometry"
        else:
            west, south, east, north = shape.bounds
            if not (west >= _WEST and east <= _EAST and south >= _SOUTH and north <= _NORTH):
                row["malformed"] = f"out_of_the_city:{place}"
