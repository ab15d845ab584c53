"""Works zones and the bus network, as GeoJSON in metres of EPSG:25831: what is where, and from when to when."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import stream, table
from sources.synthetic.people.population import CityPlan

# Zone, name, kind, census section at its centre, half its side in metres, and the radius in which people are informed.
_ZONES = (
    ("GLORIES", "Plaça de les Glòries", "OBRES", 600, 260, 300),
    ("DIAGONAL", "Avinguda Diagonal", "OBRES", 340, 200, 200),
    ("LARAMBLA", "La Rambla", "OBRES", 20, 180, 150),
    ("VIALAIETANA", "Via Laietana", "OBRES", 60, 150, 150),
    ("SAGRERA", "La Sagrera", "OBRES", 820, 300, 250),
    ("MARATO", "Recorregut de la marató", "ESDEVENIMENT", 140, 400, 100),
)  # fmt: skip
ZONE_CODES = tuple(zone[0] for zone in _ZONES)
# Works last so many days, and go on so many after they began.
_LAST_DAYS, _AGAIN_DAYS = 120, 180
_STOPS = 12
# The brief's: three lines of the new network that begin.
NEW_LINES, _NEW_IN_DAYS = ("H4", "V11", "V13"), 20
_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25831"}}
_MONDAY = 0


def zone_barris() -> dict[str, str]:
    """The barri in which each zone lies."""
    barris = table("sections")["barri"]
    return {code: barris[near % len(barris)] for code, _, _, near, *_ in _ZONES}


def zone_names() -> dict[str, str]:
    """The name of each zone."""
    return {code: name for code, name, *_ in _ZONES}


def is_delivered(plan: CityPlan, day: date) -> bool:
    """Zones on the first night and on Mondays."""
    return day == plan.start or day.weekday() == _MONDAY


def zones(plan: CityPlan, day: date) -> list[dict[str, Any]]:
    """The features of the works zones in force or to come."""
    sections = table("sections").cast({"x": pl.Float64, "y": pl.Float64})
    features = []
    for row, (code, name, kind, near, half, radius) in enumerate(_ZONES):
        x, y = sections["x"][near % sections.height], sections["y"][near % sections.height]
        square = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
        ring = [[round(east, 1), round(north, 1)] for east, north in [*square, square[0]]]
        begins = plan.start - timedelta(days=30) + timedelta(days=15 * row)
        if (over := (day - begins).days - _LAST_DAYS) > 0:
            begins += timedelta(days=_AGAIN_DAYS * -(-over // _AGAIN_DAYS))
        properties = {
            "codi": code, "nom": name, "tipus": kind, "data_inici": begins.isoformat(),
            "data_fi": (begins + timedelta(days=_LAST_DAYS)).isoformat(),
            "mitjans": ["BUS", "COTXE"] if row % 2 else None, "radi_m": radius,
            "barris": sections["barri"][near % sections.height],
        }  # fmt: skip
        features.append(_feature(properties, "Polygon", [ring]))
    return features


def bus_network(plan: CityPlan) -> list[dict[str, Any]]:
    """The features of the lines, each with its stops; they run from one census section to another across the city."""
    rng = stream(plan.seed, "bus network")
    sections = table("sections").cast({"x": pl.Float64, "y": pl.Float64})
    points = sections.select("x", "y").to_numpy()
    features = []
    for line in table("bus_lines").iter_rows(named=True):
        across = points[:, 0] if line["axis"] == "horitzontal" else points[:, 1]
        chosen = np.sort(rng.choice(len(points), _STOPS, replace=False))
        route = points[chosen][np.argsort(across[chosen], kind="stable")].round(1).tolist()
        name = f"{line['from']} - {line['to']}"
        begins = plan.start + timedelta(days=_NEW_IN_DAYS) if line["line"] in NEW_LINES else date(2018, 11, 12)
        of_line = {"linies": line["line"], "data_inici": begins.isoformat()}
        properties = {"codi": line["line"], "tipus": "LINIA", "nom": name} | of_line
        features.append(_feature(properties, "LineString", route))
        for number, point in enumerate(route, start=1):
            stop = {
                "codi": f"{line['line']}-{number:02d}",
                "tipus": "PARADA",
                "nom": f"{line['line']}, parada {number}",
            }
            features.append(_feature(stop | of_line, "Point", point))
    return features


def encoded(features: list[dict[str, Any]]) -> list[bytes]:
    """The file's bytes: one feature a line."""
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    head = f'{{"type": "FeatureCollection", "crs": {json.dumps(_CRS)}, "features": [\n'
    return [f"{head}{lines}\n]}}\n".encode()]


def _feature(properties: dict[str, Any], kind: str, coordinates: list[Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
