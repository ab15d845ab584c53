"""People who said yes to everything, and how one of them says no: raw rows, as a source would tell them."""

from dataclasses import dataclass
from datetime import date

from sources.base.sql import literal

GIVEN, ASKED = "2026-04-01T10:00:00", "2026-04-02"
# When a no may be told: a year before the yes, at the same moment, after it, or dated by mistake in a year to come.
BEFORE, SAME, AFTER, FUTURE = "2025-04-01T10:00:00", GIVEN, "2026-05-05T09:00:00", "2027-04-01T10:00:00"
ADULT, LETTERS = date(1980, 3, 14), "TRWAGMYFPDXBNJZSQVHLCKE"


def _word(number: int) -> str:
    """A name of letters alone that nobody else has."""
    letters = ""
    for _ in range(3):
        number, rest = divmod(number, 20)
        letters += "BCDFGJKLMNPQRSTVXZAE"[rest]
    return letters


@dataclass(frozen=True)
class Person:
    """Somebody of the hub; `person` is the id that the night gives, and begins the keys of their rows."""

    person: str
    nia: str
    document: str
    given_name: str
    surname_1: str
    email: str
    phone: str
    household: str
    birth_date: date | None = ADULT

    @property
    def identified(self) -> dict[str, dict[str, str]]:
        """Ways for a row to tell who it is of, each with the columns that it fills."""
        digits, letter = int(self.document[:8]), self.document[8:]
        mistyped = f"{self.document[:8]}{LETTERS[(digits + 1) % 23]}"
        return {
            "document": {"document": self.document},
            "document as written": {"document": f" {self.document[:2]}.{self.document[2:8]}-{letter.lower()}"},
            "document with another letter": {"document": mistyped},
            "e-mail": {"email": self.email.upper()},
            "telephone": {"telefon": f"0034 {self.phone[3:]}"},
            "surname and birth": {"cognom_1": self.surname_1, "data_naixement": f"{self.birth_date}"},
            "name and street": {
                "nom": self.given_name, "cognom_1": self.surname_1, "adreca": f"Carrer {self.household}"
            },
            # Others may be called so.
            "name and surname": {"nom": self.given_name.lower(), "cognom_1": self.surname_1},
            "nobody": {"nom": "Desconegut"},
        }  # fmt: skip


def make_person(number: int, letter: str = "P", birth_date: date | None = ADULT) -> Person:
    """The subject of a way (`P`), a neighbour of the same home (`N`), a child (`C`) or somebody else (`R`)."""
    place = {"P": 0, "N": 1, "C": 2, "R": 3}[letter]
    digits = 10_000_000 + number * 10 + place
    of_all = number * 4 + place
    home = f"HR{number:03d}" if letter in "RC" else f"H{number:03d}"
    return Person(
        person=f"{letter}{number:03d}",
        nia=f"{digits:015d}",
        document=f"{digits:08d}{LETTERS[digits % 23]}",
        given_name=f"NOM{_word(of_all)}",
        # Of one name at home, as siblings are.
        surname_1=f"COGNOM{_word(number)}" if letter in "PN" else f"ALTRE{_word(of_all)}",
        email=f"{letter.lower()}{number:03d}@example.org",
        phone=f"+346{digits:08d}",
        household=home,
        birth_date=birth_date if letter == "P" else date(2018, 1, 2) if letter == "C" else date(1979, 1, 2),
    )


def insert(relation: str, key: str | None, line: int = 1, *, extract: str = "2026-05-05", **columns: str | None) -> str:
    """The statement that adds a raw row of an extract."""
    told = {"_source_key": key, **columns}
    values = ", ".join(f"{'null' if value is None else literal(value)} as {name}" for name, value in told.items())
    return (
        f"insert into work.raw.{relation} by name select {values}, {line} as _line_number, "
        f"date '{extract}' as _extract_date"
    )


def decision(key: str, purpose: str, state: str | None, moment: str | None, **columns: str) -> str:
    """A row of `consentiments`."""
    told = {"origen": "WEB", "atorgant": "TITULAR", "versio_text": "2026-1-ca", **columns}
    told |= {"data_hora": moment, "finalitat": purpose, "estat": state}
    return insert("consentiments__esdeveniments", key, **told)


def rows_of(
    one: Person, state: str = "DONAT", moment: str = GIVEN, *, guardian: str | None = None, subscribes: bool = True
) -> list[str]:
    """The rows of somebody on both nights: their inscription, what they said of each purpose, and a newsletter.

    Whoever has a guardian says nothing.
    """
    born = f"date '{one.birth_date}'" if one.birth_date else "null"
    found = [
        f"insert into work.raw.people values ('{one.person}', '{one.nia}', '{one.document}', '{one.given_name}', "
        f"'{one.surname_1}', {born}, '{one.email}', '{one.phone}', '{one.household}', "
        f"{literal(guardian) if guardian else 'null'}, false, 1.0, null)"
    ]
    if guardian:
        return found
    named = {
        "nom": one.given_name, "cognom_1": one.surname_1, "document": one.document, "email": one.email,
        "telefon": one.phone, "extract": "2026-05-04",
    }  # fmt: skip
    found += [
        decision(f"{one.person}-C{purpose[0]}", purpose, state, moment, **named)
        for purpose in ("INTEGRACIO", "COMUNICACIONS", "ENQUESTES")
    ]
    if subscribes:
        found.append(
            insert(
                "subscripcions__subscripcions", f"{one.person}-S", extract="2026-05-04", servei="BUTLLETI",
                canal="EMAIL", butlleti="CULTURA", email=one.email, nom=one.given_name, cognoms=one.surname_1,
                data_alta=ASKED,
            )
        )  # fmt: skip
    return found
