"""What has landed and no night has published yet: whoever refuses, dies or is protected by it leaves no more."""

import csv
import json
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import polars as pl

from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from tests.support.nights import (
    DAY,
    PEOPLE,
    assert_no_leak,
    attention,
    audiences,
    deliver,
    document,
    email,
    fil,
    inscription,
    payloads,
    person,
)

SINCE = date(2026, 5, 5)
_REFUSES = {"consentiment_comunicacions": "N", "consentiment_integracio": "N"}
# Who is to leave with no message any more, and no card; with a card, and nothing in it of where they are reached.
REFUSED, DEAD, UNSUBSCRIBED, PROTECTED = (1, 2, 4, 5, 31, 32), (13,), (7, 11), (8, 10)
NO_MESSAGE = (*REFUSED, *DEAD, *UNSUBSCRIBED, *PROTECTED)


def land_since(home: Path, day: date, *, exported: str) -> None:
    """Land extracts of a day as an intake does, without a night: each tells in its own way that somebody may not leave.

    `exported` is the id under which the campaign tool knows the first who unsubscribes.
    """
    name = f"{day:%Y%m%d}"
    told = [attention(number, id=f"B{number}", data_hora=f"{day}T10:00:00") for number in range(100, 130)]
    told += [
        attention(1, id="B1", data_hora=f"{day}T10:00:00", **_REFUSES),
        # The same attention as before, corrected; a row that its contract refuses; one whom an e-mail alone names.
        attention(2, **_REFUSES),
        attention(4, id="B4", data_hora=f"{day}T10:00:00", canal="FAX", **_REFUSES),
        json.dumps({"id": "B5", "data_hora": f"{day}T10:00:00", "canal": "010", "motiu": "INFO", "resultat": "RESOLT",
                    "email": email(5), **_REFUSES}).encode() + b"\n",
    ]  # fmt: skip
    deliver(home, "atencions", f"atencions_{name}.jsonl", b"".join(told))
    deliver(home, "consentiments", f"consentiments_{name}.jsonl", b"".join(_withdrawals(day)))
    lines = [inscription(number) for number in range(PEOPLE)]
    lines[DEAD[0]] = lines[DEAD[0]].replace(b"20240115AAC", b"20260505BBD")
    deliver(home, "padro", f"padro_habitants_{name}.txt", b"".join(lines))
    deliver(home, "campanyes", f"campanyes_{name}.parquet", _unsubscribed(day, exported), rows=2)
    rows = (f"P1;{8:015d};;VIOLENCIA_GENERE;{day};", f"P2;;{document(10).lower()};CODI_NOU;{day};")
    protections = "\r\n".join(("ID_PROTECCIO;NIA;DOCUMENT;TIPUS;DATA_INICI;DATA_FI", *rows, ""))
    deliver(home, "proteccions", f"proteccions_{name}.csv", protections.encode(), rows=2)
    for contract in load_contracts():
        assert land(home, contract, day).warnings == ()


def _withdrawals(day: date) -> list[bytes]:
    """Two purposes of one person by document, and of one by name and birth date."""
    given, first, second, born = person(32)
    common = {"data_hora": f"{day}T11:00:00", "origen": "WEB", "estat": "RETIRAT", "atorgant": "TITULAR"}
    named = {
        "nom": given,
        "cognom_1": first,
        "cognom_2": second,
        "data_naixement": f"{born[:4]}-{born[4:6]}-{born[6:]}",
    }
    who = ({"tipus_document": "DNI", "document": document(31)}, named)
    return [
        json.dumps({"id": f"C{number}{purpose}", "finalitat": purpose, **common, **one}).encode() + b"\n"
        for number, one in enumerate(who)
        for purpose in ("INTEGRACIO", "COMUNICACIONS")
    ]


def _unsubscribed(day: date, exported: str) -> bytes:
    common = {
        "id_missatge": "M1", "campanya": "obres", "segment": "afectacions", "tema": "GLORIES", "canal": "EMAIL",
        "esdeveniment": "BAIXA", "moment": datetime(day.year, day.month, day.day, 9, 0, 0),  # noqa: DTZ001 - local, as the contract asks
    }  # fmt: skip
    told = [
        {"id_esdeveniment": "E1", "id_persona": exported, "adreca": None, **common},
        {"id_esdeveniment": "E2", "id_persona": None, "adreca": email(11), **common},
    ]
    target = BytesIO()
    pl.DataFrame(told).write_parquet(target)
    return target.getvalue()


def exported_id(home: Path, number: int) -> str:
    (found,) = [
        row["person_id"]
        for row in csv.DictReader(payloads(home)["campaigns.csv"].decode().splitlines())
        if row["email"] == email(number)
    ]
    return found


def assert_kept_back(before: dict[str, bytes], after: dict[str, bytes], messages: bytes) -> None:
    """None of those who said no, died or are protected, in any way, and everybody else as before."""
    for number in NO_MESSAGE:
        assert email(number).encode() not in after["campaigns.csv"] + messages, number
    for number in (*REFUSED, *DEAD, *PROTECTED):
        assert f'"{email(number)}"'.encode() in before["attention.jsonl"]
        assert f'"{email(number)}"'.encode() not in after["attention.jsonl"], number
    for number in UNSUBSCRIBED:
        assert f'"{email(number)}"'.encode() in after["attention.jsonl"]
    cards = {card["document"]: card for card in map(json.loads, after["attention.jsonl"].splitlines())}
    assert {cards[document(number)]["is_protected"] for number in PROTECTED} == {True}
    assert not {document(number) for number in (*REFUSED, *DEAD)} & cards.keys()
    written, now = _reached(before), _reached(after)
    assert written - now == set(map(email, NO_MESSAGE)) and now < written


def _reached(files: dict[str, bytes]) -> set[str]:
    return {row["email"] for row in csv.DictReader(files["campaigns.csv"].decode().splitlines())}


def test_nobody_leaves_again_who_may_not_by_what_has_landed_since(first_night: Path, home: Path) -> None:
    before = payloads(first_night)
    land_since(home, SINCE, exported=exported_id(home, UNSUBSCRIBED[0]))
    for target in ("attention", "campaigns"):
        result = fil(home, "export", "--target", target, "--date", DAY)
        assert (
            result.returncode == 0
            and "Left out of the original delivery, because they may no longer be exported" in result.stdout
        )
        assert_no_leak(home, result.stdout, result.stderr)
    assert_kept_back(before, payloads(home), b"".join(audiences(home).values()))
