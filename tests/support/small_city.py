"""The mentions of a small city with families, twins, namesakes and typing errors, and the truth about each."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.support.mentions import Mention, dni, mention

Person = dict[str, Any]
# Mention id, key of the true person, the errors in the mention.
Truth = tuple[str, str, list[str]]

WOMEN = [
    "MARIA", "MARTA", "ANNA", "MONTSERRAT", "NURIA", "ROSA", "LAURA", "CARME", "CRISTINA", "TERESA", "JOANA", "PAULA",
    "JULIA", "LAIA", "MIREIA", "FATIMA", "AISHA", "IRENE", "SILVIA", "EVA", "AINA", "BERTA", "CLARA", "ELENA", "GEMMA",
    "MERCE", "PILAR", "ROSER", "SARA", "SOFIA",
]  # fmt: skip
MEN = [
    "JOSEP", "ANTONI", "JOAN", "JORDI", "MARC", "DAVID", "FRANCESC", "XAVIER", "CARLES", "ALBERT", "MANEL", "PERE",
    "PAU", "LLUIS", "MIQUEL", "RAMON", "OMAR", "ALI", "ERIC", "POL", "ARNAU", "BIEL", "GUILLEM", "SERGI", "IVAN",
    "ORIOL", "ADRIA", "ALEX", "HUGO", "ENRIC",
]  # fmt: skip
ROOTS = [
    "GARC", "MART", "LOP", "SANCH", "FERN", "PER", "GONZ", "ROV", "VIL", "PUJ", "SERR", "FERR", "CASALS", "SOL", "ROC",
    "BOSC", "MAS", "PRAT", "COLOM", "FONT", "TORR", "VALL", "CAMP", "RIB", "MOR", "NAV", "GIL", "ORT", "RUB", "SANZ",
]  # fmt: skip
ENDINGS = ["IA", "INEZ", "EZ", "ANDEZ", "ALEZ", "IRA", "A", "OL", "AT", "ER", "ELL", "ET", "OS", "ALS"]
SURNAMES = [root + ending for ending in ENDINGS for root in ROOTS]
STREETS = [f"CARRER{n}" for n in range(300)]
STRANGERS = 400
MISTYPED_SHARE = 0.3
# In what share of its mentions a person's value is missing.
MISSING = {
    "document": 0.2, "birth_date": 0.35, "surname_2": 0.12, "street": 0.5, "email": 0.5, "phone": 0.4, "sex": 0.3,
}  # fmt: skip


def seeded(seed: int) -> random.Random:
    """Random numbers that are the same each time."""
    return random.Random(seed)  # noqa: S311 - a test's draws, no secret


def make_city(households: int, seed: int) -> tuple[list[Mention], list[Truth]]:
    """Mentions and truth rows of a city of so many households; the same seed makes the same city."""
    rng = seeded(seed)
    mentions, truth = [], []
    for number in range(households):
        people = household(rng, number)
        for place, person in enumerate(people):
            person_key = f"{number}-{place}"
            rows: list[tuple[Mention, list[str]]] = []
            if rng.random() < 0.9:
                register = {**person, "email": None, "phone": None}
                rows.append((mention(person_key, "padro", **register), []))
            for visit in range(rng.choice((0, 1, 1, 2, 4))):
                rows.append(attention(rng, f"{person_key}-{visit}", person, people[0]))
            for row, errors in rows:
                mentions.append(row)
                truth.append((row["mention_id"], person_key, errors))
    return mentions, truth


def strangers(rng: random.Random, people: int = STRANGERS) -> list[Mention]:
    """People without family, with three mentions each, and with given names mistyped in a known share of mentions."""
    mentions = []
    for person in range(people):
        born = date(1940, 1, 1) + timedelta(days=rng.randrange(25_000))
        name, surname = rng.choice(WOMEN + MEN), rng.choice(SURNAMES)
        for copy in range(3):
            given = mistype(rng, name) if rng.random() < MISTYPED_SHARE else name
            mentions.append(
                mention(
                    f"{person}-{copy}",
                    given_name=given,
                    surname_1=surname,
                    birth_date=born,
                    street=f"S{person % 40}",
                )
            )
    return mentions


def household(rng: random.Random, number: int) -> list[Person]:
    """One or two parents and their children, behind one door; some children are twins."""
    door = {"street": rng.choice(STREETS), "street_number": str(rng.randrange(1, 120)),
            "postcode": f"080{rng.randrange(1, 43):02d}"}  # fmt: skip
    father_born = date(1945, 1, 1) + timedelta(days=rng.randrange(15000))
    parents: list[Person] = [
        dict(given_name=pick(rng, names), surname_1=pick(rng, SURNAMES), surname_2=pick(rng, SURNAMES), sex=sex,
             birth_date=father_born + timedelta(days=rng.randrange(2500)))
        for names, sex in ((MEN, "M"), (WOMEN, "F"))
    ]  # fmt: skip
    people = parents[: rng.choice((1, 2, 2))]
    born = father_born + timedelta(days=rng.randrange(9000, 13000))
    for _ in range(rng.choice((0, 0, 1, 2))):
        if rng.random() > 0.05:
            born += timedelta(days=rng.randrange(400, 2000))
        sex = rng.choice("MF")
        given = (
            parents[0]["given_name"] if sex == "M" and rng.random() < 0.1 else pick(rng, MEN if sex == "M" else WOMEN)
        )
        if given in [person["given_name"] for person in people[2:]]:
            continue
        people.append(dict(given_name=given, surname_1=parents[0]["surname_1"], surname_2=parents[1]["surname_1"],
                           sex=sex, birth_date=born))  # fmt: skip
    shared_email = f"casa{number}@exemple.cat" if rng.random() < 0.1 else None
    for place, person in enumerate(people):
        has_document = born.year < 2012 or place < 2
        person |= door
        person["document"] = (
            dni(rng.randrange(10_000_000, 80_000_000)) if has_document and rng.random() < 0.96 else None
        )
        person["email"] = shared_email or f"p{number}x{place}@exemple.cat"
        person["phone"] = f"+346{rng.randrange(10**8):08d}"
    return people


def pick(rng: random.Random, names: Sequence[str]) -> str:
    """A name: the first ones of the list are much more frequent."""
    return names[
        min(int(rng.paretovariate(0.9)) - 1, len(names) - 1) if rng.random() < 0.5 else rng.randrange(len(names))
    ]


def attention(rng: random.Random, key: str, person: Person, parent: Person) -> tuple[Mention, list[str]]:
    """How an office writes a person down on one visit, and the errors in it."""
    seen = with_values_missing(rng, person)
    errors = misspell(rng, seen)
    born = seen["birth_date"]
    if born and rng.random() < 0.02 and born.day <= 12:
        seen["birth_date"] = born.replace(month=born.day, day=born.month)
        errors.append("day_month_swapped")
    if seen["document"]:
        errors += mistake_document(rng, seen, parent)
    return mention(key, **seen), errors


def with_values_missing(rng: random.Random, person: Person) -> Person:
    """A copy of a person without some values, but with enough to find the person again."""
    seen = dict(person)
    for column, share in MISSING.items():
        if rng.random() < share:
            seen[column] = None
    if seen["street"] is None:
        seen["street_number"] = None
    if not seen["document"] and not seen["birth_date"]:
        seen["email"], seen["birth_date"] = person["email"], person["birth_date"] if rng.random() < 0.7 else None
    return seen


def misspell(rng: random.Random, seen: Person) -> list[str]:
    """Mistype or swap some names in place; return the errors made."""
    errors = []
    for column in ("given_name", "surname_1", "surname_2"):
        if seen[column] and rng.random() < 0.03:
            seen[column] = mistype(rng, seen[column])
            errors.append("name_typing")
    if seen["surname_2"] and rng.random() < 0.02:
        seen["surname_1"], seen["surname_2"] = seen["surname_2"], seen["surname_1"]
        errors.append("surnames_swapped")
    return errors


def mistype(rng: random.Random, text: str) -> str:
    """Lose a letter, swap two, or write another one."""
    place = rng.randrange(len(text))
    kind = rng.randrange(3)
    if kind == 0 and len(text) > 3:
        return text[:place] + text[place + 1 :]
    if kind == 1 and place + 1 < len(text):
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + text[place + 1 :]


def mistake_document(rng: random.Random, seen: Person, parent: Person) -> list[str]:
    """Damage some documents in place, or write the parent's; return the errors made."""
    draw = rng.random()
    if draw < 0.06:
        seen |= {"is_document_valid": False, "is_document_repaired": True}
        return ["letter_lost"]
    if draw < 0.08:
        seen["document"] = f"{int(seen['document'][:8]) ^ 1:08d}" + seen["document"][8]
        seen["is_document_valid"] = False
        return ["digit_mistyped"]
    if draw < 0.09 and parent["document"]:
        seen["document"] = parent["document"]
        return ["parents_document"]
    return []
