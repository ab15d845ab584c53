"""From when a refusal counts: whatever its clock says, from the extract that first tells it until a later yes."""

from datetime import date
from typing import Any

import pytest

from tests.support.said import Row, attention, decision, event, person, say, states

D3, D4, D5 = date(2026, 5, 3), date(2026, 5, 4), date(2026, 5, 5)
ANNA = person("ANNA", email="anna@example.org")
COMMUNICATIONS = ("ANNA", "communications", None)
CLOCKS = ["1970-01-01T00:00:00", "1999-12-31T10:00:00", "2025-05-05T10:00:00", "2026-05-04T07:00:00"]


def yes(moment: str, told_on: date, key: str = "Y") -> Row:
    return decision(key, "DONAT", moment, told_on, nom="ANNA")


def no(moment: str, told_on: date, key: str = "N") -> Row:
    return decision(key, "RETIRAT", moment, told_on, nom="ANNA")


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("source", ["consentiments", "atencions", "campanyes"])
def test_a_withdrawal_with_a_wrong_clock_counts_from_its_extract(source: str, clock: str) -> None:
    """A consent given on the day after reopens what the withdrawal closed."""
    told: dict[str, list[Row]] = {"consentiments": [yes("2026-05-04T09:00:00", D4)]}
    if source == "consentiments":
        told["consentiments"].append(no(clock, D5))
    elif source == "atencions":
        told["atencions"] = [attention("N", clock, D5, nom="ANNA", consentiment_comunicacions="N")]
        told["atencions"].append(attention("A", "2026-05-04T10:00:00", D4, nom="ANNA"))
    else:
        told["campanyes"] = [event("N", clock, D5, id_persona="ANNA")]
    assert states(say([ANNA], told))[COMMUNICATIONS] in ("withdrawn", "refused")
    told["consentiments"].append(yes("2026-05-06T09:00:00", date(2026, 5, 6), "again"))
    connection = say([ANNA], told, date(2026, 5, 6))
    assert states(connection)[COMMUNICATIONS] == "given"


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_refused_row_withdraws_from_its_extract(clock: str) -> None:
    """The row is quarantined for its time, but its withdrawal takes effect."""
    refused = no(clock, D5) | {"_reason": "before_the_source:data_hora"}
    told: dict[str, Any] = {"consentiments": [yes("2026-05-04T09:00:00", D4)], "consentiments_refused": [refused]}
    assert states(say([ANNA | {"given_name": "ANNA"}], told))[COMMUNICATIONS] == "given"  # a name alone is anybody's
    refused["document"] = "12345678Z"
    known = ANNA | {"document": "12345678Z", "document_raw": "12345678Z"}
    assert states(say([known], told))[COMMUNICATIONS] == "withdrawn"


def test_of_two_decisions_on_one_line_each_withdraws() -> None:
    """The line is quarantined; its two purposes together are an unknown one, which is all of them."""
    known = ANNA | {"document": "12345678Z", "document_raw": "12345678Z"}
    given = [yes("2026-05-04T09:00:00", D4), yes("2026-05-04T09:00:00", D4, "I") | {"finalitat": "INTEGRACIO"}]
    line = no("2026-05-05T09:00:00", D5) | {"document": "12345678Z", "_reason": "bad_json"}
    line |= {"finalitat": "COMUNICACIONS / INTEGRACIO"}
    found = states(say([known], {"consentiments": given, "consentiments_refused": [line]}))
    assert found[COMMUNICATIONS] == found["ANNA", "integration", None] == "withdrawn"


def test_of_two_words_of_one_extract_the_clock_decides() -> None:
    """A first extract has decisions of a whole year."""
    told = [no("2025-06-01T10:00:00", D4), yes("2026-03-01T10:00:00", D4)]
    assert states(say([ANNA], {"consentiments": told}))[COMMUNICATIONS] == "given"


def test_a_yes_that_an_earlier_extract_told_does_not_come_after_a_no() -> None:
    told = [yes("2026-05-05T00:30:00", D4), no("2026-05-05T00:10:00", D5)]
    assert states(say([ANNA], {"consentiments": told}))[COMMUNICATIONS] == "withdrawn"


def test_a_word_that_each_extract_tells_again_is_no_new_word() -> None:
    """This holds for a withdrawal, for a consent, and for a row that is quarantined each night."""
    first_told: dict[str, list[Row]] = {"consentiments_first_told": [{"_source_key": "N", "_extract_date": D3}]}
    told = [no("2026-05-03T10:00:00", D5), yes("2026-05-04T10:00:00", D4)]
    assert states(say([ANNA], {"consentiments": told} | first_told))[COMMUNICATIONS] == "given"
    told = [no("2026-05-04T10:00:00", D4), yes("2026-05-03T10:00:00", D5)]
    first_told["consentiments_first_told"] = [{"_source_key": "Y", "_extract_date": D3}]
    assert states(say([ANNA], {"consentiments": told} | first_told))[COMMUNICATIONS] == "withdrawn"
    refused = decision("N", "RETIRAT", "ahir", D3, document="1", email="anna@example.org", _reason="bad_date:data_hora")
    again = [refused, refused | {"_extract_date": D5, "_line_number": 2}]
    told = [yes("2026-05-04T10:00:00", D4)]
    assert states(say([ANNA], {"consentiments": told, "consentiments_refused": again}))[COMMUNICATIONS] == "given"


@pytest.mark.parametrize(
    ("given", "refused", "state"),
    [
        ("2025-10-26T02:50:00", "2025-10-26T02:10:00", "withdrawn"),
        ("2025-10-26T02:10:00", "2025-10-26T02:50:00", "withdrawn"),
        ("2025-10-26T03:00:00", "2025-10-26T02:50:00", "given"),
        ("2025-10-26T02:10:00", "2025-10-26T01:59:00", "given"),
        ("2025-10-19T02:50:00", "2025-10-19T02:10:00", "given"),
        ("2026-03-29T02:50:00", "2026-03-29T02:10:00", "given"),
    ],
)
def test_in_the_hour_that_clocks_show_twice_the_no_wins(given: str, refused: str, state: str) -> None:
    told = [yes(given, D4), no(refused, D4)]
    assert states(say([ANNA], {"consentiments": told}))[COMMUNICATIONS] == state


@pytest.mark.parametrize(
    ("arrived", "bounced", "is_closed"),
    [
        (("2025-10-26T02:50:00", D4), ("2025-10-26T02:10:00", D4), True),
        (("2026-05-04T10:00:00", D4), ("2025-05-05T10:00:00", D5), True),
        (("2026-05-05T10:00:00", D5), ("2026-05-04T10:00:00", D4), False),
    ],
)
def test_a_bounce_counts_as_a_no_does(arrived: tuple[str, date], bounced: tuple[str, date], is_closed: bool) -> None:
    told = [
        event("A", *arrived, esdeveniment="LLIURAT", adreca="anna@example.org"),
        event("B", *bounced, esdeveniment="REBOT_DUR", adreca="<Anna@example.org>"),
    ]
    found = say([ANNA], {"campanyes": told}).execute("select address from int_bounced_contacts").fetchall()
    assert found == ([("anna@example.org",)] if is_closed else [])
