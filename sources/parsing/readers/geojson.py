"""Reads GeoJSON: each feature is a record with properties and a geometry, in metres of the contract's system."""

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
# A box around the metropolitan area, in metres of EPSG:25831; degrees and other zones are far outside.
_WEST, _SOUTH, _EAST, _NORTH = 400_000, 4_560_000, 460_000, 4_620_000


def read(original: Original, contract: Contract) -> Reading:
    """Read the features, and give the query on them. Features are numbered from 1; a feature's line is its JSON.

    Raises:
        UnreadableExtract: the file is not a collection of features, or has another reference system.
    """
    features = _features(_whole(original), contract)
    names = {field.path: field.name for field in contract.fields}
    rows = [_row(number, feature, names) for number, feature in enumerate(features, start=1)]
    geometry_field = next((field.name for field in contract.fields if field.path == GEOMETRY), None)
    if geometry_field:
        _check_geometries(rows, geometry_field, contract.delivery.geometry_types)
    columns = ["line_number", "line", "malformed", *(field.name for field in contract.fields)]
    types = {name: pa.int64() if name == "line_number" else pa.large_string() for name in columns}
    table = pa.table({name: pa.array([row.get(name) for row in rows], types[name]) for name in columns})
    query = f"select line_number, line, malformed, {trimmed(contract)} from original"
    return Reading(table.schema, iter(table.to_batches()), query)


def _whole(original: Original) -> bytes:
    """All bytes of the file. A map of the city is small, and JSON is parsed as a whole."""
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
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError):
        raise UnreadableExtract("it is not JSON in UTF-8") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise UnreadableExtract("it is not a FeatureCollection")
    crs, features = document.get("crs"), document.get("features")
    crs_name = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    number = str(contract.delivery.crs).removeprefix("EPSG:")
    if crs_name and not str(crs_name).endswith(f":{number}"):
        raise UnreadableExtract(f"its reference system is not {contract.delivery.crs}")
    if not isinstance(features, list):
        raise UnreadableExtract("it has no list of features")
    return features


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; its keys must differ in more than case, because two equal keys are ambiguous."""
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise UnreadableExtract("it has a key twice in one object")
    return dict(pairs)


def _row(number: int, feature: Any, names: dict[str, str]) -> dict[str, Any]:
    """A feature's values by the contract's field names; `malformed` is the reason if its form is invalid."""
    row: dict[str, Any] = {"line_number": number, "line": json.dumps(feature, ensure_ascii=False), "malformed": None}
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return row | {"malformed": "no_feature"}
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict) or {name.lower() for name in properties} - set(names):
        return row | {"malformed": "unknown_field"}
    values = {names[name.lower()]: _text(value) for name, value in properties.items()}
    geometry = feature.get(GEOMETRY)
    if geometry is not None and GEOMETRY in names:
        values[names[GEOMETRY]] = json.dumps(geometry)
    return row | values


def _text(value: Any) -> str | None:
    """A property as text; the elements of a list are joined by commas."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_geometries(rows: list[dict[str, Any]], geometry_field: str, types: tuple[str, ...]) -> None:
    """Mark rows whose geometry has another type, crosses itself, or is outside the metropolitan area."""
    shapes = shapely.from_geojson([row.get(geometry_field) for row in rows], on_invalid="ignore")
    for row, shape in zip(rows, shapes, strict=True):
        if row["malformed"] or row.get(geometry_field) is None:
            continue
        if shape is None or shape.is_empty or shape.geom_type not in types or not shape.is_valid:
            row["malformed"] = "bad_geometry"
        else:
            west, south, east, north = shape.bounds
            if not (west >= _WEST and east <= _EAST and south >= _SOUTH and north <= _NORTH):
                row["malformed"] = f"out_of_the_city:{geometry_field}"
