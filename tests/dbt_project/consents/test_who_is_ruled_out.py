"""A guardian who withdraws for a child does so for the child, however the child is known, and not for themselves."""

from datetime import date

import pytest

from tests.support.said import Row, decision, person, say, states

D4, D5 = date(2026, 5, 4), date(2026, 5, 5)
GUARDIAN = person(
    "GUARDIAN", document="12345678Z", given_name="ROSA", surname_1="VIDAL", surname_2="PUIG",
    birth_date=date(1980, 3, 14), email="rosa@example.org",
)  # fmt: skip
CHILD = person("CHILD", given_name="PAU", surname_1="VIDAL", surname_2="SERRA", birth_date=date(2016, 2, 3))
GIVEN = [
    decision(f"{who} {purpose}", "DONAT", "2026-05-04T09:00:00", D4, nom=who, finalitat=purpose)
    for who in ("GUARDIAN", "CHILD") for purpose in ("COMUNICACIONS", "INTEGRACIO")
]  # fmt: skip


@pytest.mark.parametrize("known", [{"document": "12345678Z"}, {"email": "rosa@example.org"}])
def test_a_guardian_withdraws_for_the_child_alone(known: Row) -> None:
    named = {"nom": "Pau", "cognom_1": "Vidal", "cognom_2": "Serra", "data_naixement": "2016-02-03"}
    row = decision("N", "RETIRAT", "2026-05-05T10:00:00", D5, **(named | {"atorgant": "TUTOR"} | known))
    raw = {"consentiments": GIVEN, "consentiments_refused": [row | {"_reason": "unknown_code:origen"}]}
    found = states(say([GUARDIAN, CHILD], raw))
    assert {who for (who, _, _), state in found.items() if state != "given"} == {"CHILD"}
