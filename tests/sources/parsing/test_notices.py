"""The list of notices: which rows of it are accepted, and the reason for each other one."""

from pathlib import Path

from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from sources.parsing.parse import parse
from tests.support.extracts import DAY, Deliver, rows

FIELDS = (
    "codi", "servei", "tema", "districte", "titol_ca", "titol_es", "enllac", "data_inici", "data_fi", "destinataris",
    "canals", "mitjans", "estat",
)  # fmt: skip


def notice(code: str, **changed: str) -> list[str]:
    row = {
        "codi": code, "servei": "OBRES", "tema": "GLORIES", "districte": "", "titol_ca": "Obres", "titol_es": "Obras",
        "enllac": "https://example.org/obres", "data_inici": "2026-05-10", "data_fi": "2026-05-12",
        "destinataris": "TOTS", "canals": "EMAIL,CARTA", "mitjans": "BUS,COTXE", "estat": "VIGENT",
    } | changed  # fmt: skip
    return [row[name] for name in FIELDS]


def test_each_row_that_breaks_a_rule_has_its_reason(tmp_path: Path, deliver: Deliver) -> None:
    subscribers = {"destinataris": "SUBSCRITS", "mitjans": ""}
    good = [
        notice("OBRES-GLORIES-1"),
        notice("OBRES-2", data_fi="2026-05-10", estat="RETIRAT", canals="", mitjans="", enllac=""),
        notice("BUTLLETI-19-D05", servei="BUTLLETI", tema="D05", **subscribers),
        notice("BUTLLETI-19-CULTURA", servei="BUTLLETI", tema="CULTURA", **subscribers),
        notice("URBANISME-D02", servei="PARTICIPACIO", tema="URBANISME", districte="02", **subscribers),
        notice("BUS-D20", servei="BUS", tema="D20", mitjans=""),
    ]
    bad = {
        "ends_before_it_begins:data_fi": notice("X01", data_fi="2026-05-09"),
        "not_of_the_service:destinataris": notice(
            "X02", servei="BUTLLETI", tema="CULTURA", destinataris="TOTS", mitjans=""
        ),
        "not_of_the_service:mitjans": notice("X03", servei="BUS", tema="H4"),
        "not_of_its_district:codi": notice("BUTLLETI-20", servei="BUTLLETI", tema="D05", **subscribers),
        "bad_form:codi": notice("obres 5"),
        "unknown_code:servei": notice("X06", servei="NADONS"),
        "bad_form:canals": notice("X07", canals="FAX"),
        "missing:titol_es": notice("X08", titol_es=""),
        "bad_date:data_inici": notice("X09", data_inici="10/05/2026"),
    }
    more = [
        notice("BUTLLETI-D05", servei="BUTLLETI", tema="D06", **subscribers),
        notice("OBRES-D05"),
        notice("URBANISME-X", servei="PARTICIPACIO", tema="URBANISME", districte="02", **subscribers),
    ]
    lines = [FIELDS, *good, *bad.values(), *more, *(notice(f"OBRES-{number}") for number in range(100, 120))]
    content = "\n".join(";".join(f'"{field}"' for field in line) for line in lines) + "\n"
    (contract,) = (one for one in load_contracts() if one.source == "avisos")
    deliver("avisos", "avisos_20260504.csv", content.encode(), rows=len(lines) - 1)
    assert land(tmp_path, contract, DAY).warnings == ()
    (result,) = parse(tmp_path, contract, DAY)
    assert result.reasons == dict.fromkeys(bad, 1) | {"not_of_its_district:codi": 4}
    accepted = {row["codi"] for row in rows(tmp_path, "raw", "avisos", "avisos")}
    assert {row[0] for row in good} <= accepted and len(accepted) == len(good) + 20
