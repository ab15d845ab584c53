"""Organisations that withdraw: by the id that they were written to with, by their NIF, or by an address alone."""

from datetime import date

import pytest

from tests.support.said import Row, attention, decision, event, person, say

D4, D5 = date(2026, 5, 4), date(2026, 5, 5)
NOW = "2026-05-05T10:00:00"
KEYS = [
    ("O1", "document", "B66123450"), ("O1", "address", "entitat@example.org"), ("O1", "address", "+34931112233"),
    ("O2", "document", "G08123457"), ("O2", "address", "altra@example.org"),
]  # fmt: skip
ANNA = person("ANNA", document="12345678Z", email="anna@example.org")


def withdrawn(raw: dict[str, list[Row]]) -> list[tuple[str, str | None, date]]:
    found = say([ANNA], raw, organisations=KEYS).execute("from int_withdrawn_organisations order by all").fetchall()
    return [(str(organisation), service, day) for organisation, service, day in found]


@pytest.mark.parametrize(
    "raw",
    [
        {"campanyes": [event("N", NOW, D5, id_persona="O1")]},
        {"campanyes": [event("N", NOW, D5, id_persona="O1", esdeveniment="STOP", canal="SMS")]},
        {"consentiments": [decision("N", "RETIRAT", NOW, D5, email="Entitat@example.org")]},
        {"consentiments": [decision("N", "REFUSAT", NOW, D5, telefon="931112233")]},
        {"consentiments": [decision("N", "RETIRAT", NOW, D5, document="B-66123450")]},
        {"consentiments": [decision("N", "RETIRAT", NOW, D5, document="ESB66123450", nom="ANNA")]},
        {"atencions": [attention("N", NOW, D5, email="entitat@example.org", consentiment_comunicacions="N")]},
        {
            "consentiments_refused": [
                decision("N", "RETIRAT", NOW, D5, email="entitat@example.org", _reason="unknown_code:origen")
            ]
        },
    ],
)
def test_an_organisation_withdraws(raw: dict[str, list[Row]]) -> None:
    assert withdrawn(raw) == [("O1", None, D5)]


@pytest.mark.parametrize(
    "raw",
    [
        {"campanyes": [event("N", NOW, D5, id_persona="O1", esdeveniment="OBERT")]},
        {"campanyes": [event("N", NOW, D5, id_persona="O9")]},
        {"consentiments": [decision("N", "DONAT", NOW, D5, email="entitat@example.org")]},
        {"consentiments": [decision("N", "RETIRAT", NOW, D5, finalitat="ENQUESTES", email="entitat@example.org")]},
        # Somebody else withdraws, whose contact is the organisation.
        {"consentiments": [decision("N", "RETIRAT", NOW, D5, nom="ANNA", email="entitat@example.org")]},
    ],
)
def test_another_event_is_no_withdrawal_of_an_organisation(raw: dict[str, list[Row]]) -> None:
    assert withdrawn(raw) == []


def test_it_is_limited_to_a_service() -> None:
    row = decision("N", "RETIRAT", NOW, D5, servei="BUTLLETI", document="G08123457")
    assert withdrawn({"consentiments": [row]}) == [("O2", "BUTLLETI", D5)]
