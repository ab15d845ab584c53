"""Every way to withdraw, by source, form and how somebody is known: each takes exactly what it names."""

from collections.abc import Iterator
from datetime import date

import pytest

from tests.support.said import Row, attention, decision, event, person, say, states

D4, D5 = date(2026, 5, 4), date(2026, 5, 5)
NOW = "2026-05-05T10:00:00"
Taken = set[tuple[str, str | None]]
INTEGRATION: Taken = {("integration", None), ("integration", "OBRES")}
COMMUNICATIONS: Taken = {("communications", None), ("communications", "BUS")}
SURVEYS: Taken = {("surveys", None)}
BUS: Taken = {("communications", "BUS")}
PURPOSES = {"INTEGRACIO": INTEGRATION, "COMUNICACIONS": COMMUNICATIONS, "ENQUESTES": SURVEYS}
# How whoever withdraws is known: by a row that is linked to them, or by one thing that it tells.
KNOWN: dict[str, Row] = {
    "linked": {"nom": "ANNA", "document": "12345678Z"},
    "by document": {"document": "12345678-z"},
    "by document with its kind": {"document": "DNI 12345678Z"},
    "by e-mail": {"email": "Anna@example.org."},
    "by telephone": {"telefon": "931112233 / 600 210 457"},
    "by document of a country": {"document": "ES12345678Z"},
    "by document in a sentence": {"document": "El meu DNI és el 12345678Z"},
    "by one of two documents": {"document": "X7654321A / 12345678Z"},
    "by misread document": {"document": "I2345678Z"},
    "by telephone beside a word for no document": {"document": "ND", "telefon": "931112233, 600210457"},
    "by telephone beside a filler": {"document": "00000000T", "telefon": "931112233; 600210457"},
    "by e-mail beside a name of nobody": {"nom": "Anònim", "email": "pau@example.org, anna@example.org"},
    "by e-mail as people write it": {"email": "anna (at) example.org"},
}
Way = tuple[str, dict[str, list[Row]], Taken]


def refused(row: Row, reason: str) -> Row:
    return row | {"_reason": reason, "_line_number": 9}


def of_the_register() -> Iterator[Way]:
    """`consentiments`: purpose and service, good and refused rows."""
    for how, known in KNOWN.items():
        for word in ("RETIRAT", "REFUSAT"):
            for purpose, taken in PURPOSES.items():
                row = decision("N", word, NOW, D5, finalitat=purpose, **known)
                yield f"{word} {purpose} {how}", {"consentiments": [row]}, taken
            row = decision("N", word, NOW, D5, servei="BUS", **known)
            yield f"{word} of one service {how}", {"consentiments": [row]}, BUS
        if how == "linked":
            known = known | {"nom": "Anna"}
        for purpose, taken in PURPOSES.items():
            row = refused(decision("N", "RETIRAT", NOW, D5, finalitat=purpose, **known), "unknown_code:origen")
            yield f"refused row of {purpose} {how}", {"consentiments_refused": [row]}, taken
        row = refused(decision("N", "RETIRAT", NOW, D5, servei="BUS", **known), "told_too_late:data_hora")
        yield f"refused row of one service {how}", {"consentiments_refused": [row]}, BUS
        row = refused(decision("N", "RETIRAT", NOW, D5, finalitat="NOVA", **known), "unknown_code:finalitat")
        yield f"of an unknown purpose {how}", {"consentiments_refused": [row]}, INTEGRATION | COMMUNICATIONS | SURVEYS
        row = refused(decision("N", "DONAT", NOW, D5, **known), "unproven:versio_text")
        yield f"a yes that is refused {how}", {"consentiments_refused": [row]}, set()


def of_attentions() -> Iterator[Way]:
    """`atencions`: each of its three decisions, and what an untrusted row has."""
    words: list[tuple[Row, Taken]] = [
        ({"consentiment_comunicacions": "N"}, COMMUNICATIONS),
        ({"consentiment_integracio": "N"}, INTEGRATION),
        ({"consentiment_enquestes": "N"}, SURVEYS),
        ({"consentiment_comunicacions": "S", "consentiment_enquestes": "N"}, SURVEYS),
        ({"consentiment_integracio": "N", "consentiment_comunicacions": "N"}, INTEGRATION | COMMUNICATIONS),
        ({"consentiment_integracio": "S", "consentiment_comunicacions": "N"}, COMMUNICATIONS),
        ({"consentiment_integracio": "N", "consentiment_comunicacions": "S"}, INTEGRATION),
        ({}, set()),
    ]
    for how, known in KNOWN.items():
        for word, taken in words:
            said = " ".join(f"{name}={value}" for name, value in word.items())
            yield f"attention {said} {how}", {"atencions": [attention("N", NOW, D5, **known, **word)]}, taken
            row = refused(attention("N", NOW, D5, **(known | {"nom": None}), **word), "unknown_code:idioma")
            yield f"refused attention {said} {how}", {"atencions_refused": [row]}, taken
        row = attention("N", NOW, D5, **(known | {"nom": None}), consentiment_comunicacions="S")
        yield f"untrusted attention {how}", {"atencions_refused": [refused(row, "repeated_field")]}, COMMUNICATIONS
        row = attention("N", NOW, D5, **(known | {"nom": None}), consentiment_enquestes="S")
        yield f"untrusted answer on surveys {how}", {"atencions_refused": [refused(row, "repeated_field")]}, SURVEYS


def of_messages() -> Iterator[Way]:
    """`campanyes`: BAIXA and STOP for a message, an address or a questionnaire, and every other event."""
    ways: list[tuple[str, Row]] = [
        ("by id", {"id_persona": "ANNA"}),
        ("by address", {"adreca": "<anna@example.org>"}),
        ("by telephone", {"adreca": "0034600210457", "canal": "SMS"}),
        ("by both", {"id_persona": "ANNA", "adreca": "anna@example.org"}),
    ]
    for how, known in ways:
        for word in ("BAIXA", "STOP"):
            yield f"{word} {how}", {"campanyes": [event("N", NOW, D5, esdeveniment=word, **known)]}, COMMUNICATIONS
            row = refused(event("N", NOW, D5, esdeveniment=word, **known), "unknown_code:canal")
            yield f"refused {word} {how}", {"campanyes_refused": [row]}, COMMUNICATIONS
        row = event("N", NOW, D5, segment="enquesta_satisfaccio", **known)
        yield f"of a questionnaire {how}", {"campanyes": [row]}, COMMUNICATIONS | SURVEYS
        for word in ("OBERT", "CLIC", "REBOT_DUR", "REBOT_TOU"):
            row = event("N", NOW, D5, esdeveniment=word, **known)
            yield f"{word} {how}", {"campanyes": [row]}, set()
            yield f"refused {word} {how}", {"campanyes_refused": [refused(row, "bad_form:id_persona")]}, set()


WAYS = [*of_the_register(), *of_attentions(), *of_messages()]
GIVEN = INTEGRATION | COMMUNICATIONS | SURVEYS
NAMES = {"integration": "INTEGRACIO", "communications": "COMUNICACIONS", "surveys": "ENQUESTES"}


def of_person(value: object, place: int) -> object:
    """A value of a case for the person at that place: a value that names ANNA names this person instead."""
    if not isinstance(value, str):
        return value
    number = f"{place:03d}"
    for mark, own in {"12345678": f"12345{number}", "600 210 457": f"600 210 {number}", "600210457": f"600210{number}",
                      "nna@": f"nna{number}@", "nna (at)": f"nna{number} (at)", "I2345678": f"I2345{number}",
                      "ANNA": f"ANNA{number}"}.items():  # fmt: skip
        value = value.replace(mark, own)
    return value


def everything_given(who: str) -> list[Row]:
    moment = "2026-05-04T09:00:00"
    return [
        decision(f"{who} {purpose} {service}", "DONAT", moment, D4, nom=who, finalitat=NAMES[purpose], servei=service)
        for purpose, service in GIVEN
    ]


@pytest.fixture(scope="module")
def lost() -> dict[str, Taken]:
    """The consents that each person lost: one person for each case, and one who decided nothing since."""
    people, raw = (
        [person("PERE", document="87654321X", email="pere@example.org")],
        {"consentiments": everything_given("PERE")},
    )
    for place, (_, told, _) in enumerate(WAYS):
        who, document = f"ANNA{place:03d}", f"12345{place:03d}Z"
        contacts = {"email": f"anna{place:03d}@example.org", "phone": f"+34600210{place:03d}"}
        people.append(person(who, document=document, document_raw=document, **contacts))
        raw["consentiments"] += everything_given(who)
        for relation, rows in told.items():
            own = [{name: of_person(value, place) for name, value in row.items()} for row in rows]
            keys = {"_source_key": f"N{place}", "_line_number": place}
            keys |= {"id_missatge": f"M{place}"} if relation.startswith("campanyes") else {}
            raw.setdefault(relation, []).extend(row | keys for row in own)
    found = states(say(people, raw))
    assert set(found.values()) >= {"given", "withdrawn", "refused"}
    taken: dict[str, Taken] = {str(one["person_id"]): set() for one in people}
    for (who, purpose, service), state in found.items():
        if state != "given":
            taken[who].add((purpose, service))
    return taken


@pytest.mark.parametrize("place", range(len(WAYS)), ids=[way[0] for way in WAYS])
def test_a_withdrawal_takes_what_it_names(lost: dict[str, Taken], place: int) -> None:
    assert lost[f"ANNA{place:03d}"] == WAYS[place][2]


def test_who_said_nothing_keeps_everything(lost: dict[str, Taken]) -> None:
    assert lost["PERE"] == set()


@pytest.mark.parametrize(
    "names",
    [
        {"nom": "Maria", "cognom_1": "Casalsol", "cognom_2": "Boscol"},
        {"nom": "Maria", "cognom_1": "Boscol", "cognom_2": "Casalsol"},
        {"nom": "Casalsol Boscol Maria"},
        {"nom": "Mar\u200bia", "cognom_1": "Casalsol Boscol"},
        {"cognom_1": "Casalsol Boscol", "data_naixement": "1960-03-14"},
        {"cognom_1": "Casal\u200bsol", "data_naixement": "14/03/1960"},
    ],
)
def test_a_quarantined_row_is_of_whom_its_names_mean(names: Row) -> None:
    maria = {"given_name": "MARIA", "surname_1": "CASALSOL", "surname_2": "BOSCOL", "birth_date": date(1960, 3, 14)}
    others = {
        "sister": maria | {"given_name": "ROSER", "birth_date": date(1962, 5, 1)},
        "namesake": maria | {"surname_2": "FERROL", "birth_date": date(1971, 8, 2)},
    }
    people = [person("MARIA", **maria), *(person(who, **values) for who, values in others.items())]
    row = refused(decision("N", "RETIRAT", NOW, D5, **names), "unknown_code:origen")
    found = states(
        say(people, {
            "consentiments": [row for who in ("MARIA", *others) for row in everything_given(who)],
            "consentiments_refused": [row],
        })
    )  # fmt: skip
    assert {who for (who, purpose, _), state in found.items() if purpose == "communications" and state != "given"} == {
        "MARIA"
    }
