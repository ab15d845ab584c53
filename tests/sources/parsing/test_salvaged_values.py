"""Values of lines whose form cannot be read: the line stays quarantined, but a withdrawal in it applies."""

import json
from pathlib import Path

import pytest

from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from sources.parsing.parse import parse
from tests.support.extracts import DAY, Deliver, attention, attentions_file, rows

CONTRACTS = {contract.source: contract for contract in load_contracts()}
WHO = {"document": "12345678Z", "nom": "Núria", "email": "nuria@example.org"}
OTHER = {"document": "87654321X", "nom": "Eva", "email": "eva@example.org"}
NO = {"consentiment_comunicacions": "N"}


def line(**told: object) -> bytes:
    return json.dumps(attention("B1") | told).encode()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (line(**NO, **WHO)[:-1], {}),
        (line(**NO, **WHO)[:-12], {"email": "nuria@e"}),
        (line(**WHO, **NO)[:-2], {}),
        (line(**NO, **WHO) + b",", {}),
        (b"[" + line(**NO, **WHO) + b"]", {}),
        (line(**NO, **WHO).replace(b'"N\\u00faria"', b'"La "Nena""'), {"nom": 'La "Nena"'}),
        (line(**NO, **WHO).replace(b'"N\\u00faria"', '"Núria \\'.encode()), {"nom": "Núria \\\""}),
        (
            line(**NO, **WHO) + line(**NO, **OTHER),
            {"document": "12345678Z / 87654321X", "email": "eva@example.org / nuria@example.org"},
        ),
        (
            line(consentiment_comunicacions="S", **WHO) + line(**NO, **WHO),
            {"consentiment_comunicacions": "N / S"},
        ),
    ],
)  # fmt: skip
def test_the_values_of_a_line_that_is_no_object_are_read(
    tmp_path: Path, deliver: Deliver, written: bytes, expected: dict[str, str]
) -> None:
    contract = CONTRACTS["atencions"]
    good = attentions_file(*(attention(f"A{number}") for number in range(60)))
    deliver("atencions", "atencions_20260504.jsonl", good + written + b"\n")
    land(tmp_path, contract, DAY)
    (result,) = parse(tmp_path, contract, DAY)
    assert (result.rejected, result.reasons) == (None, {"bad_json": 1})
    (row,) = rows(tmp_path, "quarantine", "atencions", "atencions", "fields.*")
    told = {"id": "B1"} | NO | WHO | expected
    if "nom" in expected and expected["nom"].startswith("Núria"):
        told.pop("nom")
    assert {name: row[name] for name in told} == told
    assert row["cognom_1"] is None and row["consentiment_integracio"] is None


@pytest.mark.parametrize(
    ("written", "document"),
    [
        ('"P1","000000000000777","12345678Z","ALTRES","2026-05-04",""', "12345678Z"),
        ("P1\t000000000000777\t12345678Z\tALTRES\t2026-05-04\t", "12345678Z"),
        ('"P1";"000000000000777";"12345678Z "Nena"";"ALTRES";"2026-05-04";""', '12345678Z "Nena'),
    ],
)
def test_the_values_of_a_row_with_another_delimiter_or_damaged_quotes_are_read(
    tmp_path: Path, deliver: Deliver, written: str, document: str
) -> None:
    contract = CONTRACTS["proteccions"]
    header = ";".join(f'"{field.name.upper()}"' for field in contract.fields)
    good = [f'"G{number}";"{number:015d}";"";"ALTRES";"2026-05-04";""' for number in range(1, 60)]
    content = "\r\n".join([header, *good, written, ""]).encode()
    deliver("proteccions", "proteccions_20260504.csv", content, rows=60)
    land(tmp_path, contract, DAY)
    (result,) = parse(tmp_path, contract, DAY)
    assert (result.rejected, result.reasons) == (None, {"bad_field_count": 1})
    (row,) = rows(tmp_path, "quarantine", "proteccions", contract.entity, "fields.*")
    assert (row["id_proteccio"], row["nia"], row["document"]) == ("P1", "000000000000777", document)
